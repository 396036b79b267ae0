"""Signing secrets: rotated with overlap, and never seen anywhere but in the answer that makes them."""

from __future__ import annotations

import logging
import traceback
from collections.abc import Callable
from datetime import timedelta
from types import TracebackType
from typing import Any

import pytest
from django.apps import apps
from django.views.debug import ExceptionReporter

from billing_customers import exceptions
from billing_customers.models import BillingSite, WebhookSecret
from billing_customers.operations import webhooks
from tests.operations import acts, endpoints
from tests.operations.endpoints import LATER
from tests.operations.watching import faults, refusal

DAY = timedelta(days=1)
SECOND = timedelta(seconds=1)


def test_old_secret_signs_until_the_overlap_is_over(site: BillingSite) -> None:
    endpoint, old = endpoints.make(site)

    new = endpoints.rotate(endpoint)

    assert endpoints.signing(endpoint, LATER + DAY - SECOND) == [new, old]
    assert endpoints.signing(endpoint, LATER + DAY) == [new]


def test_old_secret_can_end_at_once(site: BillingSite) -> None:
    endpoint, _ = endpoints.make(site)

    new = endpoints.rotate(endpoint, overlap=timedelta(0))

    assert endpoints.signing(endpoint, LATER) == [new]


def test_third_secret_ends_when_a_fourth_is_made(site: BillingSite) -> None:
    endpoint, _ = endpoints.make(site)

    made = [endpoints.rotate(endpoint, at=LATER + n * SECOND) for n in range(3)]

    assert endpoints.signing(endpoint, LATER + 2 * SECOND) == made[::-1]


def test_overlap_is_never_made_longer(site: BillingSite) -> None:
    endpoint, _ = endpoints.make(site)
    endpoints.rotate(endpoint, overlap=timedelta(hours=1))

    second = endpoints.rotate(endpoint, overlap=timedelta(days=7))
    third = endpoints.signing(endpoint, LATER + timedelta(hours=1))

    assert third[0] == second
    assert len(third) == 2


def test_secret_that_has_ended_is_removed(site: BillingSite) -> None:
    endpoint, _ = endpoints.make(site)
    endpoints.rotate(endpoint, overlap=timedelta(0))

    endpoints.rotate(endpoint, at=LATER + SECOND)

    assert WebhookSecret.objects.count() == 2


def test_rotation_raises_the_version(site: BillingSite) -> None:
    endpoint, _ = endpoints.make(site)

    endpoints.rotate(endpoint)

    row = endpoints.stored(endpoint)
    assert (row.resource_version, row.updated_at) == (acts.LATER_VERSION, LATER)


@pytest.mark.parametrize("overlap", [-SECOND, timedelta(days=7, seconds=1)])
def test_overlap_is_refused_outside_of_seven_days(site: BillingSite, overlap: timedelta) -> None:
    endpoint, _ = endpoints.make(site)

    with refusal(exceptions.InvalidInput) as caught:
        endpoints.rotate(endpoint, overlap=overlap)

    assert faults(caught) == [("overlap", "Must be from 0 to 7 days.")]


def everything_stored() -> str:
    """The text of every column of every row."""
    models = apps.get_app_config("billing_customers").get_models()
    return "\n".join(str(list(model._default_manager.values())) for model in models)


PASSWORD = "canary-password-4711"


def test_no_secret_is_stored_in_clear_or_logged(site: BillingSite, caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.DEBUG)
    endpoint, first = endpoints.make(site, basic_auth_username="u", basic_auth_password=PASSWORD)
    second = endpoints.rotate(endpoint)
    endpoints.change(endpoint, basic_auth_password=PASSWORD[::-1])
    webhooks.send_ping(site=site, public_id=endpoint.public_id, at=LATER)

    secrets = (first.reveal()[6:], second.reveal()[6:], PASSWORD, PASSWORD[::-1])
    seen = everything_stored() + caplog.text + repr(endpoint) + repr([first, second]) + str(WebhookSecret.objects.all())
    assert not any(secret in seen for secret in secrets)
    assert f"endpoint {endpoint.public_id} was created" in caplog.text


@pytest.mark.parametrize("act", ["create", "update"])
def test_no_password_is_on_the_error_page_of_a_crash(
    site: BillingSite, act: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    endpoint, _ = endpoints.make(site)
    said: Any = {"basic_auth_username": "u", "basic_auth_password": PASSWORD}

    def crash(size: int) -> bytes:
        raise RuntimeError("no entropy")

    monkeypatch.setattr("os.urandom", crash)
    calls: dict[str, Callable[[], Any]] = {
        "create": lambda: endpoints.make(site, **said),
        "update": lambda: endpoints.change(endpoint, **said),
    }
    with pytest.raises(RuntimeError) as caught:
        calls[act]()

    frames = [each for each in traceback.walk_tb(caught.tb) if "/billing_customers/" in each[0].f_code.co_filename]
    # Less the frames of the test, which have the password at hand.
    inside: TracebackType | None = caught.tb
    while inside is not None and inside.tb_frame is not frames[0][0]:
        inside = inside.tb_next
    reporter = ExceptionReporter(None, caught.type, caught.value, inside)
    assert [each[0].f_code.co_name for each in frames][-3:] == ["_set", "_sealed_password", "seal"]
    assert PASSWORD not in reporter.get_traceback_text() + reporter.get_traceback_html()
