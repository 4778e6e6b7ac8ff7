"""Moved headers: two places change, and every other byte stays."""

from __future__ import annotations

import ast
import re
import string
from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from fidesdev.core.header import HeaderError, read_header
from fidesdev.core.rewriting import moved_header

FILE = '''"""Add a table of orders

Revision ID: 1975ea83b712
Revises: ae1027a6acf
Create Date: 2014-11-20 13:02:46.257104

"""

from alembic import op

# revision identifiers, used by Alembic.
revision: str = "1975ea83b712"
down_revision: str | None = "ae1027a6acf"  # was: ae1027a6acf
branch_labels = None
depends_on = "ae1027a6acf"


def upgrade():
    op.execute("ae1027a6acf")
'''


def moved(text: str, *parents: str) -> str:
    return moved_header(text.encode(), parents).decode()


def test_only_the_value_and_the_docstring_change() -> None:
    assert moved(FILE, "b2c3") == FILE.replace("Revises: ae1027a6acf", "Revises: b2c3").replace(
        'None = "ae1027a6acf"', 'None = "b2c3"'
    )


@pytest.mark.parametrize(
    ("value", "parents", "written"),
    [
        ("'b2'", ("c3",), "'c3'"),
        ('u"b2"', ("c3",), 'u"c3"'),
        ("'''b2'''", ("c3",), "'''c3'''"),
        ("('b2')", ("c3",), "('c3')"),
        ("('b2')", ("c3", "d4"), "(('c3', 'd4'))"),
        ("('b2',)", ("c3",), "('c3',)"),
        ("['b2']", ("c3",), "['c3']"),
        ("'b2',", ("c3",), "'c3',"),
        ("'b2', \"x\"", ("c3", "d4"), "'c3', \"d4\""),
        ("(\n    'b2',  # one\n    'x',\n)", ("c3", "d4"), "(\n    'c3',  # one\n    'd4',\n)"),
        ("('b2', 'x')", ("c3",), "'c3'"),
        ("['b2', 'x']", ("c3", "d4", "e5"), "['c3', 'd4', 'e5']"),
        ("('b2', 'x')", (), "None"),
        ("None", ("c3",), "'c3'"),
        ("(None,)", ("c3",), "'c3'"),
        ("()", ("c3", "d4"), "('c3', 'd4')"),
        ("'b' '2'", ("c3",), "'c3'"),
        ("'b' \\\n  '2'", ("c3",), "'c3'"),
        ("'\\x62\\x32'", ("c3",), "'c3'"),
        ("'b2'", ("it's",), '"it\'s"'),
        ("'b2'", ("ä",), "'ä'"),
    ],
)
def test_the_new_value_is_written_like_the_old_one(
    value: str, parents: tuple[str, ...], written: str
) -> None:
    text = "revision = 'a1'\ndown_revision = {}\nx = 1; y = 2\n"
    assert moved(text.format(value), *parents) == text.format(written)


def test_the_quotes_of_the_id_are_taken_where_there_were_no_parents() -> None:
    assert moved('revision = "a1"\ndown_revision = None\n', "b2").endswith('= "b2"\n')


@pytest.mark.parametrize(
    ("line", "parents", "written"),
    [
        ("Revises: b2", ("c3",), "Revises: c3"),
        ("Revises:b2", ("c3",), "Revises:c3"),
        ("  Revises:   b2, c3  ", ("d4",), "  Revises:   d4  "),
        ("Revises: b2", ("c3", "d4"), "Revises: c3, d4"),
        ("Revises: b2", (), "Revises: "),
        ("Revises:", ("c3",), "Revises: c3"),
        ("Revises: ", ("c3",), "Revises: c3"),
        ("Revises: <base>", ("c3",), "Revises: c3"),
        ("It revises: b2", ("c3",), "It revises: b2"),
        ("Revised: b2", ("c3",), "Revised: b2"),
    ],
)
@pytest.mark.parametrize("end", ["\n", "\r\n"])
def test_the_docstring_follows(line: str, parents: tuple[str, ...], written: str, end: str) -> None:
    text = '"""x\n{}\nRevises: later\n"""\nrevision = "a1"\ndown_revision = "b2"\n'
    if "Revises:" not in line:
        text = text.replace("Revises: later", "no")
    text = text.replace("\n", end)
    found = moved(text.format(line), *parents)
    assert found.partition("revision =")[0] == text.format(written).partition("revision =")[0]


def test_a_docstring_of_one_line_follows() -> None:
    text = "'Revises: b2'\nrevision, x = 'a1', 1\nrevision = 'a1'\ndown_revision = 'b2'\n"
    assert moved(text, "c3") == text.replace("b2", "c3")


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        ("revision = 'a1'\ndown_revision = find()\n", "computed"),
        ("revision = 'a1'\nif x: down_revision = 'b2'\n", "computed"),
        ("revision = 'a1'\nbranch_labels = down_revision = 'b2'\n", "labels shares its text"),
        ("revision = 'a1'\n", "no down_revision"),
        ("revision = (\n", "does not parse"),
        ("'''\nRevises: b2'''\nrevision = 'a1'\n", "no down_revision"),
    ],
)
def test_what_cannot_be_moved_alone_is_refused(text: str, reason: str) -> None:
    with pytest.raises(HeaderError, match=reason):
        moved(text, "c3")


def test_a_body_that_is_no_utf_8_is_kept() -> None:
    body = "\ndef upgrade():\n    x = 'Größe'\n".encode("latin-1")
    head = b"revision = 'a1'\ndown_revision = 'b2'\n"
    assert moved_header(head + body, ("c3",)) == head.replace(b"b2", b"c3") + body


def test_an_id_that_the_encoding_lacks_is_escaped() -> None:
    text = "# -*- coding: latin-1 -*-\n'''Größe'''\nrevision = 'a1'\ndown_revision = 'b2'\n"
    found = moved_header(text.encode("latin-1"), ("→",))
    assert found.endswith(b"down_revision = '\\u2192'\n")
    assert read_header(found).parents == ("→",)


def test_python_2_in_a_body_is_kept() -> None:
    text = "revision = 'a1'\ndown_revision = 'b2'\ndef upgrade():\n    print 'done'\n"
    assert moved(text, "c3") == text.replace("b2", "c3")


ids = st.text(string.ascii_lowercase + string.digits + "_", min_size=1, max_size=12)
quoted = st.builds(
    "{0}{1}{2}{1}".format, st.sampled_from(["", "u", "r"]), st.sampled_from("'\""), ids
)
GAPS = ["", " ", "\n    ", "  # a (comment)\n  "]


@st.composite
def values(draw: st.DrawFn) -> str:
    """A value of down_revision in any literal form."""
    items = draw(st.lists(quoted, max_size=3))
    gap = draw(st.sampled_from(GAPS))
    opening, closing = draw(st.sampled_from([("(", ")"), ("[", "]")]))
    container = opening + "".join(f"{gap}{item}," for item in items) + gap + closing
    if not items:
        return draw(st.sampled_from(["None", container]))
    inside = f"({gap}{items[0]}{gap})"
    return draw(st.sampled_from([items[0], inside, container, f"{', '.join(items)},"]))


@st.composite
def files(draw: st.DrawFn) -> bytes:
    """A revision file in one of the styles that people have."""
    quote = draw(st.sampled_from(['"' * 3, "'" * 3]))
    revises = draw(st.sampled_from(["", "Revises: {}\n", "Revises:\n", "  Revises:  {} \n"]))
    docstring = f"{quote}Größe {draw(ids)}\n\n{revises.format(draw(ids))}{quote}\n"
    annotation = draw(st.sampled_from(["", ": str", ": Union[str, None]", " : 'str'"]))
    space = draw(st.sampled_from(["", " ", "\t"]))
    lines = [
        f"down_revision{annotation}{space}={space}{draw(values())}",
        f"revision = {draw(quoted)}",
        draw(st.sampled_from(["depends_on = 'x9'", "depends_on = None  # 'down_revision'", ""])),
    ]
    ordered = draw(st.permutations(lines))
    body = draw(st.sampled_from(["", "\ndef upgrade():\n    down = 'ä'\n", "x = ' '\n"]))
    cookie, encoding = draw(
        st.sampled_from([("", "utf-8"), ("", "utf-8-sig"), ("# coding: latin-1\n", "latin-1")])
    )
    docstring = draw(st.sampled_from([docstring, ""]))
    text = cookie + docstring + "\n".join(ordered) + "\n" + body
    return text.replace("\n", draw(st.sampled_from(["\n", "\r\n", "\r"]))).encode(encoding)


@given(source=files(), parents=st.lists(ids, max_size=3, unique=True).map(tuple))
def test_a_moved_file_differs_in_its_parents_alone(source: bytes, parents: tuple[str, ...]) -> None:
    before, result = read_header(source), moved_header(source, parents)
    after = read_header(result)
    said = None if before.revises is None else ", ".join(parents)
    assert after == replace(before, parents=parents, revises=said, line=after.line)
    assert _without_parents(result) == _without_parents(source)


@given(source=files(), parents=st.lists(ids, min_size=1, max_size=3, unique=True).map(tuple))
def test_bytes_outside_of_the_two_places_are_the_same(
    source: bytes, parents: tuple[str, ...]
) -> None:
    result = moved_header(source, parents)
    assert _outside(result) == _outside(source)
    assert moved_header(result, parents) == result


def _without_parents(source: bytes) -> str:
    """The program with the two places blanked."""
    tree = ast.parse(source)
    for statement in tree.body:
        if isinstance(statement, (ast.Assign, ast.AnnAssign)):
            target = ast.unparse(
                statement.targets[0] if isinstance(statement, ast.Assign) else statement.target
            )
            if target == "down_revision":
                statement.value = ast.Constant(None)
    docstring = ast.get_docstring(tree, clean=False)
    if docstring is not None:
        lines = docstring.splitlines()
        tree.body[0] = ast.Expr(ast.Constant([x for x in lines if "Revises:" not in x]))  # type: ignore[arg-type]
    return ast.dump(tree)


def _outside(source: bytes) -> list[str]:
    """Every line with its end, but for those of the value and of `Revises:`."""
    text = source.decode("latin-1")  # one character for each byte, whatever they mean
    values = [
        range(statement.lineno - 1, statement.end_lineno or 0)
        for statement in ast.parse(source).body
        if ast.unparse(statement).startswith("down_revision")
    ]
    lines = re.findall(r"[^\r\n]*(?:\r\n|\r|\n|$)", text)
    return [
        line
        for number, line in enumerate(lines)
        if "Revises:" not in line and not any(number in value for value in values)
    ]
