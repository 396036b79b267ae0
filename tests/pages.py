"""The documentation as text: its pages, snippets, links and tables."""

from __future__ import annotations

import re
from dataclasses import dataclass
from pathlib import Path

from tests.shell.sources import CHECKOUT

PAGES = sorted([*CHECKOUT.glob("*.md"), *(CHECKOUT / "docs").rglob("*.md")])

_SNIPPET = re.compile(
    r"^(?:<!-- (?P<mark>\w+) -->\n)?```(?P<language>\w*)\n(?P<text>.*?)^```$", re.MULTILINE | re.DOTALL
)
_LINK = re.compile(r"\[[^\]]*\]\((?P<target>[^)\s]+)\)")
_HEADING = re.compile(r"^#+ (.+)$", re.MULTILINE)
_FILE_ROW = re.compile(r"^\| `([^`]+)` \|", re.MULTILINE)


@dataclass(frozen=True, slots=True)
class Snippet:
    """A fenced block. ``mark`` is the comment above it: ``run`` says that the tests carry it out."""

    page: str
    line: int
    language: str
    mark: str
    text: str

    def __str__(self) -> str:
        return f"{self.page}:{self.line}"


def snippets(page: Path) -> list[Snippet]:
    """The snippets of a page, in its order."""
    content = page.read_text("utf-8")
    return [
        Snippet(
            page.relative_to(CHECKOUT).as_posix(),
            content.count("\n", 0, match.start()) + 1,
            match["language"],
            match["mark"] or "",
            match["text"],
        )
        for match in _SNIPPET.finditer(content)
    ]


def in_language(*languages: str) -> list[Snippet]:
    """All snippets in one of these languages."""
    return [snippet for page in PAGES for snippet in snippets(page) if snippet.language in languages]


def broken_links(page: Path) -> list[str]:
    """Links of a page to files or headings that are not there; links to the web are not followed."""
    return [
        target
        for target in _LINK.findall(_SNIPPET.sub("", page.read_text("utf-8")))
        if "://" not in target and not _leads_somewhere(page, target)
    ]


def _leads_somewhere(page: Path, target: str) -> bool:
    path, _, anchor = target.partition("#")
    file = page.parent / path if path else page
    return file.exists() and (not anchor or anchor in _anchors(file))


def _anchors(page: Path) -> set[str]:
    """The anchors that GitHub makes of headings."""
    headings = _HEADING.findall(_SNIPPET.sub("", page.read_text("utf-8")))
    return {re.sub(r"[^\w\- ]", "", heading.lower()).replace(" ", "-") for heading in headings}


def rows(page: Path, *, start: str) -> list[list[str]]:
    """The cells of each row of the table whose header begins with ``start``."""
    lines = page.read_text("utf-8").partition(f"\n| {start} |")[2].splitlines()[2:]
    table = lines[: next((number for number, line in enumerate(lines) if not line.startswith("|")), len(lines))]
    return [[cell.strip() for cell in line.strip("|").split(" | ")] for line in table]


def mapped_files(architecture: str) -> list[str]:
    """The paths that have a line in the map."""
    return _FILE_ROW.findall(architecture)


def unlike_folder(architecture: str, package: Path) -> set[str]:
    """Files of the package without a line in the map, and lines without a file."""
    found = (path.relative_to(package) for path in package.rglob("*") if path.is_file())
    files = {path.as_posix() for path in found if path.suffix != ".pyc" and "__pycache__" not in path.parts}
    return files ^ set(mapped_files(architecture))
