"""What a test needs is there, or it is skipped; and an integration run does not skip."""

import socket

import pytest

from tests.conftest import answers, require


def test_present_requirement_lets_the_test_go_on() -> None:
    require(True, "Chromium")


def test_missing_requirement_skips_on_a_developers_machine(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("CI", raising=False)

    with pytest.raises(pytest.skip.Exception, match=r"Chromium is missing\."):
        require(False, "Chromium")


def test_missing_requirement_fails_in_an_integration_run(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("CI", "true")

    with pytest.raises(pytest.fail.Exception, match="Chromium is missing"):
        require(False, "Chromium")


def test_server_that_listens_answers() -> None:
    with socket.create_server(("127.0.0.1", 0)) as server:
        assert answers("127.0.0.1", server.getsockname()[1])


def test_port_without_a_server_does_not_answer() -> None:
    with socket.create_server(("127.0.0.1", 0)) as server:
        port = server.getsockname()[1]

    assert not answers("127.0.0.1", port)
