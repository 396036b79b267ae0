"""The requests that are compared. Both sides get the same data, each in the form that it takes."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from tests.benchmarks.inproc import Contest
from tests.benchmarks.wire import Call, Caller

PLAIN = Caller("/plain/customers")
SLIM = Caller("/plain/slim-customers")
METADATA = {"plan": "gold", "seats": 12, "origin": "web shop"}
ADDRESS = {
    "first_name": "John",
    "last_name": "Doe",
    "line1": "340 S Lemon Ave",
    "city": "Walnut",
    "state_code": "CA",
    "zip": "91789",
    "country": "US",
}


def ching_contests(key: str, ids: Sequence[str]) -> list[Contest]:
    """CHING's requests; ``ids`` are those of customers that both sides have."""
    caller = Caller.of_ching(key)

    def retrieve(number: int) -> Call:
        return caller.get(f"/customers/{ids[number % len(ids)]}")

    def update(number: int) -> Call:
        return caller.json("POST", f"/customers/{ids[number % len(ids)]}", _small_change(number))

    return [
        Contest(
            "create",
            "CHING",
            lambda number: ching_create(caller, number),
            lambda number: PLAIN.json("POST", "", _columns(_small(number))),
            lambda number: SLIM.json("POST", "", _columns(_small(number))),
        ),
        Contest("retrieve", "CHING", retrieve, _plain_retrieve(PLAIN, ids), _plain_retrieve(SLIM, ids), blocks=10),
        Contest(
            "list of 100",
            "CHING",
            lambda _: caller.get("/customers"),
            lambda _: PLAIN.get("", {"limit": 100}),
            lambda _: SLIM.get("", {"limit": 100}),
            blocks=3,
        ),
        Contest("update", "CHING", update, _plain_update(PLAIN, ids), _plain_update(SLIM, ids)),
        Contest(
            "upsert",
            "CHING",
            lambda number: caller.json("POST", "/customers/upsert", _upsert(number)),
            lambda number: PLAIN.json("POST", "/upsert", _columns(_upsert(number))),
            lambda number: SLIM.json("POST", "/upsert", _columns(_upsert(number))),
        ),
    ]


def chargebee_contests(key: str, ids: Sequence[str], sample: dict[str, str]) -> list[Contest]:
    """Chargebee's requests; ``sample`` is what its page filters by: first name, last name and e-mail of a customer."""
    caller = Caller.of_chargebee(key)
    filters = {f"{name}[is]": value for name, value in sample.items()}
    return [
        Contest(
            "create",
            "Chargebee",
            lambda number: chargebee_create(caller, number),
            lambda number: PLAIN.json("POST", "", _as_columns(_large(number))),
        ),
        Contest(
            "retrieve",
            "Chargebee",
            lambda number: caller.get(f"/customers/{ids[number % len(ids)]}"),
            _plain_retrieve(PLAIN, ids),
            blocks=10,
        ),
        Contest(
            "list of 100",
            "Chargebee",
            lambda _: caller.get("/customers", {"limit": 100}),
            lambda _: PLAIN.get("", {"limit": 100}),
            blocks=3,
        ),
        Contest(
            "filtered list",
            "Chargebee",
            lambda _: caller.get("/customers", filters | {"limit": 100}),
            lambda _: PLAIN.get("", sample | {"limit": 100}),
        ),
        Contest(
            "update",
            "Chargebee",
            lambda number: caller.form(f"/customers/{ids[number % len(ids)]}", _large_change(number)),
            lambda number: PLAIN.json("PATCH", f"/{ids[number % len(ids)]}", _large_change(number)),
        ),
    ]


def ching_create(caller: Caller, number: int) -> Call:
    return caller.json("POST", "/customers", _small(number))


def chargebee_create(caller: Caller, number: int) -> Call:
    return caller.form("/customers", _as_form(_large(number)))


def _plain_retrieve(caller: Caller, ids: Sequence[str]) -> Any:
    return lambda number: caller.get(f"/{ids[number % len(ids)]}")


def _plain_update(caller: Caller, ids: Sequence[str]) -> Any:
    return lambda number: caller.json("PATCH", f"/{ids[number % len(ids)]}", _columns(_small_change(number)))


def _small(number: int) -> dict[str, Any]:
    return {
        "name": f"John Doe {number}",
        "email": f"john.doe.{number}@example.com",
        "phone": "+972501234567",
        "locale": "he",
        "taxId": f"{number:09d}",
        "metadata": METADATA,
    }


def _small_change(number: int) -> dict[str, Any]:
    return {"name": f"Jane Roe {number}", "email": f"jane.roe.{number}@example.com", "metadata": {"seats": number}}


def _upsert(number: int) -> dict[str, Any]:
    """Every other one finds the customer that the one before it made."""
    return {**_small(number), "email": f"upsert.{number // 2}@example.com", "identifyBy": "email"}


def _columns(data: dict[str, Any]) -> dict[str, Any]:
    return {**data, "tax_id": data["taxId"]} if "taxId" in data else data


def _large(number: int) -> dict[str, Any]:
    return {
        "first_name": "John",
        "last_name": f"Doe {number}",
        "company": "Doe & Sons",
        "email": f"john.{number}@example.com",
        "phone": "+13102234567",
        "locale": "en-US",
        "auto_collection": "on",
        "net_term_days": 30,
        "billing_address": ADDRESS,
        "meta_data": METADATA,
    }


def _large_change(number: int) -> dict[str, Any]:
    return {"first_name": f"Jane {number}", "company": f"Roe & Sons {number}", "email": f"jane.{number}@example.com"}


def _as_form(data: dict[str, Any]) -> dict[str, Any]:
    """As the official Python client sends it: brackets, and the dict's own text for ``meta_data``."""
    flat = {name: value for name, value in data.items() if name != "billing_address"}
    return flat | {f"billing_address[{part}]": value for part, value in data["billing_address"].items()}


def _as_columns(data: dict[str, Any]) -> dict[str, Any]:
    flat = {name: value for name, value in data.items() if name not in {"billing_address", "meta_data"}}
    address = {f"address_{part}": value for part, value in data["billing_address"].items()}
    return {**flat, **address, "metadata": data["meta_data"]}
