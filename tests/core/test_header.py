"""Headers: every shape found in public revision trees, and that nothing is ever guessed."""

from __future__ import annotations

from collections.abc import Mapping

import pytest

from fidesdev.core.header import Header, HeaderError, read_header, with_values

FILE = '''"""Add a table of orders

Revision ID: 1975ea83b712
Revises: ae1027a6acf
Create Date: 2014-11-20 13:02:46.257104

"""

import sqlalchemy as sa
from alembic import op

# revision identifiers, used by Alembic.
revision = "1975ea83b712"
down_revision = "ae1027a6acf"
branch_labels = None
depends_on = None


def upgrade():
    op.add_column("orders", sa.Column("total", sa.Integer()))


def downgrade():
    op.drop_column("orders", "total")
'''
PLAIN = "revision = 'a1'\ndown_revision = None\n"


def header(text: str) -> Header:
    return read_header(text.encode())


def error(source: bytes, name: str = "") -> HeaderError:
    with pytest.raises(HeaderError) as caught:
        read_header(source, name=name)
    return caught.value


def test_a_file_of_the_usual_template_is_read_whole() -> None:
    assert header(FILE) == Header(
        revision="1975ea83b712",
        parents=("ae1027a6acf",),
        message="Add a table of orders",
        created="2014-11-20T13:02:46",
        revises="ae1027a6acf",
        line=13,
    )


@pytest.mark.parametrize(
    ("value", "parents"),
    [
        ("None", ()),
        ("()", ()),
        ("[]", ()),
        ("(None,)", ()),
        ("'b2'", ("b2",)),
        ('u"b2"', ("b2",)),
        ("('b2')", ("b2",)),
        ("'b' '2'", ("b2",)),
        ("('b'\n  # the second half (of two)\n  '2')", ("b2",)),
        ("'b' \\\n  '2'", ("b2",)),
        ("'b2',", ("b2",)),
        ("('b2', 'c3')", ("b2", "c3")),
        ("['b2', 'c3']", ("b2", "c3")),
        ("('b2', 'b2')", ("b2",)),
        ("(\n\t'b2',  # with (a) comment\n\t'c3',\n)", ("b2", "c3")),
        ("'''b2'''", ("b2",)),
        ("'\\x62\\x32'", ("b2",)),
    ],
)
def test_every_literal_form_is_read(value: str, parents: tuple[str, ...]) -> None:
    assert header(f"revision = 'a1'\ndown_revision = {value}\n").parents == parents
    assert header(f"down_revision: object = {value}\nrevision: str = 'a1'\n").parents == parents


def test_an_annotation_without_a_value_sets_nothing() -> None:
    found = header("revision: str\n" + PLAIN + "depends_on: str\n")
    assert (found.revision, found.depends_on, found.computed) == ("a1", (), ())


def test_several_targets_of_one_value_are_all_set() -> None:
    found = header("revision = ident = 'a1'\nbranch_labels = down_revision = ()\n")
    assert found == Header(revision="a1")


def test_the_label_none_as_text_is_a_label() -> None:
    assert header(PLAIN + "branch_labels = 'None'\n").labels == ("None",)


def test_the_last_of_two_assignments_wins() -> None:
    assert header("revision = 'old'\n" + PLAIN).revision == "a1"
    assert header(PLAIN + "def upgrade(): pass\nrevision = 'new'\n").revision == "new"
    assert header("revision = next_id()\n" + PLAIN).computed == ()


def test_identifiers_after_a_function_or_class_are_found() -> None:
    early = "class Colour:\n    revision = 'not this'\n\n\n@decorated\ndef f():\n    pass\n\n\n"
    assert header(early + PLAIN + "depends_on = 'b2'\n") == Header(
        revision="a1", depends_on=("b2",), line=10
    )


@pytest.mark.parametrize("word", ["class of its own", "def upgrade", "@someone", "async work"])
def test_a_docstring_line_that_looks_like_a_definition_hides_nothing(word: str) -> None:
    text = FILE.replace("Revision ID", f"{word}\n\nRevision ID")
    assert header(text).parents == ("ae1027a6acf",)


def test_words_that_begin_like_a_definition_are_none() -> None:
    assert header("default = 1\nclassic = 2\nasynchronous = 3\n" + FILE).revision == "1975ea83b712"


def test_what_a_function_binds_is_its_own() -> None:
    body = "def upgrade():\n    revision = 'x'\n    for depends_on in (): print(down_revision)\n"
    assert header(PLAIN + body).computed == ()
    assert header(body + PLAIN).computed == ()


def test_ids_of_any_kind_are_kept_as_they_are() -> None:
    for id_ in ("0.57.0rc1", "001", "kilo", "2024_1_expand01", "a" * 32, "0.57.0", "550"):
        assert header(PLAIN.replace("a1", id_)).revision == id_


@pytest.mark.parametrize(
    ("text", "names"),
    [
        ("from cli import EXPAND\nbranch_labels = (EXPAND,)\n", "branch_labels"),
        (
            "_deps = ['x']\nif True:\n    _deps.append('y')\ndepends_on = tuple(_deps)\n",
            "depends_on",
        ),
        (
            "depends_on = []\ntry:\n    import x\n    depends_on += ['y']\nexcept E: pass\n",
            "depends_on",
        ),
        ("depends_on = ['x']\ndepends_on.append('y')\n", "depends_on"),
        ("depends_on = ['x']\nextend(depends_on)\n", "depends_on"),
        ("mine = depends_on = ['x']\nmine.append('y')\n", "depends_on"),
        ("depends_on = ['x']\ndef later():\n    depends_on.append('y')\nlater()\n", "depends_on"),
        ("depends_on = f'{x}'\n", "depends_on"),
        ("depends_on = 'x' if y else None\n", "depends_on"),
        ("depends_on = ('x', *more)\n", "depends_on"),
        ("depends_on = 'x' + 'y'\n", "depends_on"),
        ("depends_on = {'x', 'y'}\n", "depends_on"),
        ("depends_on = OTHER\n", "depends_on"),
        ("down_revision += 'x'\n", "down_revision"),
        ("if x:\n    revision = 'y'\n", "revision"),
        ("for revision in ('x', 'y'):\n    pass\n", "revision"),
        ("with x as revision:\n    pass\n", "revision"),
        ("try:\n    pass\nexcept E as revision:\n    pass\n", "revision"),
        ("match x:\n    case revision:\n        pass\n", "revision"),
        ("match x:\n    case {**revision}:\n        pass\n", "revision"),
        ("(revision := 'x')\n", "revision"),
        ("revision, x = 'x', 'y'\n", "revision"),
        ("del down_revision\n", "down_revision"),
        ("import depends_on\n", "depends_on"),
        ("import x as depends_on\n", "depends_on"),
        ("from x import depends_on\n", "depends_on"),
        ("def depends_on(): pass\n", "depends_on"),
        ("class branch_labels: pass\n", "branch_labels"),
        ("def f():\n    global depends_on\n    depends_on = 'x'\nf()\n", "depends_on"),
        ("import sys\nsys.modules[__name__].depends_on = 'x'\n", "depends_on"),
        ("from x import *\n", "revision down_revision branch_labels depends_on"),
        ("def f(): pass\nfrom x import*\n", "revision down_revision branch_labels depends_on"),
        ("exec('x')\n", "revision down_revision branch_labels depends_on"),
        ("globals().update(x)\n", "revision down_revision branch_labels depends_on"),
        ("setattr(module, x, y)\n", "revision down_revision branch_labels depends_on"),
    ],
)
def test_what_is_no_literal_is_computed_and_never_guessed(text: str, names: str) -> None:
    found = header(PLAIN + text)
    assert found.computed == tuple(names.split())
    assert found.revision == ("" if "revision" in found.computed else "a1")
    assert (found.parents, found.labels, found.depends_on) == ((), (), ())


def test_a_star_import_before_the_literals_leaves_those_known() -> None:
    assert header("from x import *\n" + PLAIN).computed == ("branch_labels", "depends_on")
    assert header("from sqlalchemy.dialects.postgresql import *\n" + PLAIN).computed == ()


def test_the_line_is_that_of_the_first_computed_identifier() -> None:
    assert header(PLAIN + "\nbranch_labels = X\ndepends_on = Y\n").line == 4


def test_running_the_file_completes_what_is_computed() -> None:
    found = header(PLAIN + "branch_labels = X\ndepends_on = Y\n")
    ran: Mapping[str, object] = {
        "revision": "ignored",
        "branch_labels": "x",
        "depends_on": frozenset({"c", "b"}),
    }
    complete = with_values(found, ran)
    assert (complete.revision, complete.labels) == ("a1", ("x",))
    assert complete.depends_on == ("b", "c")


@pytest.mark.parametrize("value", [7, ("x", None), b"x", ("x", ("y",))])
def test_running_the_file_may_give_what_names_no_revision(value: object) -> None:
    found = header(PLAIN + "depends_on = X\n")
    with pytest.raises(HeaderError, match="which names no revisions") as caught:
        with_values(found, {"depends_on": value})
    assert caught.value.line == 3


@pytest.mark.parametrize(
    ("source", "line", "reason", "likely_id"),
    [
        (b"", 1, "no revision is assigned", None),
        (b"'''nothing'''\nx = 1\n", 1, "no revision is assigned", None),
        (b"\nrevision = 'a1'\n", 2, "no down_revision is assigned", "a1"),
        (b"revision = 'a1'\nprint 'x'\ndown_revision = None\n", 2, "does not parse: ", "a1"),
        (b"revision: str = 'a1'\ndown_revision = (\n", 2, "does not parse: ", "a1"),
        (b"'''\xe9'''\nrevision = 'a1'\n", 1, "does not parse: ", "a1"),
        (b"# coding: klingon\nrevision = 'a1'\n", 1, "unknown encoding: klingon", "a1"),
        (b"revision = 'a1'\n\0\n", 1, "null bytes", "a1"),
        (b"x = " + b"(" * 300 + b")" * 300, 1, "does not parse: ", None),
        (b"revision = 7\ndown_revision = None\n", 1, "revision is 7, which is no text", None),
        (b"revision = ''\ndown_revision = None\n", 1, "revision is '', which is no text", ""),
        (b"\nrevision = 'a-1'\ndown_revision = None\n", 2, "'a-1', and Alembic refuses -", "a-1"),
        (b"revision = 'a1'\ndown_revision = 7\n", 2, "down_revision is 7, which names no", "a1"),
        (b"down_revision = b'x'\nrevision = 'a1'\n", 1, "down_revision is b'x', which", "a1"),
    ],
)
def test_a_file_that_is_no_revision_says_why_and_where(
    source: bytes, line: int, reason: str, likely_id: str | None
) -> None:
    found = error(source)
    assert reason in str(found)
    assert (found.line, found.likely_id) == (line, likely_id)
    assert "\n" not in str(found)


def test_a_file_without_a_revision_may_be_named_for_it() -> None:
    assert read_header(b"down_revision = None\n", name="ae1027a6acf.py").revision == "ae1027a6acf"
    assert str(error(b"down_revision = None\n", "a1_add.py")) == "no revision is assigned"
