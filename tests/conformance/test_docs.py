"""The page of the documentation shows what a run says."""

from __future__ import annotations

import io
from pathlib import Path

import pytest
from django.core.management import call_command

PAGE = Path(__file__).resolve().parents[2] / "docs" / "conformance.md"


@pytest.mark.django_db
def test_page_is_in_step_with_a_run() -> None:
    out = io.StringIO()

    call_command("billing_conformance", "--markdown", stdout=out)

    assert out.getvalue().strip() in PAGE.read_text("utf-8")
