"""The commands that people type and the configuration behind them."""

import configparser
import re
import subprocess
import sys
import tomllib
from pathlib import Path
from typing import Any

import pytest

import billing_customers
from tests.shell.sources import CHECKOUT

README = (CHECKOUT / "README.md").read_text("utf-8")
BOOTSTRAP = "python3 -m venv .bootstrap && .bootstrap/bin/pip install tox && .bootstrap/bin/tox run -e"


@pytest.fixture(scope="module")
def project() -> dict[str, Any]:
    return tomllib.loads((CHECKOUT / "pyproject.toml").read_text("utf-8"))


@pytest.fixture(scope="module")
def tox() -> configparser.ConfigParser:
    config = configparser.ConfigParser(interpolation=None)
    config.read(CHECKOUT / "tox.ini")
    return config


@pytest.mark.parametrize("command", [f"{BOOTSTRAP} demo", f"{BOOTSTRAP} py", "uvx --with tox-uv tox run -e demo"])
def test_readme_gives_the_command(command: str) -> None:
    assert command in README


def test_every_tox_environment_that_the_readme_names_exists(tox: configparser.ConfigParser) -> None:
    known = {"py", *tox["tox"]["env_list"].split(), *(name.removeprefix("testenv:") for name in tox.sections())}

    assert set(re.findall(r"tox (?:run )?-e ([\w-]+)", README)) <= known


def test_demo_is_not_run_by_a_bare_tox(tox: configparser.ConfigParser) -> None:
    assert "demo" not in tox["tox"]["env_list"].split()


def test_dependencies_are_floors_and_never_caps(project: dict[str, Any]) -> None:
    for requirement in project["project"]["dependencies"]:
        assert re.fullmatch(r"[\w-]+(?:\[\w+\])?>=[\d.]+", requirement), requirement


def test_changelog_tells_what_is_unreleased() -> None:
    assert "## [Unreleased]" in (CHECKOUT / "CHANGELOG.md").read_text("utf-8")


def test_version_is_a_release_number() -> None:
    assert re.fullmatch(r"\d+\.\d+\.\d+", billing_customers.__version__)


def test_each_script_of_the_integration_run_can_be_executed() -> None:
    assert [name for name in ("run", "totals") if not (CHECKOUT / ".ci" / name).stat().st_mode & 0o100] == []


REPORT = '<testsuites><testsuite tests="{}" failures="{}" errors="{}" skipped="{}"/></testsuites>'


@pytest.mark.parametrize(
    ("first", "second", "last_line", "status"),
    [
        ((5, 0, 0, 1), (7, 0, 0, 0), "11 passed, 0 failed, 1 skipped", 0),
        ((5, 1, 0, 1), (7, 0, 2, 0), "8 passed, 3 failed, 1 skipped", 1),
        ((0, 0, 0, 0), (0, 0, 0, 0), "0 passed, 0 failed, 0 skipped", 1),
    ],
)
def test_totals_end_with_the_sum_of_the_reports(
    first: tuple[int, ...], second: tuple[int, ...], last_line: str, status: int, tmp_path: Path
) -> None:
    (tmp_path / "py.xml").write_text(REPORT.format(*first))
    (tmp_path / "postgres.xml").write_text(REPORT.format(*second))

    done = subprocess.run(
        [sys.executable, CHECKOUT / ".ci" / "totals", tmp_path], capture_output=True, text=True, check=False
    )

    assert done.stdout.splitlines()[-1] == last_line
    assert done.returncode == status


def test_totals_name_what_failed(tmp_path: Path) -> None:
    cases = (
        '<testcase classname="tests.test_one" name="test_a[1]"><failure message="assert 1 == 2&#10;more"/></testcase>'
        '<testcase classname="tests.test_one" name="test_b"><error message="no server"/></testcase>'
        '<testcase classname="tests.test_one" name="test_c"/>'
    )
    suite = f'<testsuite tests="3" failures="1" errors="1" skipped="0">{cases}</testsuite>'
    (tmp_path / "py.xml").write_text(f"<testsuites>{suite}</testsuites>")

    done = subprocess.run(
        [sys.executable, CHECKOUT / ".ci" / "totals", tmp_path], capture_output=True, text=True, check=False
    )

    assert done.stdout.splitlines() == [
        "py: FAILED tests.test_one::test_a[1] - assert 1 == 2",
        "py: FAILED tests.test_one::test_b - no server",
        "py: 1 passed, 2 failed, 0 skipped",
        "1 passed, 2 failed, 0 skipped",
    ]
