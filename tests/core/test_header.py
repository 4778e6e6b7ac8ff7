"""Headers: every shape found in public revision trees, and that nothing is ever guessed."""

from __future__ import annotations

import ast
import re
import string
import time
from collections.abc import Callable, Mapping

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from fidesdev.core.header import IDENTIFIERS, Header, HeaderError, read_header, with_values

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
    assert read_header(mark + FILE.replace("\n", newline).encode()) == header(FILE)


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


def test_reading_headers_is_several_times_cheaper_than_parsing_files() -> None:
    body = "".join(
        f"    op.execute('select {number}', bind(x)[{number}])\n" for number in range(80)
    )
    source = FILE.replace("def downgrade():\n", f"def downgrade():\n{body}").encode()
    assert 3 * _seconds(read_header, source) < _seconds(ast.parse, source)


def _seconds(read: Callable[[bytes], object], source: bytes) -> float:
    """The shortest of several turns, in CPU time."""
    turns = []
    for _ in range(10):
        start = time.process_time()
        for _ in range(20):
            read(source)
        turns.append(time.process_time() - start)
    return min(turns)


ids = st.text(string.ascii_lowercase + string.digits + "._", min_size=1, max_size=32)
texts = st.one_of(ids.map(repr), ids.map(lambda id_: f"({id_!r})"), st.just("'a' 'b'"))
lists = st.lists(ids, max_size=3)
literals = st.one_of(
    st.just("None"), texts, lists.map(lambda items: repr(tuple(items))), lists.map(repr)
)
names = st.sampled_from(IDENTIFIERS)
quiet = st.sampled_from(
    [
        "import os",
        "from os import path as revisions",
        "x = {'revision': 1}",
        "def upgrade():\n    revision = 5\n    return revision",
        "class Table:\n    depends_on = 5",
        "'''revision = 'no' '''",
        "# revision = 'no'",
        "depends_on: object",
        "[1 for x in (1, 2)]",
    ]
)
loud = st.sampled_from(
    [
        "if True:\n    depends_on = 'changed'",
        "for branch_labels in ('changed',): pass",
        "def change():\n    global down_revision\n    down_revision = 'changed'\nchange()",
        "globals()['revision'] = 'changed'",
        "revision = 'chang' + 'ed'",
        "try:\n    depends_on += ('changed',)\nexcept Exception: pass",
        "try:\n    branch_labels.append('changed')\nexcept Exception: pass",
        "alias = depends_on = ['x']\nalias.append('changed')",
        "down_revision, x = 'changed', 1",
        "exec('revision = \"changed\"')",
        "from os.path import join as branch_labels",
    ]
)
assignments = st.builds("{} = {}".format, names, literals) | st.builds(
    "{}: object = {}".format, names, literals
)
statements = st.lists(st.one_of(assignments, assignments, quiet, loud), max_size=8)


@given(
    before=statements,
    after=statements,
    docstring=st.sampled_from(["", "'''Add\n\nclass x\n\nRevises: x'''\n", "'''def'''\n"]),
    newline=st.sampled_from(["\n", "\r\n"]),
)
@example(
    before=["depends_on = []"],
    after=["y = depends_on", "y.append('x')"],
    docstring="",
    newline="\n",
)
def test_what_the_header_says_is_what_python_would_find(
    before: list[str], after: list[str], docstring: str, newline: str
) -> None:
    text = docstring + "\n".join([*before, "revision = 'a1'", "down_revision = 'b2'", *after, ""])
    ran: dict[str, object] = {}
    exec(compile(text, "revision.py", "exec"), ran)  # noqa: S102  # the oracle is Python itself
    try:
        found = read_header(text.replace("\n", newline).encode())
    except HeaderError as refused:
        assert re.match("revision is .* no text", str(refused))  # noqa: PT017  # one of two ends
        assert not isinstance(ran["revision"], str)
        return
    read = {
        "revision": (found.revision,),
        "down_revision": found.parents,
        "branch_labels": found.labels,
        "depends_on": found.depends_on,
    }
    for name in set(IDENTIFIERS) - set(found.computed):
        assert read[name] == _as_tuple(ran.get(name)), name


def _as_tuple(value: object) -> tuple[object, ...]:
    if value is None:
        return ()
    if isinstance(value, str):
        return (value,)
    assert isinstance(value, (tuple, list))
    return tuple(dict.fromkeys(value))
