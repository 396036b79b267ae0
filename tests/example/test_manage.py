"""The commands and the mounts that callers and scripts rely on."""

from __future__ import annotations

import base64
import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any
from urllib.error import HTTPError
from urllib.request import Request, urlopen

import pytest

from example_project.settings import _database
from tests.example.processes import KEY, Example, Server

JSON = {"Content-Type": "application/json"}


@pytest.fixture(scope="module")
def example(tmp_path_factory: pytest.TempPathFactory) -> Example:
    """Migrated, with the site acme-test; DJANGO_DEBUG is 0."""
    example = Example(tmp_path_factory.mktemp("example"), debug=False)
    assert example.manage("migrate", "--no-input").returncode == 0
    assert example.manage("billing_create_site", "acme-test").returncode == 0
    return example


@pytest.fixture(scope="module")
def key(example: Example) -> str:
    return example.manage("billing_create_api_key", "acme-test", "--scope", "write").stdout.strip()


@pytest.fixture(scope="module")
def server(example: Example) -> Iterator[Server]:
    with example.development_server() as server:
        yield server


def test_check_has_nothing_to_say(example: Example) -> None:
    done = example.manage("check", "--database", "default", "--fail-level", "WARNING")

    assert (done.returncode, done.stdout) == (0, "System check identified no issues (0 silenced).\n")


def test_site_is_made_once(example: Example) -> None:
    done = example.manage("billing_create_site", "acme-test")

    assert done.returncode == 0
    assert done.stdout == "There is already the test site acme-test of the project acme.\n"


def test_key_stands_alone_on_standard_output(example: Example) -> None:
    done = example.manage("billing_create_api_key", "acme-test", "--scope", "write")

    assert KEY.fullmatch(done.stdout.removesuffix("\n"))


def test_landing_page_says_what_is_where(server: Server) -> None:
    status, _, page = call(f"{server.url}/")

    assert status == 200
    assert [path for path in ("/admin/", "/ching/v1/", "/api/v2/", "/docs/", "/openapi.json") if path not in page] == []


def test_admin_has_its_styles_without_debug(server: Server) -> None:
    status, headers, _ = call(f"{server.url}/static/admin/css/base.css")

    assert (status, headers["Content-Type"]) == (200, 'text/css; charset="utf-8"')


@pytest.mark.parametrize(("path", "kind"), [("/openapi.json", "application/json"), ("/docs/", "text/html")])
def test_contracts_can_be_read(server: Server, path: str, kind: str) -> None:
    status, headers, _ = call(server.url + path)

    assert (status, headers["Content-Type"].partition(";")[0]) == (200, kind)


def test_admin_asks_who_is_there(server: Server) -> None:
    status, _, page = call(f"{server.url}/admin/")

    assert status == 200
    assert 'name="password"' in page


def test_both_dialects_serve_one_customer(server: Server, key: str) -> None:
    bearer = {"Authorization": f"Bearer {key}"}
    body = json.dumps({"name": "Tal Levi", "phone": "054-987-6543"}).encode()
    made = json.loads(call(f"{server.url}/ching/v1/customers", {**bearer, **JSON}, body)[2])["data"]

    basic = {"Authorization": "Basic " + base64.b64encode(f"{key}:".encode()).decode()}
    found = json.loads(call(f"{server.url}/api/v2/customers/{made['id']}", basic)[2])["customer"]

    assert (made["phone"], found["phone"]) == ("+972549876543", "054-987-6543")


def test_short_mount_is_the_same_dialect(server: Server, key: str) -> None:
    bearer = {"Authorization": f"Bearer {key}"}

    assert call(f"{server.url}/v1/customers", bearer)[2] == call(f"{server.url}/ching/v1/customers", bearer)[2]


@pytest.mark.parametrize("path", ["/ching/v1/nothing", "/v1/customers/", "/api/v2/a%0Ab", "/api/v2/customers/x/"])
def test_path_of_nothing_is_json_without_a_redirect(server: Server, path: str) -> None:
    status, headers, _ = call(server.url + path)

    assert (status, headers["Content-Type"]) == (404, "application/json")


def test_foreign_host_is_refused_in_the_dialects_json(server: Server) -> None:
    status, _, page = call(f"{server.url}/ching/v1/customers", {"Host": "example.com"})

    assert (status, json.loads(page)["error"]["code"]) == (400, "INVALID_FIELD")


@pytest.mark.parametrize("host", ["localhost", "acme-test.localhost"])
def test_name_of_this_machine_is_served(server: Server, host: str) -> None:
    assert call(f"{server.url}/", {"Host": host})[0] == 200


@pytest.mark.parametrize(
    ("url", "options"),
    [
        ("sqlite:////var/lib/db.sqlite3", {"transaction_mode": "IMMEDIATE", "timeout": 20}),
        ("postgres://app@db.example/app", {}),
        ("mysql://app@db.example/app", {"charset": "utf8mb4"}),
    ],
)
def test_each_engine_gets_its_options(url: str, options: dict[str, Any]) -> None:
    database = _database(url)

    assert (database["CONN_MAX_AGE"], database["CONN_HEALTH_CHECKS"]) == (600, True)
    assert {name: value for name, value in database["OPTIONS"].items() if name != "init_command"} == options


def test_sqlite_file_is_written_ahead(example: Example) -> None:
    done = example.manage(
        "shell", "-c", "from django.db import connection as c; print(*c.cursor().execute('PRAGMA journal_mode'))"
    )

    assert done.stdout.splitlines()[-1] == "('wal',)"


def test_data_stays_in_its_folder(example: Example) -> None:
    assert {path.name.partition("-")[0] for path in Path(example.folder).iterdir()} == {"example.sqlite3"}


def call(url: str, headers: dict[str, str] | None = None, body: bytes | None = None) -> tuple[int, Any, str]:
    """Status, headers and text of the answer; POST when there is a body."""
    request = Request(url, body, headers or {})
    try:
        with urlopen(request, timeout=30) as response:
            return response.status, response.headers, response.read().decode()
    except HTTPError as error:
        with error:
            return error.code, error.headers, error.read().decode()
