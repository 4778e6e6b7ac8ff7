"""What the doctor found, as text."""

from __future__ import annotations

from fidesdev.core.doctor import CHECKED, DoctorReport, Finding
from fidesdev.render.doctor import blocks
from fidesdev.render.plain import plain

ROWS = frozenset({"aaa1", "comm"})
FINDING = Finding("long_id", "error", "it is long", "Shorten it.", "aaa1", "versions/aaa1.py")


def text(*findings: Finding, after: frozenset[str] = ROWS, executed: bool = False) -> list[str]:
    return list(plain(blocks(DoctorReport(findings, CHECKED, ROWS, after, executed))))


def test_finding_names_code_file_and_remedy() -> None:
    assert text(FINDING) == ["error: it is long [long_id]", "  versions/aaa1.py", "  Shorten it."]


def test_healthy_says_how_much_was_looked_at() -> None:
    assert text() == [f"Healthy: {len(CHECKED)} kinds of trouble, none found."]


def test_removed_rows_are_named() -> None:
    left = frozenset({"aaa1"})
    told = "the redundant row comm: another row implies it."
    assert text(after=left)[0] == f"Would remove {told}"
    assert text(after=left, executed=True)[0] == f"Removed {told}"
