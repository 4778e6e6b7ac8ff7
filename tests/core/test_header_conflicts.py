"""Conflicts in a header, in each of git's styles."""

from __future__ import annotations

import pytest

from fidesdev.core.header_conflicts import is_about_parents, own_side, side_with

TEXT = b'''"""x

{docstring}
"""
revision = "mmm"
{parents}

def upgrade():
    {body}
'''


def conflict(ours: bytes, theirs: bytes, base: bytes | None) -> bytes:
    middle = b"" if base is None else b"||||||| base\n" + base + b"\n"
    return b"<<<<<<< HEAD\n" + ours + b"\n" + middle + b"=======\n" + theirs + b"\n>>>>>>> other"


def text(docstring: bytes = b"", parents: bytes = b"", body: bytes = b"pass") -> bytes:
    filled = TEXT.replace(b"{docstring}", docstring).replace(b"{parents}", parents)
    return filled.replace(b"{body}", body)


@pytest.mark.parametrize("base", [None, b'down_revision = "a"'])
def test_conflict_about_parents_has_two_sides(base: bytes | None) -> None:
    source = text(
        conflict(b"Revises: b", b"Revises: c", None),
        conflict(b'down_revision = "b"', b'down_revision = "c"', base),
    )
    assert is_about_parents(source, name="mmm.py")
    ours = text(b"Revises: b", b'down_revision = "b"')
    theirs = text(b"Revises: c", b'down_revision = "c"')
    assert own_side(source, own_is_first=True) == ours
    assert own_side(source, own_is_first=False) == theirs
    assert side_with(source, ("c",), name="mmm.py") == theirs
    assert side_with(source, ("d",), name="mmm.py") is None


def test_conflict_about_anything_else_is_not_about_parents() -> None:
    parents = b'down_revision = "b"'
    for source in (
        text(parents=parents, body=b"pass\n" + conflict(b"    x = 1", b"    x = 2", None)),
        text(parents=conflict(parents, b'down_revision = "c"\nlabels = 1', None)),
        text(parents=conflict(parents, b"down_revision = (", None)),
    ):
        assert not is_about_parents(source, name="mmm.py")
