"""Two texts of one program, and of two."""

from __future__ import annotations

import pytest

from fidesdev.core.same_code import is_same_code

CODE = '''"""Docstring"""
from alembic import op

revision = "a1"


def upgrade():
    op.execute("x")  # comment


def downgrade():
    """Not needed."""
'''


@pytest.mark.parametrize(
    ("old", "new"),
    [
        ("# comment", "# other"),
        ('"""Docstring"""', "'''Other'''"),
        ('"""Docstring"""\n', ""),
        ('"x"', "'x'"),
        ('op.execute("x")', 'op.execute(\n        "x",\n    )'),
        ('revision = "a1"', 'revision: str = "a1"'),
        ("def upgrade():", "def upgrade() -> None:"),
        ('"""Not needed."""', "pass"),
        ("\n", "\r\n"),
    ],
)
def test_form_is_no_change(old: str, new: str) -> None:
    assert is_same_code(CODE.encode(), CODE.replace(old, new).encode())


@pytest.mark.parametrize(
    ("old", "new"),
    [
        ('"x"', '"y"'),
        ('"a1"', '"a2"'),
        ('op.execute("x")', "pass"),
        ('"""Not needed."""', "raise ValueError"),
        ("import op", "import op, context"),
    ],
)
def test_code_is(old: str, new: str) -> None:
    assert not is_same_code(CODE.encode(), CODE.replace(old, new).encode())


def test_what_does_not_parse_is_compared_by_words() -> None:
    assert is_same_code(b"print 'a'\n", b"print   'a'\r\n")
    assert not is_same_code(b"print 'a'\n", b"print 'b'\n")
