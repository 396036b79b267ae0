"""The source keeps its rules, and each rule is able to notice a breach."""

from collections.abc import Callable
from pathlib import Path

import pytest

from tests.shell import sources
from tests.shell.sources import CHECKOUT, PACKAGE

Rule = Callable[[Path], list[str]]


@pytest.mark.parametrize(
    "rule",
    [
        sources.long_files,
        sources.long_functions,
        sources.drawers,
        sources.stray_writes,
        sources.unescaped_html,
        sources.unfinished,
    ],
)
def test_package_keeps(rule: Rule) -> None:
    assert rule(PACKAGE) == []


@pytest.mark.parametrize("rule", [sources.long_files, sources.drawers])
def test_tests_keep(rule: Rule) -> None:
    assert rule(CHECKOUT / "tests") == []


def test_half_of_the_files_are_short() -> None:
    assert sources.median_length(PACKAGE) <= sources.MAX_MEDIAN_LINES


def test_no_path_of_one_machine_is_written_down() -> None:
    folders = [PACKAGE, CHECKOUT / "docs", CHECKOUT / "example_project", CHECKOUT / "tests"]
    texts = [path for folder in folders for kind in ("*.py", "*.md") for path in folder.rglob(kind)]

    assert sources.machine_paths([*texts, *CHECKOUT.glob("*.md"), *CHECKOUT.glob("*.toml")], CHECKOUT) == []


def test_architecture_names_every_file() -> None:
    architecture = (CHECKOUT / "docs" / "architecture.md").read_text("utf-8")

    assert sources.unmapped_files(PACKAGE, architecture) == []


@pytest.mark.parametrize(
    ("rule", "name", "text"),
    [
        (sources.long_files, "models/big.py", "x = 1\n" * 401),
        (sources.long_functions, "models/long.py", "def f():\n" + "    x = 1\n" * 60),
        (sources.drawers, "admin/form_helpers.py", ""),
        (sources.drawers, "services.py", ""),
        (sources.drawers, "utils/text.py", ""),
        (sources.drawers, "models/a.py", "class CommonColumns: ..."),
        (sources.drawers, "models/a.py", "def f(misc): ..."),
        (sources.drawers, "models/a.py", "util = 1"),
        (sources.stray_writes, "dialects/a.py", "Customer.objects.create(name='x')"),
        (sources.stray_writes, "admin/a.py", "Customer.objects.for_site(site).get_or_create(name='x')"),
        (sources.unescaped_html, "admin/a.py", "from django.utils.safestring import mark_safe"),
        (sources.unfinished, "models/a.py", "x = 1  # TO" + "DO: later"),
    ],
)
def test_rule_notices_a_breach(rule: Rule, name: str, text: str, tmp_path: Path) -> None:
    _plant(tmp_path / name, text)

    assert len(rule(tmp_path)) == 1


@pytest.mark.parametrize(
    ("rule", "name", "text"),
    [
        (sources.long_files, "models/a.py", "x = 1\n" * 400),
        (sources.long_functions, "models/a.py", "def f():\n" + "    x = 1\n" * 59),
        (sources.drawers, "models/community.py", "def utilise(commonly): ..."),
        (sources.stray_writes, "operations/a.py", "Customer.objects.create(name='x')"),
    ],
)
def test_rule_leaves_good_code_alone(rule: Rule, name: str, text: str, tmp_path: Path) -> None:
    _plant(tmp_path / name, text)

    assert rule(tmp_path) == []


def test_path_of_one_machine_is_noticed(tmp_path: Path) -> None:
    page = _plant(tmp_path / "page.md", "See /" + "root/notes for more.")

    assert len(sources.machine_paths([page], tmp_path)) == 1


def test_file_without_a_line_in_the_map_is_noticed(tmp_path: Path) -> None:
    _plant(tmp_path / "models" / "new.py", "x = 1")
    _plant(tmp_path / "models" / "old.py", "x = 1")
    _plant(tmp_path / "admin" / "any.py", "x = 1")

    assert sources.unmapped_files(tmp_path, "`models/old.py` is old, `admin/*` too") == ["models/new.py"]


def _plant(path: Path, text: str) -> Path:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text, "utf-8")
    return path
