"""What is wrong with a request itself, answered in each dialect's JSON. Nothing is stored."""

from __future__ import annotations

import base64
from datetime import timedelta
from typing import Any

import pytest
from django.test import Client

from billing_customers.models import BillingSite, Customer
from billing_customers.operations.api_keys import create_api_key, revoke_api_key
from tests.dialects.expected import chargebee_refusal, ching_refusal
from tests.dialects.wire import CHARGEBEE, CHING, FORM, JSON, Wire
from tests.fixtures import NOW

NO_ACCESS = {
    "ching": ching_refusal(401, "NO_ACCESS", "No access"),
    "chargebee": {
        "message": "No access",
        "api_error_code": "api_authentication_failed",
        "error_code": "api_authentication_failed",
        "error_msg": "No access",
        "http_status_code": 401,
    },
}
SCHEMES = {"ching": "Bearer", "chargebee": "Basic"}


def refusal(wire: Wire, message: str, ching: tuple[int, str], chargebee: tuple[int, str]) -> tuple[int, Any]:
    """Status and body in the dialect of ``wire``."""
    if wire.name == "ching":
        return ching[0], ching_refusal(*ching, message)
    return chargebee[0], chargebee_refusal(*chargebee, message)


def answered(response: Any) -> tuple[int, Any]:
    return response.status_code, response.json()


@pytest.mark.parametrize("method", ["PUT", "PATCH", "OPTIONS", "TRACE", "DELETE", "CONNECT", "PROPFIND"])
def test_a_method_that_is_not_allowed_is_told_which_are(wire: Wire, key: str, method: str) -> None:
    response = wire.client(key).generic(method, f"{wire.prefix}/customers")

    assert answered(response) == refusal(
        wire,
        "The method is not allowed here.",
        (405, "METHOD_NOT_ALLOWED"),
        (405, "http_method_not_supported"),
    )
    assert response.headers["Allow"] == "GET, POST, HEAD"


@pytest.mark.parametrize("method", ["DISPATCH", "SITE", "RUN", "LIST", "CREATE", "DESTROY", "BODY", "ACTOR", "HEADERS"])
def test_a_method_is_never_the_name_of_an_attribute(wire: Wire, key: str, method: str) -> None:
    response = wire.client(key).generic(method, f"{wire.prefix}/customers", wire.new_customer, wire.content_type)

    assert response.status_code == 405
    assert Customer.objects.count() == 0


@pytest.mark.parametrize("content_type", ["text/plain", "multipart/form-data; boundary=x", "application/xml", "", "x"])
def test_a_content_type_that_is_not_read_is_refused(wire: Wire, key: str, content_type: str) -> None:
    response = wire.client(key).post(f"{wire.prefix}/customers", b"--x", content_type=content_type)

    assert answered(response) == refusal(
        wire,
        "The content type is not one that is read here.",
        (415, "UNSUPPORTED_MEDIA_TYPE"),
        (400, "invalid_request"),
    )
    assert Customer.objects.count() == 0


def test_a_form_is_not_read_by_ching(key: str) -> None:
    response = CHING.client(key).post("/ching/v1/customers", "name=Tal", content_type=FORM)

    assert response.status_code == 415
    assert Customer.objects.count() == 0


@pytest.mark.parametrize("size", [262_145, 1_000_000, 3_000_000])
def test_a_body_over_256_kib_is_refused(wire: Wire, key: str, size: int) -> None:
    response = wire.create(wire.client(key), wire.new_customer + " " * (size - len(wire.new_customer)))

    assert answered(response) == refusal(
        wire,
        "The request body is larger than 262144 bytes.",
        (413, "REQUEST_TOO_LARGE"),
        (400, "invalid_request"),
    )
    assert Customer.objects.count() == 0


def test_a_body_that_only_claims_to_be_large_is_refused(wire: Wire, key: str) -> None:
    response = wire.client(key).post(
        f"{wire.prefix}/customers", wire.new_customer, content_type=wire.content_type, CONTENT_LENGTH="9" * 30
    )

    assert wire.is_refusal(response)
    assert Customer.objects.count() == 0


def test_a_body_of_256_kib_is_read(key: str) -> None:
    body = CHING.new_customer + " " * (262_144 - len(CHING.new_customer))

    assert CHING.create(CHING.client(key), body).status_code == 200


@pytest.mark.parametrize(
    ("body", "message"),
    [
        ("{", "The text is not JSON: line 1, column 2."),
        ("name=Tal", "The text is not JSON: line 1, column 1."),
        ("[]", "The request body must be a JSON object."),
        ('"x"', "The request body must be a JSON object."),
        ("null", "The request body must be a JSON object."),
        ('{"name":"a","name":"b"}', "The key 'name' appears more than once in one object."),
        ('{"name":"\\ud800"}', "The text contains a lone surrogate."),
        ('{"name":"\\u0000"}', "The text contains the character U+0000."),
        ("[" * 20_000, "The JSON text is nested more than 12 levels deep."),
        ('{"name":1e999}', "A number is too large for a 64-bit float."),
        (b'{"name":"\xff"}', "The JSON text is not valid UTF-8."),
        (b"\xef\xbb\xbf{}", "The JSON text begins with a byte order mark."),
    ],
)
def test_ching_refuses_what_is_no_json_object(key: str, body: str | bytes, message: str) -> None:
    response = CHING.create(CHING.client(key), body)

    assert answered(response) == (400, ching_refusal(400, "INVALID_FIELD", message))
    assert Customer.objects.count() == 0


@pytest.mark.parametrize(
    ("body", "message"),
    [
        ("first_name=%", "The parameters have a % that is not followed by two hexadecimal digits."),
        ("first_name=%FF", "The parameters are not valid UTF-8."),
        ("first_name=%00", "The parameters contain the character U+0000."),
        ("a[1000]=x", "An index is larger than 999."),
        ("a[b]=1&a[b]=2", "A bracketed parameter is given more than once."),
        ("k" * 301 + "=1", "The name of a parameter is longer than 300 characters."),
        ("&".join(["a=1"] * 1_001), "There are more than 1000 parameters."),
    ],
)
def test_chargebee_refuses_what_is_no_form(key: str, body: str, message: str) -> None:
    response = CHARGEBEE.create(CHARGEBEE.client(key), body)

    assert answered(response) == (400, chargebee_refusal(400, "invalid_request", message))
    assert Customer.objects.count() == 0


def test_chargebee_refuses_what_is_no_query(key: str) -> None:
    response = CHARGEBEE.client(key).get("/api/v2/customers?first_name[is]=%FF")

    assert answered(response) == (
        400,
        chargebee_refusal(400, "invalid_request", "The parameters are not valid UTF-8."),
    )


@pytest.fixture
def unusable(site: BillingSite, key: str) -> dict[str, str]:
    """Authorization headers of no use, by what is wrong with them. ``{}`` stands for a key of the dialect's form."""
    revoked, revoked_text = create_api_key(site=site, scopes=["write"], at=NOW)
    revoke_api_key(key=revoked, at=NOW)
    _, expired = create_api_key(site=site, scopes=["write"], expires_at=NOW + timedelta(seconds=1), at=NOW)
    swapped = key[:-1] + ("a" if key[-1] != "a" else "b")
    texts = {"revoked": revoked_text, "expired": expired, "junk": "junk", "typo": swapped, "empty": ""}
    headers = {f"{scheme} {name}": _shown(scheme, text) for name, text in texts.items() for scheme in SCHEMES.values()}
    return headers | {
        "none": "",
        "bare": key,
        "other scheme": f"Token {key}",
        "two keys": f"Bearer {key} {key}",
        "two schemes": f"Bearer {key}, Basic {base64.b64encode(f'{key}:'.encode()).decode()}",
        "no base64": f"Basic {key}!",
        "no colon": "Basic " + base64.b64encode(key.encode()).decode(),
        "a password": "Basic " + base64.b64encode(f"{key}:secret".encode()).decode(),
        "as the password": "Basic " + base64.b64encode(f":{key}".encode()).decode(),
        "not ascii": "Basic " + base64.b64encode(f"{key}\u05d0:".encode()).decode(),
        "too long": f"Bearer {key}" + " " * 420,
        "latin": "Bearer \xe9",
    }


def _shown(scheme: str, text: str) -> str:
    return f"Bearer {text}" if scheme == "Bearer" else "Basic " + base64.b64encode(f"{text}:".encode()).decode()


def test_no_key_of_use_is_ever_told_from_another(wire: Wire, unusable: dict[str, str]) -> None:
    http = Client(raise_request_exception=False)

    answers = {
        name: http.get(f"{wire.prefix}/customers", headers={"authorization": header} if header else {})
        for name, header in unusable.items()
    }

    assert {name: response.status_code for name, response in answers.items()} == dict.fromkeys(unusable, 401)
    assert len({response.content for response in answers.values()}) == 1
    assert {response.headers["WWW-Authenticate"] for response in answers.values()} == {SCHEMES[wire.name]}
    assert answers["none"].json() == NO_ACCESS[wire.name]


def test_each_dialect_takes_its_own_scheme_alone(wire: Wire, key: str) -> None:
    other = CHARGEBEE if wire is CHING else CHING
    crossed = Client(headers={"authorization": other.authorization(key)})

    assert wire.client(key).get(f"{wire.prefix}/customers").status_code == 200
    assert crossed.get(f"{wire.prefix}/customers").status_code == 401


def test_a_key_in_the_query_string_is_not_read(wire: Wire, key: str) -> None:
    response = Client().get(f"{wire.prefix}/customers?api_key={key}&access_token={key}&key={key}")

    assert answered(response) == (401, NO_ACCESS[wire.name])


def test_a_key_is_asked_for_before_the_body_is_read(wire: Wire) -> None:
    response = wire.create(Client(), b"\xff" * 300_000)

    assert answered(response) == (401, NO_ACCESS[wire.name])


def test_a_key_to_read_cannot_write(wire: Wire, site: BillingSite) -> None:
    http = wire.client(create_api_key(site=site, scopes=["read"], at=NOW)[1])

    response = wire.create(http)

    status, body = refusal(
        wire,
        "The API key lacks the scope 'write'.",
        (403, "INSUFFICIENT_SCOPE"),
        (403, "api_authorization_failed"),
    )
    if wire is CHARGEBEE:
        del body["type"]
    assert answered(response) == (status, body)
    assert Customer.objects.count() == 0
    assert http.get(f"{wire.prefix}/customers").status_code == 200


@pytest.mark.parametrize("path", ["/", "/nope", "/customers/", "/customers/a/b/c", "/customers//x", "/\n", "/a%00"])
@pytest.mark.parametrize("method", ["GET", "POST", "DELETE"])
def test_an_unknown_path_is_not_found_with_or_without_a_key(wire: Wire, key: str, method: str, path: str) -> None:
    responses = [
        http.generic(method, wire.prefix + path, headers={wire.idempotency_header: "order-1"})
        for http in (wire.client(key), Client(raise_request_exception=False))
    ]

    messages = {"ching": "There is no such resource.", "chargebee": "Sorry, we couldn't find that resource"}
    expected = refusal(wire, messages[wire.name], (404, "NOT_FOUND"), (404, "resource_not_found"))
    assert [answered(response) for response in responses] == [expected, expected]


def test_an_accept_header_never_changes_the_answer(wire: Wire, key: str) -> None:
    answers = [
        wire.client(key).get(f"{wire.prefix}/customers?format=html", headers={"accept": accept})
        for accept in ("text/html", "application/xml", "*/*", "application/json; version=7", "\xff")
    ]

    assert {response.status_code for response in answers} == {200}
    assert {response.headers["Content-Type"] for response in answers} == {"application/json"}


def test_a_json_content_type_with_a_charset_is_read(key: str) -> None:
    response = CHING.client(key).post("/ching/v1/customers", CHING.new_customer, content_type=f"{JSON}; charset=utf-8")

    assert response.status_code == 200
