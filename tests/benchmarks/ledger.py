"""The speed of one hot balance: ``python -m tests.benchmarks.ledger``; see ``hot_balance.py``."""

from __future__ import annotations

import os
import sys

import django
from django.apps import apps

if not apps.ready:
    # Run by itself, and models can only be imported once the settings are there.
    os.environ.setdefault("DATABASE_URL", "postgres://postgres@127.0.0.1:5432/postgres")
    os.environ["DJANGO_SETTINGS_MODULE"] = "tests.benchmarks.settings"
    django.setup()

from tests.benchmarks.hot_balance import HotBalance, main, measure_hot_balance, show

__all__ = ["HotBalance", "measure_hot_balance", "show"]

if __name__ == "__main__":
    sys.exit(main())
