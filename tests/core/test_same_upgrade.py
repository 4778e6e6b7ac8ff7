"""Whether a revision still does what it did."""

from __future__ import annotations

import pytest

from fidesdev.core.same_upgrade import is_same_upgrade

TEXT = b'"""says a"""\nrevision = "a"\ndown_revision: str = "b"\n\n\ndef upgrade():\n    op.x(1)\n'


@pytest.mark.parametrize(
    ("old", "new", "same"),
    [
        (b"op.x(1)", b"op.x( 1 )  # one", True),
        (b'"b"', b'"c"', True),
        (b"says a", b"says b", True),
        (b"\n", b"\r\n", True),
        (b"op.x(1)", b"op.x(2)", False),
        (b"op.x(1)", b"op.x(1)\n    op.y()", False),
        (b"op.x(1)", b"op.x(", False),
    ],
)
def test_only_code_counts(old: bytes, new: bytes, same: bool) -> None:
    assert is_same_upgrade(TEXT, TEXT.replace(old, new)) is same
