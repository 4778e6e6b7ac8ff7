"""Laws of reading headers: Python finds the same in the file, and reads the whole file for it."""

from __future__ import annotations

import re
import string

from hypothesis import example, given
from hypothesis import strategies as st

from fidesdev.core.header import IDENTIFIERS, HeaderError, read_header
from tests.effort import lines_run

HEAD = '''"""Add a table of orders

Revision ID: 1975ea83b712
Revises: ae1027a6acf
Create Date: 2014-11-20 13:02:46.257104

"""

import sqlalchemy as sa
from alembic import op

revision = "1975ea83b712"
down_revision = "ae1027a6acf"
branch_labels = None
depends_on = None


'''


def test_reading_headers_takes_no_work_for_the_bodies_below() -> None:
    def work(statements: int) -> int:
        body = "".join(f"    op.execute('select {n}', bind(x)[{n}])\n" for n in range(statements))
        source = f"{HEAD}def upgrade():\n{body}".encode()
        return lines_run(lambda: read_header(source))

    assert work(800) == work(8)


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
