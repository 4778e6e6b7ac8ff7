"""What the checks read from the text of one file."""

from __future__ import annotations

import json

import pytest

from fidesdev.core.checks_files import file_findings, has_ids_in_names, name_findings
from fidesdev.core.revision_facts import (
    FileFacts,
    RevisionText,
    from_entry,
    read_facts,
    text_digest,
    to_entry,
)
from tests.texts import text

FILE = '''"""Add a table

Revision ID: a1
Revises: b2
"""

revision = "a1"
down_revision: str = "b2"


def upgrade():
    op.create_table("t")


def downgrade():
    op.drop_table("t")
'''
CONFLICT = """<<<<<<< HEAD
revision = "a1"
down_revision = "b2"
||||||| parent
down_revision = "zz"
=======
revision = "a1"
down_revision = "c3"
>>>>>>> topic
"""


def facts(source: str) -> FileFacts:
    return read_facts(source.encode(), name="a1.py")


def findings(source: str) -> list[tuple[str, int | None, str]]:
    found = file_findings([RevisionText("versions/a1.py", facts(source))])
    return [(one.code, one.line, one.message) for one in found]


def test_a_sound_file_has_no_findings() -> None:
    assert findings(FILE) == []
    found = facts(FILE)
    assert (found.id, found.parents, found.line, found.parents_line) == ("a1", ("b2",), 7, 8)


@pytest.mark.parametrize(
    ("old", "new", "line", "said"),
    [
        ("Revises: b2", "Revises: c3", 4, "'Revises: c3' and down_revision is b2"),
        ("Revises: b2", "Revises:", 4, "'Revises: ' and down_revision is b2"),
        ("Revises: b2", "Revises: b2, c3", 4, "'Revises: b2, c3' and down_revision is b2"),
        ('str = "b2"', "str = None", 4, "'Revises: b2' and down_revision is None"),
        ("Revision ID: a1", "Revision ID: zz", 3, "'Revision ID: zz' and revision is a1"),
    ],
)
def test_a_docstring_that_says_otherwise_is_found(old: str, new: str, line: int, said: str) -> None:
    assert findings(FILE.replace(old, new)) == [("docstring", line, f"the docstring says {said}")]


@pytest.mark.parametrize(
    ("old", "new"),
    [
        ("Revises: b2\n", ""),
        ("Revises: b2", "Revises:  'b2' "),
        ("Revision ID: a1\n", ""),
        ('"b2"', '("b2", "c3")\n"Revises: b2"'),
    ],
)
def test_a_docstring_that_says_nothing_wrong_is_not(old: str, new: str) -> None:
    source = FILE.replace(old, new)
    if "c3" in source:
        source = source.replace('Revises: b2\n"""', 'Revises: c3, b2\n"""')
    assert findings(source) == []


def test_only_the_docstring_is_read() -> None:
    assert findings(FILE + "SQL = '''\nRevision ID: other\nRevises: other\n'''\n") == []


@pytest.mark.parametrize("body", ["pass", "...", "'''Not needed.'''", "return"])
def test_an_empty_downgrade_is_found(body: str) -> None:
    ((code, line, _message),) = findings(FILE.replace('op.drop_table("t")', body))
    assert (code, line) == ("empty-downgrade", 15)


@pytest.mark.parametrize("body", ["raise NotImplementedError", "op.execute('x')"])
def test_a_downgrade_that_raises_or_acts_is_not_empty(body: str) -> None:
    assert findings(FILE.replace('op.drop_table("t")', body)) == []


def test_a_merge_that_does_nothing_needs_no_downgrade() -> None:
    source = FILE.replace('op.drop_table("t")', "pass").replace('op.create_table("t")', "pass")
    assert findings(source) == []


def test_a_missing_downgrade_is_found_at_the_upgrade() -> None:
    ((code, line, _message),) = findings(FILE.partition("def downgrade")[0])
    assert (code, line) == ("empty-downgrade", 11)


def test_conflict_markers_are_found_and_the_first_side_is_read() -> None:
    assert findings(CONFLICT) == [("conflict-markers", 1, "the file has git's conflict markers")]
    assert facts(CONFLICT).parents == ("b2",)


def test_an_underlined_title_is_no_conflict() -> None:
    assert findings(FILE.replace("Add a table\n", "Add a table\n=======\n")) == []


@pytest.mark.parametrize(
    ("source", "line", "reason"),
    [
        ("x = (\n", 1, "it does not parse"),
        ("revision = 'a1'\n", 1, "no down_revision"),
        ("\nrevision = 'a1'\ndown_revision = find()\n", 3, "down_revision is no literal"),
        ("revision = 'a@1'\ndown_revision = None\n", 1, "Alembic refuses @"),
    ],
)
def test_a_file_that_is_no_revision_is_found(source: str, line: int, reason: str) -> None:
    ((code, place, message),) = findings(source)
    assert (code, place) == ("unreadable", line)
    assert reason in message


def test_labels_and_dependencies_may_be_computed() -> None:
    source = FILE + "\nbranch_labels = find()\ndepends_on = find()\n"
    assert findings(source) == []
    assert facts(source).labels == ("label of a1",)


@pytest.mark.parametrize("source", [FILE, CONFLICT, "x = (", FILE.replace("b2", "c3", 1)])
def test_facts_survive_the_cache(source: str) -> None:
    found = facts(source + "# fidesdev: ignore[heads, ids] because\n")
    assert from_entry(json.loads(json.dumps(to_entry(found)))) == found


def test_a_digest_is_git_s_whatever_the_line_ends() -> None:
    assert text_digest(b"one\r\n") == "5626abf0f72e58d7a153368ba57db4c673c0e171"
    assert text_digest(b"one\n") == text_digest(b"one\r\n")


def test_a_name_without_the_id_is_found() -> None:
    files = [text("a1"), text("b2", path="versions/2026_b2_add.py"), text("c3", path="x/add.py")]
    ((found),) = name_findings(files)
    assert (found.code, found.path, found.revision) == ("filename", "x/add.py", "c3")


def test_a_project_whose_names_have_no_ids_is_left_alone() -> None:
    files = [text("a1", path="0001.py"), text("b2", path="0002.py"), text("c3")]
    assert not has_ids_in_names(files)
    assert has_ids_in_names(files[1:])
    assert has_ids_in_names([])
