"""Ignore comments: what they silence, and which of them are of no use."""

from __future__ import annotations

import pytest

from fidesdev.core.findings import Finding, finding
from fidesdev.core.ignores import Ignore, read_ignores, without_ignored

FOUND = finding("docstring", "wrong", path="a.py", line=4)


def left(source: str, *findings: Finding, checked: tuple[str, ...] = ("docstring",)) -> list[str]:
    """What is left of the findings in a file of this text, `code: message`."""
    ignores = [("a.py", one) for one in read_ignores(source.encode())]
    kept = without_ignored(findings or [FOUND], ignores, checked)
    return [f"{one.code}: {one.message}" for one in kept]


@pytest.mark.parametrize(
    "comment",
    [
        "# fidesdev: ignore[docstring] copied from upstream",
        "#fidesdev:ignore[ docstring ,heads] - copied",
        "x = 1  # noqa # fidesdev: ignore[docstring] copied # more",
    ],
)
def test_a_comment_with_a_reason_silences_its_code(comment: str) -> None:
    assert left(comment) == []


def test_other_codes_and_files_are_not_silenced() -> None:
    other = finding("heads", "two", path="a.py")
    elsewhere = finding("docstring", "wrong", path="b.py")
    source = "# fidesdev: ignore[docstring] copied"
    assert left(source, FOUND, other, elsewhere) == ["heads: two", "docstring: wrong"]


@pytest.mark.parametrize(
    ("comment", "message"),
    [
        ("# fidesdev: ignore[docstring]", "the ignore of docstring gives no reason"),
        ("# fidesdev: ignore[docstring]  -- ", "the ignore of docstring gives no reason"),
        ("# fidesdev: ignore", "the ignore names no check"),
        ("# fidesdev: ignore[] because", "the ignore names no check"),
        ("# fidesdev: ignore[docstrin] x", "the ignore names 'docstrin', which is no check"),
    ],
)
def test_a_comment_that_is_wrong_silences_nothing_and_is_told(comment: str, message: str) -> None:
    assert left(comment) == ["docstring: wrong", f"ignore: {message}"]


def test_an_unused_comment_is_told_if_its_check_ran() -> None:
    source = "# fidesdev: ignore[filename] short"
    unused = "ignore: the ignore of filename silences nothing"
    assert left(source, checked=("filename",)) == ["docstring: wrong", unused]
    assert left(source, checked=("heads",)) == ["docstring: wrong"]


def test_text_that_is_no_comment_is_none() -> None:
    assert read_ignores(b"x = '# fidesdev: ignore[heads] no'\n'''\n# fidesdev: ignore\n'''\n") == ()


def test_a_broken_file_can_have_comments() -> None:
    (found,) = read_ignores(b"x = (\n# fidesdev: ignore[unreadable] a template\n")
    assert found == Ignore(2, ("unreadable",), "a template")
