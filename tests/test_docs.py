"""What the documentation says is so: snippets run, tables match the code, links lead somewhere."""

from __future__ import annotations

import ast
import inspect
import json
import os
import pkgutil
import re
import shutil
import subprocess
import sys
from collections.abc import Iterator
from importlib import import_module
from pathlib import Path
from typing import Any

import pytest
from django.core.management import get_commands
from django.dispatch import Signal
from django.test import override_settings

from billing_customers import conf, operations, signals
from billing_customers.dialects.chargebee.errors import TABLE as CHARGEBEE_ERRORS
from billing_customers.dialects.ching.errors import TABLE as CHING_ERRORS
from billing_customers.models import ApiKey
from billing_customers.operations.api_keys import create_api_key
from billing_customers.work.handlers import handlers
from tests import pages
from tests.clients import ChargebeeClient, ChingClient
from tests.conftest import require
from tests.fixtures import NOW
from tests.pages import Snippet
from tests.shell.sources import CHECKOUT, PACKAGE

README, DOCS = CHECKOUT / "README.md", CHECKOUT / "docs"
ARCHITECTURE = (DOCS / "architecture.md").read_text("utf-8")


def _name(page: Path) -> str:
    return page.relative_to(CHECKOUT).as_posix()


def test_architecture_has_a_line_for_each_file() -> None:
    assert pages.unlike_folder(ARCHITECTURE, PACKAGE) == set()


def test_architecture_names_no_file_twice() -> None:
    named = pages.mapped_files(ARCHITECTURE)

    assert len(named) == len(set(named))


def test_file_without_a_line_and_line_without_a_file_are_noticed(tmp_path: Path) -> None:
    (tmp_path / "new.py").touch()

    assert pages.unlike_folder("| `gone.py` | what was there |", tmp_path) == {"new.py", "gone.py"}


@pytest.mark.parametrize("page", pages.PAGES, ids=_name)
def test_links_lead_somewhere(page: Path) -> None:
    assert pages.broken_links(page) == []


def test_broken_link_is_noticed(tmp_path: Path) -> None:
    page = tmp_path / "page.md"
    page.write_text(
        "# One heading\n[a](page.md#one-heading) [b](page.md#another) [c](gone.md) [d](https://example.com)"
    )

    assert pages.broken_links(page) == ["page.md#another", "gone.md"]


def test_every_decision_is_in_the_index() -> None:
    files = {path.name for path in (DOCS / "decisions").glob("0*.md")}

    assert files == set(re.findall(r"\]\((0[^)]+)\)", (DOCS / "decisions" / "README.md").read_text("utf-8")))


@pytest.mark.parametrize("page", pages.PAGES, ids=_name)
def test_commands_of_manage_exist(page: Path) -> None:
    assert set(re.findall(r"manage\.py ([a-z_]+)", page.read_text("utf-8"))) <= set(get_commands())


@pytest.mark.parametrize("snippet", pages.in_language("python"), ids=str)
def test_python_snippet_is_python(snippet: Snippet) -> None:
    assert ast.parse(snippet.text).body


@pytest.mark.parametrize("snippet", pages.in_language("json"), ids=str)
def test_json_snippet_is_json(snippet: Snippet) -> None:
    assert json.loads(snippet.text)


@pytest.mark.parametrize("snippet", pages.in_language("sh"), ids=str)
def test_shell_snippet_is_shell(snippet: Snippet) -> None:
    subprocess.run(["sh", "-n"], input=snippet.text, text=True, check=True)


@pytest.mark.parametrize("snippet", pages.in_language("js"), ids=str)
def test_javascript_snippet_is_javascript(snippet: Snippet, tmp_path: Path) -> None:
    require(shutil.which("node") is not None, "Node")
    module = tmp_path / "snippet.mjs"
    module.write_text(snippet.text)

    subprocess.run(["node", "--check", module], check=True)


@pytest.fixture
def no_new_receivers() -> Iterator[None]:
    """Receivers that a snippet connects are gone after the test."""
    kept = {name: list(signal.receivers) for name, signal in _signals().items()}
    yield
    for name, signal in _signals().items():
        signal.receivers[:] = kept[name]
        signal.sender_receivers_cache.clear()


@pytest.mark.sdk
@pytest.mark.usefixtures("no_new_receivers")
@pytest.mark.parametrize(
    "page", [page for page in pages.PAGES if any(each.mark == "run" for each in pages.snippets(page))], ids=str
)
def test_snippets_run(page: Path, live_server: Any, key: str, monkeypatch: pytest.MonkeyPatch) -> None:
    require(shutil.which("curl") is not None, "curl")
    chargebee = import_module("chargebee").Chargebee
    monkeypatch.setattr(chargebee, "verify_ca_certs", chargebee.verify_ca_certs)
    monkeypatch.setenv("KEY", key)
    monkeypatch.setenv("ERASER", create_api_key(site=ApiKey.objects.get().site, scopes=["pii:clear"], at=NOW)[1])
    # The first webhook of CHING's, of which pages say that ID is its number.
    monkeypatch.setenv("ID", "1")
    monkeypatch.setenv("NO_PROXY", "127.0.0.1")
    namespace: dict[str, Any] = {"__name__": page.stem}

    for snippet in pages.snippets(page):
        if snippet.mark == "run":
            _run(snippet, f":{live_server.thread.port}", namespace)


@pytest.mark.sdk
@pytest.mark.parametrize("text", ["curl http://127.0.0.1:8000/api/v2/gone\necho on", "curl http://127.0.0.1:1/"])
def test_snippet_that_fails_is_noticed(text: str, live_server: Any) -> None:
    require(shutil.which("curl") is not None, "curl")

    with pytest.raises(subprocess.CalledProcessError):
        _run(Snippet("page.md", 1, "sh", "run", text), f":{live_server.thread.port}", {})


def _run(snippet: Snippet, port: str, namespace: dict[str, Any]) -> None:
    text = snippet.text.replace(":8000", port)
    if snippet.language == "python":
        exec(compile(text, str(snippet), "exec"), namespace)
    else:
        strict = 'set -eu\ncurl() { command curl -sS --fail -o /dev/null "$@"; }\n'
        subprocess.run(["sh"], input=strict + text, text=True, check=True, env=dict(os.environ))


def test_host_of_the_readme_starts(tmp_path: Path) -> None:
    marked = {snippet.mark: snippet.text for snippet in pages.snippets(README)}
    (tmp_path / "readme_urls.py").write_text(marked["urls"])
    (tmp_path / "start.py").write_text(
        f"{marked['settings']}\n"
        "import django\n"
        "from django.conf import settings\n"
        "from django.core.management import call_command\n"
        "from django.urls import resolve\n"
        "settings.configure(\n"
        "    INSTALLED_APPS=['django.contrib.auth', 'django.contrib.contenttypes', *INSTALLED_APPS],\n"
        "    MIDDLEWARE=MIDDLEWARE, ROOT_URLCONF='readme_urls', SECRET_KEY='not a secret: a test', USE_TZ=True,\n"
        "    DATABASES={'default': {'ENGINE': 'django.db.backends.sqlite3', 'NAME': ':memory:'}},\n"
        ")\n"
        "django.setup()\n"
        "call_command('check', fail_level='WARNING')\n"
        "call_command('migrate', verbosity=0)\n"
        "print(resolve('/ching/v1/customers').route, resolve('/api/v2/customers').route)\n"
    )

    done = subprocess.run(
        [sys.executable, "start.py"],
        cwd=tmp_path,
        env={**os.environ, "PYTHONPATH": str(CHECKOUT)},
        capture_output=True,
        text=True,
        check=False,
    )

    assert (done.returncode, done.stdout.splitlines()[-1:]) == (0, ["ching/v1/customers api/v2/customers"]), done.stderr


def test_readme_has_each_setting_with_its_default() -> None:
    told = {
        name.strip("`"): ast.literal_eval(default.strip("`")) for name, default, *_ in pages.rows(README, start="name")
    }

    with override_settings(BILLING_CUSTOMERS={}):
        assert told == {
            "API_KEY_PREFIX": conf.billing_settings.api_key_prefix,
            "ENCRYPTION_KEYS": conf.billing_settings.raw.get("ENCRYPTION_KEYS"),
            "GATEWAYS": conf.billing_settings.gateways,
            "HIERARCHY_MAX_CHILDREN": conf.billing_settings.hierarchy_max_children,
            "HIERARCHY_MAX_LEVELS": conf.billing_settings.hierarchy_max_levels,
            "IDEMPOTENCY_HOURS": conf.billing_settings.idempotency_window.total_seconds() / 3600,
            "NEIGHBORS": list(conf.billing_settings.neighbors),
            "THROTTLE_RATE": conf.billing_settings.throttle_rate,
            "WEBHOOK_ALLOW_HTTP": conf.billing_settings.webhook_allow_http,
            "WEBHOOK_ALLOW_PRIVATE_NETWORKS": conf.billing_settings.webhook_allow_private_networks,
            "WEBHOOK_MAX_IN_FLIGHT": conf.billing_settings.webhook_max_in_flight,
            "WORK_ENGINE": conf.billing_settings.work_engine,
        }
    assert set(told) == conf.KNOWN


def test_ching_page_has_each_error() -> None:
    told = {
        (int(status), code)
        for status, codes, *_ in pages.rows(DOCS / "ching.md", start="status")
        for code in _codes(codes)
    }

    assert told == set(CHING_ERRORS.values())


def test_chargebee_page_has_each_error() -> None:
    told = {(int(status), *_codes(code)) for status, code, *_ in pages.rows(DOCS / "chargebee.md", start="status")}

    assert told == {(status, code) for status, code, _ in CHARGEBEE_ERRORS.values()}


def test_ching_sample_has_the_keys_of_an_answer(ching: ChingClient) -> None:
    sample, error = (json.loads(each.text) for each in pages.snippets(DOCS / "ching.md") if each.language == "json")

    assert list(sample["data"]) == list(ching.post("/customers", {"name": "Tal Levi"}).json()["data"])
    assert error == ching.post("/customers", {"name": "Tal Levi", "email": "tal"}).json()


def test_chargebee_sample_is_an_answer(chargebee: ChargebeeClient) -> None:
    [error] = [json.loads(each.text) for each in pages.snippets(DOCS / "chargebee.md") if each.language == "json"]
    chargebee.post("/customers", {"id": "acct-8001"})

    assert chargebee.post("/customers", {"id": "acct-8001"}).json() == error


def test_operations_page_names_every_operation() -> None:
    told = {
        name for _, functions, _ in pages.rows(DOCS / "operations.md", start="module") for name in _codes(functions)
    }

    assert told == set(_operations())


def test_operations_page_names_every_signal() -> None:
    told = {name for signal, *_ in pages.rows(DOCS / "operations.md", start="signal") for name in _codes(signal)}

    assert told == set(_signals())


def _codes(cell: str) -> list[str]:
    return re.findall(r"`([^`]+)`", cell)


def _signals() -> dict[str, Signal]:
    return {name: value for name, value in vars(signals).items() if isinstance(value, Signal)}


def _operations() -> Iterator[str]:
    """The public functions of the modules that hold use cases; the others serve these."""
    serving = {
        "applying",
        "attributes",
        "cleaning",
        "collection_plan",
        "copying",
        "endpoint_columns",
        "locks",
        "payment_rows",
    }
    serving |= {"rules", "settling_payments", "source_inputs", "storing", "access", "invoice_owners", "tree_rules"}
    serving |= {"blocking", "ending_rules", "move_rules", "survivors"}
    serving |= {"admin_log", "blanking", "erasure_scan", "merge_rows", "merge_rules", "owned_rows", "scrubbing"}
    # Of jobs: the worker calls them.
    carrying = {handler.carry for handler in handlers().values()}
    for module in pkgutil.iter_modules(operations.__path__, f"{operations.__name__}."):
        if module.name.rpartition(".")[2] not in serving:
            functions = inspect.getmembers(import_module(module.name), inspect.isfunction)
            own = [(name, each) for name, each in functions if each.__module__ == module.name and name[0] != "_"]
            yield from (name for name, each in own if each not in carrying)
