"""A worker knows every kind of job there is, though it serves no request."""

from __future__ import annotations

import subprocess
import sys

_KINDS = """
import django
django.setup()
from billing_customers.work.handlers import handlers
at_first = set(handlers())
import importlib, pkgutil, billing_customers
for module in pkgutil.walk_packages(billing_customers.__path__, "billing_customers."):
    if ".migrations." not in module.name:
        importlib.import_module(module.name)
print(len(at_first), sorted(set(handlers()) - at_first))
"""


def test_no_handler_is_left_to_whoever_happens_to_import_it() -> None:
    done = subprocess.run([sys.executable, "-c", _KINDS], capture_output=True, text=True, check=False, timeout=60)

    assert done.stderr == ""
    count, _, late = done.stdout.strip().partition(" ")
    assert int(count) > 10
    assert late == "[]"
