"""The text of a check, for people."""

from __future__ import annotations

from fidesdev.core.checks import CheckReport, Skipped, explain
from fidesdev.core.findings import finding
from fidesdev.render.checks import blocks
from fidesdev.render.plain import plain


def shown(report: object) -> list[str]:
    return list(plain(blocks(report)))


def test_nothing_found_is_one_line() -> None:
    report = CheckReport((), ("heads",), revisions=1, against="origin/main")
    assert shown(report) == ["All is well: 1 revision file, compared with origin/main."]


def test_a_hint_is_said_once_for_all_that_share_it() -> None:
    found = [finding("docstring", f"wrong {path}", path=path, line=4) for path in ("a.py", "b.py")]
    heads = finding("heads", "2 heads", hint="Join them.")
    assert shown(CheckReport((heads, *found), ("heads",), revisions=3)) == [
        "error: 2 heads [heads]",
        "  hint: Join them.",
        "a.py:4: warning: wrong a.py [docstring]",
        "b.py:4: warning: wrong b.py [docstring]",
        f"  hint: {found[0].hint}",
        "1 error, 2 warnings in 3 revision files.",
    ]


def test_what_was_not_checked_is_one_line() -> None:
    skipped = Skipped(("edited", "deleted"), "no upstream")
    assert shown(CheckReport((), (), (skipped,))) == [
        "Not checked: edited, deleted: no upstream",
        "All is well: 0 revision files.",
    ]


def test_an_explanation_says_what_and_why_and_what_heals() -> None:
    (first, *_rest, last) = shown(explain(["heads"]))
    assert first == "heads (error): a lineage has more than one head"
    assert last.startswith("Remedy: ")
