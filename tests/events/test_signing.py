"""Receivers can verify with the public library of Standard Webhooks, and with CHING's one line."""

from __future__ import annotations

import base64
import hashlib
import hmac
from datetime import UTC, datetime, timedelta, timezone

import pytest
from standardwebhooks.webhooks import Webhook, WebhookVerificationError

from billing_customers.events.sealing import Secret, new_webhook_secret
from billing_customers.events.signing import basic_auth, ching_signature, standard_headers
from tests.fixtures import NOW

NEW, OLD, OTHERS = new_webhook_secret(), new_webhook_secret(), new_webhook_secret()
BODY = '{"id": "evt_1", "data": {"name": "דנה"}}'.encode()


def now() -> datetime:
    return datetime.now(tz=UTC)


def headers(*secrets: Secret, at: datetime | None = None) -> dict[str, str]:
    return standard_headers(secrets or (NEW,), message_id="evt_1", at=at or now(), body=BODY)


def verify(secret: Secret, body: bytes, sent: dict[str, str]) -> None:
    Webhook(secret.reveal()).verify(body, sent)


def test_ching_signature_is_keyed_with_the_whole_secret_text() -> None:
    secret = Secret("whsec_" + base64.b64encode(b"k" * 32).decode())

    assert (
        ching_signature(secret, b'{"a":1}')
        == hmac.new(secret.reveal().encode(), b'{"a":1}', hashlib.sha256).hexdigest()
    )


def test_ching_signature_of_a_known_body() -> None:
    assert ching_signature(Secret("whsec_key"), b"body") == (
        "b27069c6a0307eb3b2c02381bfb493d36d02d82488463d11c01d4eca61cb9f2a"
    )


def test_standard_headers_of_a_known_message() -> None:
    # The example of the specification's own libraries.
    secret = Secret("whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw")

    sent = standard_headers(
        [secret],
        message_id="msg_p5jXN8AQM9LWM0D4loKWxJek",
        at=datetime.fromtimestamp(1614265330, tz=UTC),
        body=b'{"test": 2432232314}',
    )

    assert sent == {
        "webhook-id": "msg_p5jXN8AQM9LWM0D4loKWxJek",
        "webhook-timestamp": "1614265330",
        "webhook-signature": "v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE=",
    }


def test_receiver_verifies() -> None:
    verify(NEW, BODY, headers())


@pytest.mark.parametrize("secret", [NEW, OLD])
def test_both_secrets_verify_during_a_rotation(secret: Secret) -> None:
    verify(secret, BODY, headers(NEW, OLD))


def test_new_secret_signs_first() -> None:
    at = now()
    signatures = headers(NEW, OLD, at=at)["webhook-signature"].split(" ")

    assert signatures == [headers(NEW, at=at)["webhook-signature"], headers(OLD, at=at)["webhook-signature"]]


def test_secret_of_another_endpoint_does_not_verify() -> None:
    with pytest.raises(WebhookVerificationError, match="No matching signature"):
        verify(OTHERS, BODY, headers(NEW, OLD))


@pytest.mark.parametrize(
    "change",
    [
        {"webhook-id": "evt_2"},
        {"webhook-timestamp": None},
        {"webhook-signature": "v1," + base64.b64encode(b"s" * 32).decode()},
    ],
)
def test_altered_header_does_not_verify(change: dict[str, str | None]) -> None:
    # Of this moment: parameters are as old as the test run.
    a_minute_later = str(int(now().timestamp()) + 60)
    changed = {name: value or a_minute_later for name, value in change.items()}

    with pytest.raises(WebhookVerificationError, match="No matching signature"):
        verify(NEW, BODY, headers() | changed)


def test_altered_body_does_not_verify() -> None:
    with pytest.raises(WebhookVerificationError, match="No matching signature"):
        verify(NEW, BODY + b" ", headers())


@pytest.mark.parametrize("age", [timedelta(minutes=6), timedelta(minutes=-6)])
def test_replay_outside_of_five_minutes_does_not_verify(age: timedelta) -> None:
    with pytest.raises(WebhookVerificationError, match="too"):
        verify(NEW, BODY, headers(at=now() - age))


def test_timestamp_is_the_attempts_in_any_zone() -> None:
    there = NOW.astimezone(timezone(timedelta(hours=-6)))

    assert headers(at=there) == headers(at=NOW)
    assert headers(at=NOW)["webhook-timestamp"] == str(int(NOW.timestamp()))


def test_without_a_secret_there_is_no_signature() -> None:
    sent = standard_headers([], message_id="evt_1", at=NOW, body=BODY)

    assert set(sent) == {"webhook-id", "webhook-timestamp"}


@pytest.mark.parametrize("message_id", ["", "evt.1", "evt-1", "evt_1\n", "evt 1", "evt_é", "e" * 256])
def test_message_id_with_other_characters_is_refused(message_id: str) -> None:
    with pytest.raises(ValueError, match="message id"):
        standard_headers([NEW], message_id=message_id, at=NOW, body=BODY)


def test_naive_time_is_refused() -> None:
    with pytest.raises(ValueError, match="aware"):
        headers(at=NOW.replace(tzinfo=None))


def test_secret_that_is_none_is_refused_without_being_told() -> None:
    with pytest.raises(ValueError, match="whsec_") as refusal:
        headers(Secret("hunter2"))

    assert "hunter2" not in str(refusal.value)


@pytest.mark.parametrize(
    ("username", "password", "value"),
    [
        ("Aladdin", "open sesame", "Basic QWxhZGRpbjpvcGVuIHNlc2FtZQ=="),
        ("test", "123£", "Basic dGVzdDoxMjPCow=="),
        ("user", "a:b", "Basic dXNlcjphOmI="),
        ("user", "", "Basic dXNlcjo="),
    ],
)
def test_basic_auth_is_as_in_rfc_7617(username: str, password: str, value: str) -> None:
    assert basic_auth(username, password) == value


@pytest.mark.parametrize(
    ("username", "password"), [("a:b", "p"), ("a\r\nX: 1", "p"), ("a", "p\r\nX: 1"), ("a\0", "p"), ("a", "\x7f")]
)
def test_basic_auth_that_no_receiver_could_read_is_refused(username: str, password: str) -> None:
    with pytest.raises(ValueError, match="username"):
        basic_auth(username, password)
