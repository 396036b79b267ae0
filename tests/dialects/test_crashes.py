"""Conflicts are tried again, crashes are not; neither tells a caller what broke, and both can be found in the log."""

from __future__ import annotations

import logging
from typing import Any

import pytest
from django.db import OperationalError

from billing_customers.models import Customer, IdempotencyRecord
from billing_customers.operations.customers import create_customer
from tests.dialects.wire import Wire

SECRET = "sk_live_hush"


class Failing:
    """An operation that fails ``times`` times and then goes on to the real one."""

    def __init__(self, real: Any, error: Exception, times: int) -> None:
        self.real, self.error, self.times, self.calls = real, error, times, 0

    def __call__(self, **given: Any) -> Any:
        self.calls += 1
        if self.calls <= self.times:
            raise self.error
        return self.real(**given)


def failing(wire: Wire, monkeypatch: pytest.MonkeyPatch, error: Exception, times: int) -> Failing:
    operation = Failing(create_customer, error, times)
    monkeypatch.setattr(f"{wire.views}.create_customer", operation)
    return operation


def deadlock() -> OperationalError:
    error = OperationalError("deadlock detected")
    error.__cause__ = type("Deadlock", (Exception,), {"sqlstate": "40P01"})()
    return error


@pytest.mark.parametrize("lost", [1, 2])
def test_a_lost_transaction_is_tried_again(wire: Wire, key: str, monkeypatch: pytest.MonkeyPatch, lost: int) -> None:
    operation = failing(wire, monkeypatch, deadlock(), times=lost)

    response = wire.create(wire.client(key))

    assert response.status_code == 200
    assert operation.calls == lost + 1
    assert Customer.objects.count() == 1


def test_the_third_loss_is_told(wire: Wire, key: str, monkeypatch: pytest.MonkeyPatch) -> None:
    operation = failing(wire, monkeypatch, deadlock(), times=9)

    response = wire.create(wire.client(key))

    assert response.status_code == {"ching": 409, "chargebee": 429}[wire.name]
    assert response.headers["Retry-After"] == "1"
    assert operation.calls == 3
    assert Customer.objects.count() == 0


@pytest.mark.parametrize(
    ("error", "times"), [(deadlock(), 3), (OperationalError("no more connections"), 1)], ids=["lost", "unreachable"]
)
def test_what_may_be_repeated_leaves_the_idempotency_key_free(
    wire: Wire, key: str, monkeypatch: pytest.MonkeyPatch, error: Exception, times: int
) -> None:
    failing(wire, monkeypatch, error, times=times)
    first = wire.create(wire.client(key), **{wire.idempotency_header: "order-1"})

    second = wire.create(wire.client(key), **{wire.idempotency_header: "order-1"})

    assert first.headers["Retry-After"] in {"1", "5"}
    assert second.status_code == 200
    assert Customer.objects.count() == 1


@pytest.mark.parametrize("headers", [{}, {"order": "order-1"}], ids=["plain", "idempotent"])
def test_a_crash_is_told_without_a_word_of_it(
    wire: Wire, key: str, monkeypatch: pytest.MonkeyPatch, headers: dict[str, str]
) -> None:
    operation = failing(wire, monkeypatch, RuntimeError(SECRET), times=9)

    response = wire.create(wire.client(key), **dict.fromkeys([wire.idempotency_header][: len(headers)], "order-1"))

    text = response.content.decode()
    assert response.status_code == 500
    assert wire.is_refusal(response)
    assert SECRET not in text
    assert not any(trace in text for trace in ("Traceback", "RuntimeError", ".py", "billing_customers"))
    assert operation.calls == 1
    assert (Customer.objects.count(), IdempotencyRecord.objects.count()) == (0, 0)


def test_a_crash_is_logged_with_its_traceback_and_the_id_that_the_caller_got(
    wire: Wire, key: str, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    failing(wire, monkeypatch, RuntimeError(SECRET), times=9)
    caplog.set_level(logging.INFO)

    response = wire.create(wire.client(key))

    identity = response.headers["X-Request-Id"]
    crash = next(record for record in caplog.records if record.name == "billing_customers.crashes")
    assert crash.getMessage() == f"crash request_id={identity}"
    assert crash.exc_info is not None
    assert isinstance(crash.exc_info[1], RuntimeError)
    line = next(record for record in caplog.records if record.name == "billing_customers.requests")
    assert line.levelno == logging.ERROR
    assert line.getMessage().startswith(f"{wire.name} POST {wire.prefix[1:]}/customers 500 ")
    assert line.getMessage().endswith(f"request_id={identity}")


def test_a_refused_request_is_logged_with_the_id_that_the_caller_got(
    wire: Wire, key: str, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.INFO, logger="billing_customers.requests")

    response = wire.client(key).get(f"{wire.prefix}/customers/secret-id")

    line = next(record for record in caplog.records if record.name == "billing_customers.requests")
    assert response.status_code == 404
    assert line.levelno == logging.INFO
    assert response.headers["X-Request-Id"] in line.getMessage()
    assert "secret-id" not in line.getMessage()


@pytest.mark.parametrize("method", ["get", "post", "delete"])
def test_a_crash_while_the_key_is_looked_up_is_told_in_json(
    wire: Wire, key: str, monkeypatch: pytest.MonkeyPatch, method: str
) -> None:
    def broken(*args: Any, **given: Any) -> None:
        raise OperationalError(SECRET)

    monkeypatch.setattr("billing_customers.operations.api_keys.find_api_key", broken)

    response = getattr(wire.client(key), method)(f"{wire.prefix}/customers/c1", content_type=wire.content_type)

    assert response.status_code == 503
    assert wire.is_refusal(response)
    assert SECRET not in response.content.decode()
