"""Links between pages lead somewhere; code that names a page names one that exists."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from tests.meta.source import PROJECT, modules, place, tracked_files

PAGES = [path for path in tracked_files() if path.suffix == ".md"]
LINK = re.compile(r"(?<!!)\[[^\]]*\]\(([^)#\s]+)[^)]*\)|!\[[^\]]*\]\(([^)\s]+)\)")
NAMED_PAGE = re.compile(r"docs/[\w/-]+\.md")


@pytest.mark.parametrize("page", PAGES, ids=place)
def test_links_lead_to_files(page: Path) -> None:
    links = [first or second for first, second in LINK.findall(page.read_text(encoding="utf-8"))]
    inside = [link for link in links if "://" not in link]
    assert [link for link in inside if not (page.parent / link).exists()] == []


def test_pages_named_in_code_exist() -> None:
    missing = [
        f"{place(path)}: {named}"
        for path in modules()
        for named in NAMED_PAGE.findall(path.read_text(encoding="utf-8"))
        if not (PROJECT / named).is_file()
    ]
    assert missing == []


def test_every_decision_is_listed() -> None:
    folder = PROJECT / "docs/decisions"
    index = (folder / "README.md").read_text(encoding="utf-8")
    pages = sorted(path.name for path in folder.glob("0*.md"))
    assert re.findall(r"\((0[\w-]+\.md)\)", index) == pages
    for number, page in enumerate(pages, start=1):
        text = (folder / page).read_text(encoding="utf-8")
        assert page.startswith(f"{number:04d}-")
        for part in ("# ", "**Context.**", "**Decision.**", "**Consequences.**", "**Rejected.**"):
            assert part in text, f"{page} lacks {part}"
