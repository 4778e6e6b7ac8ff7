"""What linters of Alembic are known to miss or to complain of without need, one test each.

All cases are one tree in the layout of `alembic init` with two heads, a merge and a labelled base.
"""

from __future__ import annotations

import pytest

from fidesdev.config import Flags
from fidesdev.core.checks import CheckReport
from fidesdev.core.findings import Finding
from fidesdev.services.linting import lint
from fidesdev.services.workspace import Workspace, open_workspace
from tests.services.lint_cases import ENUM, MADE, OUTSIDE, script

CASES: dict[str, tuple[str, str, tuple[str, ...]]] = {
    "a column that Alembic renames with RENAME and no COLUMN": (
        "op.alter_column('old', 'name', new_column_name='full_name')",
        "op.alter_column('old', 'full_name', new_column_name='name')",
        ("renaming-column",),
    ),
    "a renamed table": (
        "op.rename_table('old', 'older')",
        "op.rename_table('older', 'old')",
        ("renaming-table",),
    ),
    "a unique index on a table that nobody quotes": (
        "op.create_index(op.f('ix'), 'old', ['name'], unique=True)",
        "op.drop_index(op.f('ix'), 'old')",
        ("require-concurrent-index-creation",),
    ),
    "a warning beside an error": (
        (
            "op.add_column('old', sa.Column('c', sa.Date(), nullable=False))\n"
            "op.drop_column('old', 'd')"
        ),
        "op.add_column('old', sa.Column('d', sa.Text()))\nop.drop_column('old', 'c')",
        ("adding-required-field", "ban-drop-column"),
    ),
    "a statement behind a semicolon in a literal": (
        "op.execute(\"INSERT INTO log VALUES ('a; b'); ALTER TABLE old DROP COLUMN c\")",
        "op.add_column('old', sa.Column('c', sa.Text()))",
        ("ban-drop-column",),
    ),
    "an operation in a helper": (
        "def gone(table, column):\n    op.drop_column(table, column)\ngone('old', 'c')",
        "op.add_column('old', sa.Column('c', sa.Text()))",
        ("ban-drop-column",),
    ),
    "an operation in a loop with names that are computed": (
        "for table in ('old', 'other'):\n    op.drop_column(table, f'{table}_id')",
        (
            "for table in ('old', 'other'):\n"
            "    op.add_column(table, sa.Column(f'{table}_id', sa.Text()))"
        ),
        ("ban-drop-column", "ban-drop-column"),
    ),
    "SQL in sa.text": (
        "op.execute(sa.text('DROP TABLE old'))",
        "op.create_table('old', sa.Column('c', sa.Text()))",
        ("ban-drop-table",),
    ),
    "SQL through the connection": (
        "op.get_bind().execute(sa.text('DROP TABLE old'))",
        "op.create_table('old', sa.Column('c', sa.Text()))",
        ("ban-drop-table",),
    ),
    "an UPDATE of a whole table": (
        "op.execute(sa.update(sa.table('old', sa.column('c', sa.Integer))).values(c=1))",
        "op.f('nothing')",
        ("unbatched-write",),
    ),
    "an index that is dropped": (
        "op.drop_index('ix', table_name='old')",
        "op.create_index('ix', 'old', ['c'])",
        ("require-concurrent-index-deletion",),
    ),
    "a value that is added to an enum": (ENUM, "op.f('nothing')", ("enum-value-stays",)),
    "a value that is used in the transaction that adds it": (
        f"{ENUM}\nop.execute(\"INSERT INTO old (kind) VALUES ('late')\")",
        "op.execute(\"DELETE FROM old WHERE kind = 'late'\")",
        ("enum-value-used", "enum-value-stays"),
    ),
    "a foreign key that is dropped": (
        "op.drop_constraint('fk', 'old', type_='foreignkey')",
        "op.create_foreign_key('fk', 'old', 'other', ['c'], ['id'])",
        ("ban-drop-constraint",),
    ),
    "a constraint without a name": (
        "op.create_unique_constraint(None, 'old', ['c'])",
        "op.drop_constraint('old_c_key', 'old')",
        ("unnamed-constraint", "disallowed-unique-constraint"),
    ),
    "an enum that outlives its table": (MADE, "op.drop_table('made')", ("downgrade-forgets",)),
    "the models of the project": (
        "from shop.models import Order\nOrder.fill()",
        "op.f('nothing')",
        ("model-import",),
    ),
    "a column that autogenerate renames by dropping it": (
        "op.add_column('old', sa.Column('b', sa.String(9)))\nop.drop_column('old', 'a')",
        "op.add_column('old', sa.Column('a', sa.String(9)))\nop.drop_column('old', 'b')",
        ("drop-and-add", "ban-drop-column"),
    ),
    "a backfill that is kept twice where two processes run it": (
        OUTSIDE + "op.execute('UPDATE old SET c = c * 2')",
        "op.execute('UPDATE old SET c = c / 2')",
        ("autocommit-backfill",),
    ),
    "an index that is built where a transaction is open": (
        "op.create_index('ix', 'old', ['c'], postgresql_concurrently=True)",
        "op.drop_index('ix', 'old')",
        ("ban-concurrent-index-creation-in-transaction",),
    ),
    "nothing in a downgrade": (
        "op.add_column('old', sa.Column('c', sa.Text()))",
        (
            "op.drop_column('old', 'c')\nop.drop_table('other')\nop.drop_index('ix')\n"
            "op.execute('UPDATE old SET d = 1')\nop.alter_column('old', 'd', nullable=False)"
        ),
        (),
    ),
    "nothing about a table of the same revision": (
        (
            "op.create_table('made', sa.Column('c', sa.Text()))\n"
            "op.create_index(op.f('ix'), 'made', ['c'], unique=True)\n"
            "op.create_unique_constraint('uq', 'made', ['c'])\n"
            "op.alter_column('made', 'c', nullable=False)\nop.execute(\"UPDATE made SET c = 'x'\")"
        ),
        "op.drop_table('made')",
        (),
    ),
}
"""Upgrade, downgrade, and the codes that are found."""
IDS = {name: f"r{number:02}" for number, name in enumerate(CASES)}
LEFT, RIGHT = list(IDS.values())[::2], list(IDS.values())[1::2]


@pytest.fixture(scope="module")
def workspace(tmp_path_factory: pytest.TempPathFactory) -> Workspace:
    """The tree: two lines of revisions from the same base, and a merge of all but their ends."""
    root = tmp_path_factory.mktemp("shop")
    versions = root / "alembic" / "versions"
    versions.mkdir(parents=True)
    (root / "alembic.ini").write_text("[alembic]\nscript_location = %(here)s/alembic\n")
    (root / "alembic" / "env.py").write_text("raise SystemExit('lint has no use for env.py')\n")
    (root / "shop").mkdir()
    (root / "shop" / "__init__.py").touch()
    by_id = {IDS[name]: case for name, case in CASES.items()}
    for line in (LEFT, RIGHT):
        for parent, id_ in zip([None, *line], line, strict=False):
            up, down, _codes = by_id[id_]
            (versions / f"{id_}.py").write_text(script(id_, parent, up, down))
    merged = script("merged", None, "op.drop_table('merged_away')", "op.f('nothing')")
    parents = f"({LEFT[-2]!r}, {RIGHT[-2]!r})"
    merged = merged.replace("down_revision = None", f"down_revision = {parents}")
    (versions / "merged.py").write_text(merged)
    url = "postgresql://nobody@127.0.0.1:1/never_connected_to"
    return open_workspace(Flags(database_url=url), environ={}, cwd=root)


@pytest.fixture(scope="module")
def report(workspace: Workspace) -> CheckReport:
    return lint(workspace)


def of(report: CheckReport, id_: str) -> list[Finding]:
    return [one for one in report.findings if one.revision == id_]


@pytest.mark.parametrize("name", CASES)
def test_it_is_found_and_nothing_else(report: CheckReport, name: str) -> None:
    assert sorted(one.code for one in of(report, IDS[name])) == sorted(CASES[name][2])


def test_several_heads_and_a_merge_are_no_obstacle(
    workspace: Workspace, report: CheckReport
) -> None:
    assert len(workspace.graph.heads) == 3
    assert report.revisions == len(CASES) + 1
    assert [one.code for one in of(report, "merged")] == ["ban-drop-table"]


def test_an_index_is_called_by_its_name(report: CheckReport) -> None:
    id_ = IDS["a unique index on a table that nobody quotes"]

    assert [one.message.partition(":")[0] for one in of(report, id_)] == ["ix on old"]


def test_files_are_found_where_they_are(report: CheckReport, workspace: Workspace) -> None:
    root = workspace.settings.project

    assert report.findings
    for one in report.findings:
        lines = (root / str(one.path)).read_text().splitlines()
        assert lines[(one.line or 0) - 1].strip(), one


def test_nothing_is_written_into_the_project(workspace: Workspace, report: CheckReport) -> None:
    root = workspace.settings.project

    assert report.findings
    assert {one.name for one in root.iterdir()} == {"alembic", "alembic.ini", "shop"}
