"""A sealed secret opens only where it was sealed for, and a secret never shows itself."""

from __future__ import annotations

import base64
import copy
import json
import pickle
import re
from typing import Any

import pytest
from django.test import override_settings
from django.views.debug import ExceptionReporter

from billing_customers.events import sealing
from billing_customers.events.sealing import (
    Secret,
    Unsealable,
    is_webhook_secret,
    new_webhook_secret,
    open_sealed,
    seal,
)

TEXT = "whsec_" + base64.b64encode(bytes(range(32))).decode()
PURPOSE = "endpoint:we_abc:secret"


def keys(*numbers: int) -> Any:
    texts = [base64.urlsafe_b64encode(bytes([number]) * 32).decode() for number in numbers]
    return override_settings(BILLING_CUSTOMERS={"ENCRYPTION_KEYS": texts})


def test_sealed_text_opens() -> None:
    assert open_sealed(seal(TEXT, purpose=PURPOSE), purpose=PURPOSE).reveal() == TEXT


@pytest.mark.parametrize("text", ["", "p", "סיסמה", "a" * 250])
def test_any_text_can_be_sealed(text: str) -> None:
    assert open_sealed(seal(text, purpose=PURPOSE), purpose=PURPOSE).reveal() == text


def test_sealed_form_has_the_version_the_key_and_nothing_of_the_text() -> None:
    sealed = seal(TEXT, purpose=PURPOSE)

    assert re.fullmatch(r"v1\.[0-9a-f]{8}\.[A-Za-z0-9_-]+={0,2}", sealed)
    assert TEXT[6:20] not in sealed


def test_sealing_twice_gives_two_texts() -> None:
    assert seal(TEXT, purpose=PURPOSE) != seal(TEXT, purpose=PURPOSE)


def test_other_purpose_does_not_open() -> None:
    sealed = seal(TEXT, purpose=PURPOSE)

    with pytest.raises(Unsealable, match="another purpose"):
        open_sealed(sealed, purpose="endpoint:we_xyz:secret")


@pytest.mark.parametrize("position", [0, 11, 12, 40, -1])
def test_one_changed_bit_does_not_open(position: int) -> None:
    start, _, text = seal(TEXT, purpose=PURPOSE).rpartition(".")
    raw = bytearray(base64.urlsafe_b64decode(text))
    raw[position] ^= 1

    with pytest.raises(Unsealable):
        open_sealed(f"{start}.{base64.urlsafe_b64encode(raw).decode()}", purpose=PURPOSE)


@pytest.mark.parametrize(
    "change", ["v2.{key}.{text}", "{text}", "", "v1", "v1..", "v1.{key}.", "v1.{key}.*", "v1.{key}.AAAA"]
)
def test_what_is_no_sealed_text_does_not_open(change: str) -> None:
    _, key, text = seal(TEXT, purpose=PURPOSE).split(".")

    with pytest.raises(Unsealable):
        open_sealed(change.format(key=key, text=text), purpose=PURPOSE)


def test_retired_key_still_opens() -> None:
    with keys(1):
        sealed = seal(TEXT, purpose=PURPOSE)

    with keys(2, 1):
        assert open_sealed(sealed, purpose=PURPOSE).reveal() == TEXT


def test_first_key_seals() -> None:
    with keys(2, 1):
        sealed = seal(TEXT, purpose=PURPOSE)

    with keys(2):
        assert open_sealed(sealed, purpose=PURPOSE).reveal() == TEXT


def test_key_that_is_gone_is_named_as_the_reason() -> None:
    with keys(1):
        sealed = seal(TEXT, purpose=PURPOSE)

    with keys(2), pytest.raises(Unsealable, match="ENCRYPTION_KEYS"):
        open_sealed(sealed, purpose=PURPOSE)


def test_django_secret_key_seals_by_default_and_its_fallbacks_open() -> None:
    with override_settings(SECRET_KEY="old"):
        sealed = seal(TEXT, purpose=PURPOSE)

    with override_settings(SECRET_KEY="new", SECRET_KEY_FALLBACKS=["old"]):
        assert open_sealed(sealed, purpose=PURPOSE).reveal() == TEXT


def test_cipher_of_a_key_is_made_once() -> None:
    sealing._cipher.cache_clear()
    sealed = seal(TEXT, purpose=PURPOSE)

    open_sealed(sealed, purpose=PURPOSE)

    assert sealing._cipher.cache_info().misses == 1


@pytest.mark.parametrize("show", [str, repr, "{}".format, "{!r}".format, lambda secret: f"{secret}"])
def test_secret_shows_a_mask(show: Any) -> None:
    assert show(Secret(TEXT)) == f"whsec_****{TEXT[-4:]}"


@pytest.mark.parametrize("text", ["", "hunter2", "whsec_short", "a" * 15])
def test_short_secret_shows_nothing_of_itself(text: str) -> None:
    assert repr(Secret(text)) in {"****", "whsec_****"}


@pytest.mark.parametrize("write", [pickle.dumps, copy.copy, copy.deepcopy, json.dumps])
def test_secret_cannot_be_written_down(write: Any) -> None:
    with pytest.raises(TypeError):
        write(Secret(TEXT))


def test_secret_has_no_attribute_that_a_dump_would_find() -> None:
    assert not hasattr(Secret(TEXT), "__dict__")


def test_error_report_masks_a_secret() -> None:
    def fail(secret: Secret) -> None:
        raise ValueError(f"no use for {secret}")

    try:
        fail(Secret(TEXT))
    except ValueError as error:
        report = ExceptionReporter(None, type(error), error, error.__traceback__).get_traceback_text()

    assert TEXT not in report
    assert f"whsec_****{TEXT[-4:]}" in report


def test_secrets_compare_by_their_text() -> None:
    assert Secret("a") == Secret("a")
    assert Secret("a") != Secret("b")
    assert Secret("a") != "a"
    assert len({Secret("a"), Secret("a"), Secret("b")}) == 2


def test_new_secret_has_32_random_bytes() -> None:
    first, second = new_webhook_secret(), new_webhook_secret()

    assert first != second
    assert len(base64.b64decode(first.reveal().removeprefix("whsec_"), validate=True)) == 32
    assert is_webhook_secret(first.reveal())


@pytest.mark.parametrize("size", [24, 32, 64])
def test_webhook_secret_has_24_to_64_bytes(size: int) -> None:
    assert is_webhook_secret("whsec_" + base64.b64encode(b"a" * size).decode())


@pytest.mark.parametrize(
    "text",
    [
        "",
        "whsec_",
        TEXT.removeprefix("whsec_"),
        f"whsec_{TEXT}",
        f"{TEXT}\n",
        f" {TEXT}",
        TEXT.rstrip("="),
        TEXT[:-2] + "9=",
        "whsk_" + TEXT.removeprefix("whsec_"),
        "whsec_" + "é" * 44,
        "whsec_" + base64.b64encode(b"a" * 23).decode(),
        "whsec_" + base64.b64encode(b"a" * 65).decode(),
    ],
)
def test_other_text_is_no_webhook_secret(text: str) -> None:
    assert not is_webhook_secret(text)
