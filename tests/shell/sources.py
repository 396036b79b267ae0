"""Rules about the text of the source that no linter has. Each returns its findings as `path:line: what`."""

import ast
import re
from collections.abc import Iterator
from pathlib import Path
from statistics import median

CHECKOUT = Path(__file__).resolve().parents[2]
PACKAGE = CHECKOUT / "billing_customers"

MAX_FILE_LINES = 400
MAX_MEDIAN_LINES = 110
MAX_FUNCTION_LINES = 60

_DRAWERS = re.compile(r"(?:^|_)(?:utils?|helpers?|common|misc)(?:_|$)", re.IGNORECASE)
_WRITERS = {"operations", "events", "work"}
_WRITE_CALL = re.compile(r"\.objects(?:\.for_site\([^)]*\))?\.(?:create|bulk_create|get_or_create|update_or_create)\(")
_UNFINISHED = re.compile(r"\b(?:TODO|FIXME|HACK)\b")
_ONE_MACHINE = re.compile(r"(?<![\w.])/(?:work|farm|root|home)/\w")

_FUNCTIONS = (ast.FunctionDef, ast.AsyncFunctionDef)


def python_files(root: Path) -> list[Path]:
    """The hand-written Python files under the folder; migrations are generated."""
    return sorted(path for path in root.rglob("*.py") if "migrations" not in path.relative_to(root).parts)


def long_files(root: Path) -> list[str]:
    """Files of more than 400 lines."""
    counts = ((path, _line_count(path)) for path in python_files(root))
    return [f"{path.relative_to(root)}:1: {count} lines" for path, count in counts if count > MAX_FILE_LINES]


def median_length(root: Path) -> float:
    """Half of the files that hold any code are no longer than this."""
    return median(count for count in map(_line_count, python_files(root)) if count)


def long_functions(root: Path) -> list[str]:
    """Functions of more than 60 lines."""
    return [
        f"{path.relative_to(root)}:{node.lineno}: {node.name} has {length} lines"
        for path in python_files(root)
        for node in ast.walk(ast.parse(path.read_text("utf-8")))
        if isinstance(node, _FUNCTIONS)
        and (length := (node.end_lineno or node.lineno) - node.lineno + 1) > MAX_FUNCTION_LINES
    ]


def drawers(root: Path) -> list[str]:
    """Names that say nothing of what lives there: of files, folders, classes, functions and arguments."""
    found = [
        f"{path.relative_to(root)}:1: {name}"
        for path in python_files(root)
        for name in path.relative_to(root).with_suffix("").parts
        if _DRAWERS.search(name) or name == "services"
    ]
    for path in python_files(root):
        found += [
            f"{path.relative_to(root)}:{line}: {name}"
            for line, name in _defined_names(path)
            if _DRAWERS.search(_snake(name))
        ]
    return found


def stray_writes(root: Path) -> list[str]:
    """Rows made through a manager outside operations, events and work."""
    return [
        finding
        for path in python_files(root)
        if path.relative_to(root).parts[0] not in _WRITERS
        for finding in _matches(path, root, _WRITE_CALL)
    ]


def unescaped_html(root: Path) -> list[str]:
    """Any use of mark_safe: format_html escapes what it is given."""
    return [finding for path in python_files(root) for finding in _matches(path, root, re.compile(r"\bmark_safe\b"))]


def unfinished(root: Path) -> list[str]:
    """Marks of work that was left for later."""
    return [finding for path in python_files(root) for finding in _matches(path, root, _UNFINISHED)]


def machine_paths(paths: list[Path], root: Path) -> list[str]:
    """Absolute paths that exist on one machine only."""
    return [finding for path in paths for finding in _matches(path, root, _ONE_MACHINE)]


def unmapped_files(root: Path, architecture: str) -> list[str]:
    """Python files whose path, relative to the package, the map does not name in backticks.

    A folder with the same rule for all its files may be named once, as `folder/*`.
    """
    named = set(re.findall(r"`([^`\n]+)`", architecture))
    paths = [path.relative_to(root) for path in python_files(root) if path.name != "__init__.py"]
    return [path.as_posix() for path in paths if not {path.as_posix(), f"{path.parent.as_posix()}/*"} & named]


def _matches(path: Path, root: Path, pattern: re.Pattern[str]) -> Iterator[str]:
    for number, line in enumerate(path.read_text("utf-8").splitlines(), 1):
        if pattern.search(line):
            yield f"{path.relative_to(root)}:{number}: {line.strip()}"


def _line_count(path: Path) -> int:
    return len(path.read_text("utf-8").splitlines())


def _defined_names(path: Path) -> Iterator[tuple[int, str]]:
    for node in ast.walk(ast.parse(path.read_text("utf-8"))):
        if isinstance(node, (*_FUNCTIONS, ast.ClassDef)):
            yield node.lineno, node.name
        elif isinstance(node, ast.arg):
            yield node.lineno, node.arg
        elif isinstance(node, ast.Name) and isinstance(node.ctx, ast.Store):
            yield node.lineno, node.id


def _snake(name: str) -> str:
    return re.sub(r"(?<=[a-z0-9])(?=[A-Z])", "_", name)
