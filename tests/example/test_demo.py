"""The demo: it fills the database once, prints lines that work when pasted, and ends when it is told to."""

from __future__ import annotations

import json
import re
import shutil
import signal
import socket
import sqlite3
import subprocess
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from billing_customers.models import BillingSite, Contact, Customer
from example_project import demo_data
from example_project.demo_customers import DemoCustomer, demo_customers
from tests.conftest import require
from tests.example.processes import KEY, Example, Server

NOW = datetime(2026, 4, 1, tzinfo=UTC)


@pytest.fixture(scope="module")
def example(tmp_path_factory: pytest.TempPathFactory) -> Example:
    return Example(tmp_path_factory.mktemp("demo"))


@pytest.fixture(scope="module")
def first_run(example: Example) -> str:
    return example.demo()


@pytest.fixture(scope="module")
def server(example: Example, first_run: str) -> Iterator[Server]:
    with example.demo_server() as server:
        yield server


def customers_in(example: Example) -> list[tuple[Any, ...]]:
    with sqlite3.connect(example.folder / "example.sqlite3") as connection:
        rows = connection.execute("SELECT * FROM billing_customers_customer ORDER BY id").fetchall()
    connection.close()
    return rows


def test_first_run_loads_two_hundred_customers(example: Example, first_run: str) -> None:
    assert "Customers: 200 of 200" in first_run
    assert len(customers_in(example)) == 200


def test_first_run_prints_where_to_log_in(first_run: str) -> None:
    assert "http://127.0.0.1:8000/admin/  log in as admin, password demo-only" in first_run


def test_second_run_keeps_data_and_key_and_loads_nothing(example: Example, first_run: str) -> None:
    before = customers_in(example)

    second_run = example.demo()

    assert "Customers:" not in second_run
    assert KEY.findall(second_run) == KEY.findall(first_run)
    assert customers_in(example) == before


def test_key_is_readable_by_its_owner_alone(example: Example, first_run: str) -> None:
    assert example.key_file.stat().st_mode & 0o777 == 0o600


@pytest.mark.parametrize("start", ["curl http", "curl 'http"])
def test_printed_curl_line_answers_with_customers(server: Server, start: str) -> None:
    require(shutil.which("curl") is not None, "curl")
    line = next(line.strip() for line in server.said.splitlines() if line.strip().startswith(start))

    done = subprocess.run(
        ["sh", "-c", line.replace("curl ", "curl -sS --fail ", 1)], capture_output=True, text=True, check=True
    )

    answer = json.loads(done.stdout)
    assert len(answer.get("data") or answer["list"]) == (100 if "data" in answer else 3)


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_server_stops_cleanly(example: Example, first_run: str, number: signal.Signals) -> None:
    with example.demo_server() as server:
        status, said = server.stop(number)

    assert (status, said) == (0, "  Stopped.\n")


def test_busy_port_makes_room_for_the_next(example: Example, first_run: str) -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
        with example.demo_server("--port", str(port)) as server:
            assert port < int(server.url.rpartition(":")[2]) < port + 100


def test_lost_key_file_makes_a_new_key(tmp_path: Any) -> None:
    example = Example(tmp_path)
    first = KEY.search(example.demo())
    example.key_file.unlink()

    second = KEY.search(example.demo())

    assert first is not None
    assert second is not None
    assert second.group() != first.group()


def test_customers_are_the_same_each_time() -> None:
    assert list(demo_customers(50)) == list(demo_customers(50))


def test_customers_are_made_oldest_first_within_a_year() -> None:
    ages = [each.age for each in demo_customers(200)]

    assert ages == sorted(ages, reverse=True)
    assert timedelta(0) <= ages[-1] <= ages[0] <= timedelta(days=365)


def test_customers_are_of_many_kinds(site: BillingSite) -> None:
    demo_data._load(site, demo_customers(200), NOW)

    customers = Customer.objects.for_site(site)
    hebrew = [name for name in customers.values_list("name", flat=True) if re.search("[א-ת]", name or "")]
    assert len(hebrew) > 40
    assert customers.live().filter(first_name__isnull=False, custom_fields__isnull=False).exists()
    assert 0 < customers.filter(is_live=None).count() < 20
    assert set(customers.values_list("tax_id_status", flat=True)) == {None, "invalid", "not_validated"}
    assert {"IL", "US", "DE", "FR", "GB"} <= set(customers.values_list("address_country", flat=True))
    assert Contact.objects.for_site(site).count() > 50


def test_interrupted_load_leaves_nothing(site: BillingSite) -> None:
    def interrupted() -> Iterator[DemoCustomer]:
        yield from demo_customers(3)
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        demo_data._load(site, interrupted(), NOW)

    assert not Customer.objects.for_site(site).exists()
