"""The text of a revision file: its docstring, its encoding, its line ends."""

from __future__ import annotations

import pytest

from fidesdev.core.header import Header, read_header

TEMPLATE = '''"""Größe

Revises: ae1027a6acf
Create Date: 2014-11-20 13:02:46.257104

"""

revision = "1975ea83b712"
down_revision = "ae1027a6acf"


def upgrade():
    pass
'''
PLAIN = "revision = 'a1'\ndown_revision = None\n"


def header(text: str) -> Header:
    return read_header(text.encode())


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ("Add a\ntable\n\nRevision ID: x\n", "Add a table"),
        ("\n\n   Add  a table   \n\n", "Add  a table"),
        ("", ""),
        ("Add ä → table", "Add ä → table"),
    ],
)
def test_the_message_is_the_docstring_s_first_paragraph(change: str, message: str) -> None:
    assert header(f'"""{change}"""\n' + PLAIN).message == message


def test_only_the_first_statement_is_a_docstring() -> None:
    assert header("# license\n\n'''Add it'''\n" + PLAIN).message == "Add it"
    assert header("import os\n'''Add it'''\n" + PLAIN).message == ""


@pytest.mark.parametrize(
    ("written", "created"),
    [
        ("2024-01-05 12:01:00.123456", "2024-01-05T12:01:00"),
        ("2024-01-05 12:01:00+02:00", "2024-01-05T12:01:00"),
        ("2024-01-05T12:01", "2024-01-05T12:01:00"),
        ("2024-01-05", "2024-01-05T00:00:00"),
        ("2025-01-XX XX:XX:XX.XXXXXX", None),
        ("2024-02-31 10:00:00", None),
        ("", None),
    ],
)
def test_the_date_is_read_where_it_is_one(written: str, created: str | None) -> None:
    assert header(f'"""x\n\nCreate Date: {written}\n"""\n' + PLAIN).created == created


@pytest.mark.parametrize(
    ("line", "revises"),
    [("Revises: b2, c3  ", "b2, c3"), ("Revises:", ""), ("Revises: <base>", "<base>"), ("x", None)],
)
def test_what_the_docstring_says_it_revises_is_kept_apart(line: str, revises: str | None) -> None:
    found = header(f'"""x\n\n{line}\n"""\n' + PLAIN)
    assert (found.revises, found.parents) == (revises, ())


@pytest.mark.parametrize("newline", ["\r\n", "\r", "\n"])
@pytest.mark.parametrize("mark", [b"", b"\xef\xbb\xbf"])
def test_line_ends_and_a_byte_order_mark_change_nothing(newline: str, mark: bytes) -> None:
    assert read_header(mark + TEMPLATE.replace("\n", newline).encode()) == header(TEMPLATE)


def test_an_encoding_cookie_is_honoured() -> None:
    text = "# -*- coding: latin-1 -*-\n'''Größe'''\n" + PLAIN
    assert read_header(text.encode("latin-1")).message == "Größe"


def test_bytes_in_a_body_that_are_no_utf_8_do_not_matter() -> None:
    body = "def upgrade():\n    x = 'Größe'\n".encode("latin-1")
    assert read_header(PLAIN.encode() + body).revision == "a1"


def test_python_2_in_a_body_does_not_matter() -> None:
    assert header(PLAIN + "def upgrade():\n    print 'done'\n").revision == "a1"


def test_an_invalid_escape_is_read_without_a_warning() -> None:
    assert header("pattern = '\\d'\n" + PLAIN).revision == "a1"
