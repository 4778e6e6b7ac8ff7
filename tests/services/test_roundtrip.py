"""`db roundtrip`: what up, down and up again leaves different, revision by revision."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import psycopg2
import pytest

from fidesdev.core.checks import CheckReport
from fidesdev.core.reports import Event, Listener, TrialFinished, TrialsResumed
from fidesdev.core.url import DatabaseUrl
from fidesdev.services.roundtrip import roundtrip
from tests.branches import make_branches
from tests.projects import Project, make_project
from tests.services.lint_cases import OUTSIDE, script

SHOP = (
    "op.create_table('shop', sa.Column('id', sa.Integer(), primary_key=True),"
    " sa.Column('name', sa.String(9)))\n"
    "op.create_table('part', sa.Column('shop', sa.Integer(), sa.ForeignKey('shop.id')))"
)
KIND = "kind = sa.Enum('a', 'b', name='kind')\nkind.create(op.get_bind())"
GOOD = (
    SHOP,
    "op.drop_table('part')\nop.drop_table('shop')",
)
STEPS = {
    "good": GOOD,
    "left_index": (
        "op.add_column('shop', sa.Column('c', sa.Text()))\nop.create_index('ix', 'shop', ['id'])",
        "op.drop_column('shop', 'c')",
    ),
    "left_type": (
        f"{KIND}\nop.add_column('shop', sa.Column('kind', kind))",
        "op.drop_column('shop', 'kind')",
    ),
    "no_way_back": ("op.add_column('shop', sa.Column('x', sa.Text()))", "op.drop_table('nothing')"),
    "needs_rows_away": (
        "op.add_column('part', sa.Column('size', sa.Integer(), nullable=False))",
        "op.drop_column('part', 'size')",
    ),
    "other_default": (
        "op.alter_column('shop', 'name', server_default='new')",
        "op.alter_column('shop', 'name', server_default='old')",
    ),
    "other_values": ("op.execute(\"UPDATE shop SET name = 'x'\")", "pass"),
    "order_of_labels": (
        "op.execute(\"CREATE TYPE size AS ENUM ('s', 'm')\")",
        "op.execute('DROP TYPE size')",
    ),
    "last": ("op.create_table('end', sa.Column('id', sa.Integer()))", "op.drop_table('end')"),
}


def written(root: Path, url: DatabaseUrl | None, steps: dict[str, tuple[str, str]]) -> Project:
    """A project whose revisions follow each other, each with these bodies."""
    project = make_project(root, [], url)
    parent = None
    for name, (up, down) in steps.items():
        path = project.root / "migrations" / "versions" / f"{name}.py"
        path.write_text(script(name, parent, up, down))
        parent = name
    return project


def found(report: CheckReport) -> list[tuple[str | None, str]]:
    return [(one.revision, one.code) for one in report.findings]


@pytest.fixture(scope="module")
def tried(
    tmp_path_factory: pytest.TempPathFactory, server: DatabaseUrl
) -> tuple[CheckReport, list[Event]]:
    """All of the steps above, tried beside a database that need not even be there."""
    events: list[Event] = []
    beside = server.with_database("never_connected_to")
    project = written(tmp_path_factory.mktemp("tried"), beside, STEPS)
    report = roundtrip(project.workspace, every=True, lanes=2, on_event=events.append)
    return report, events


def test_each_defect_is_found_once_in_its_revision(
    tried: tuple[CheckReport, list[Event]],
) -> None:
    assert found(tried[0]) == [
        ("left_index", "upgrade-again-fails"),
        ("left_index", "downgrade-differs"),
        ("left_type", "upgrade-again-fails"),
        ("left_type", "downgrade-differs"),
        ("no_way_back", "downgrade-fails"),
        ("needs_rows_away", "fails-with-rows"),
        ("other_default", "downgrade-differs"),
        ("other_values", "rows-differ"),
    ]
    assert tried[0].revisions == len(STEPS)
    assert not tried[0].skipped


def test_findings_name_the_object_and_both_definitions(
    tried: tuple[CheckReport, list[Event]],
) -> None:
    told = {(one.revision, one.code): one.message for one in tried[0].findings}

    assert "index public.ix is left: CREATE INDEX ix" in told["left_index", "downgrade-differs"]
    assert "public.kind is left" in told["left_type", "downgrade-differs"]
    default = told["other_default", "downgrade-differs"]
    assert "column public.shop.name differs: before" in default
    assert "'old'" in default
    assert "public.shop has other values" in told["other_values", "rows-differ"]
    assert "null values" in told["needs_rows_away", "fails-with-rows"]


def test_every_revision_is_told_when_it_was_tried(tried: tuple[CheckReport, list[Event]]) -> None:
    events = [event for event in tried[1] if isinstance(event, TrialFinished)]

    assert {event.revision for event in events} == set(STEPS)
    assert sorted(event.number for event in events) == list(range(1, len(STEPS) + 1))


def test_nothing_is_left_on_the_server(
    tried: tuple[CheckReport, list[Event]], server: DatabaseUrl
) -> None:
    with psycopg2.connect(server.render()) as connection, connection.cursor() as cursor:
        cursor.execute("SELECT datname FROM pg_database WHERE starts_with(datname, 'fidesdev_scr')")
        assert cursor.fetchall() == []


@pytest.fixture
def enum_trap(tmp_path: Path, database: DatabaseUrl) -> Project:
    """A value that works when its revisions run one by one, and not in one transaction."""
    type_ = f"{OUTSIDE}op.execute(\"CREATE TYPE kind AS ENUM ('a')\")"
    value = "op.execute(\"ALTER TYPE kind ADD VALUE 'b'\")"
    table = "op.execute(\"CREATE TABLE t (k kind DEFAULT 'b')\")"
    steps = {
        "made": (type_, "op.execute('DROP TYPE kind')"),
        "added": (value, "pass"),
        "used": (table, "op.execute('DROP TABLE t')"),
    }
    return written(tmp_path / "p", database, steps)


def test_the_enum_trap_is_found_by_going_in_one_run(enum_trap: Project) -> None:
    report = roundtrip(enum_trap.workspace, every=True)

    assert ("used", "one-go-fails") in found(report)
    assert ("added", "downgrade-differs") in found(report)
    assert ("added", "upgrade-again-fails") in found(report)


def test_only_ones_own_revisions_are_tried_by_default(
    tmp_path: Path, database: DatabaseUrl
) -> None:
    branches = make_branches(tmp_path / "p", "aaa1 > bbb1", "bbb1 > ccc1", url=database)
    report = roundtrip(branches.workspace)

    assert (report.revisions, report.against, found(report)) == (1, "main", [])


def test_without_rows_an_empty_schema_is_all_that_is_tried(
    tmp_path: Path, database: DatabaseUrl
) -> None:
    steps = {"good": GOOD, "needs_rows_away": STEPS["needs_rows_away"]}
    project = written(tmp_path / "p", database, steps)

    assert found(roundtrip(project.workspace, every=True, rows=False)) == []
    assert found(roundtrip(project.workspace, every=True)) == [
        ("needs_rows_away", "fails-with-rows")
    ]


def test_what_stands_on_a_broken_revision_is_told_as_not_tried(
    tmp_path: Path, database: DatabaseUrl
) -> None:
    steps = {"good": GOOD, "broken": ("op.drop_table('nothing')", "pass"), "last": STEPS["last"]}
    report = roundtrip(written(tmp_path / "p", database, steps).workspace, every=True)

    assert found(report) == [("broken", "upgrade-fails")]
    assert report.skipped[0].codes == ("last",)


def test_sqlite_is_tried_on_files(tmp_path: Path) -> None:
    steps = {
        "good": GOOD,
        "left": ("op.create_index('ix', 'shop', ['id'])", "pass"),
        "last": STEPS["last"],
    }
    project = written(tmp_path / "p", None, steps)
    report = roundtrip(project.workspace, every=True)

    assert found(report) == [
        ("left", "upgrade-again-fails"),
        ("left", "downgrade-differs"),
    ]
    assert not Path(project.url.database).exists()


def stopping(after: int) -> Listener:
    """What interrupts a run once it has tried so many revisions."""

    def listen(event: Event) -> None:
        if isinstance(event, TrialFinished) and event.number == after:
            raise KeyboardInterrupt

    return listen


def again(project: Project, **options: Any) -> tuple[CheckReport, list[str], int]:
    """Another run: its report, which revisions it tried, and how many it took over."""
    events: list[Event] = []
    report = roundtrip(project.workspace, every=True, on_event=events.append, **options)
    tried = [event.revision for event in events if isinstance(event, TrialFinished)]
    return report, tried, sum(one.tried for one in events if isinstance(one, TrialsResumed))


@pytest.fixture
def interrupted(tmp_path: Path) -> Project:
    """Three revisions on SQLite, the first two of which a run has tried."""
    steps = {name: STEPS[name] for name in ("good", "left_index", "last")}
    project = written(tmp_path / "p", None, steps)
    with pytest.raises(KeyboardInterrupt):
        roundtrip(project.workspace, every=True, on_event=stopping(2))
    return project


def test_an_interrupted_run_goes_on_where_it_was(interrupted: Project) -> None:
    report, tried, resumed = again(interrupted)

    assert (tried, resumed) == (["last"], 2)
    assert ("left_index", "downgrade-differs") in found(report)
    assert again(interrupted)[1:] == (["good", "left_index", "last"], 0)  # the one before was over


@pytest.mark.parametrize("options", [{"fresh": True}, {"rows": False}])
def test_what_was_tried_is_tried_again_when_asked_for_or_otherwise(
    interrupted: Project, options: dict[str, bool]
) -> None:
    assert again(interrupted, **options)[1:] == (["good", "left_index", "last"], 0)


def test_a_run_of_other_revisions_leaves_what_was_tried(interrupted: Project) -> None:
    assert roundtrip(interrupted.workspace, "last:last").revisions == 1

    assert again(interrupted)[2] == 2


@pytest.mark.parametrize(
    ("file", "left"),
    [
        ("versions/left_index.py", ["left_index", "last"]),
        ("env.py", ["good", "left_index", "last"]),
    ],
)
def test_a_file_that_changed_is_tried_again_with_all_that_stands_on_it(
    interrupted: Project, file: str, left: list[str]
) -> None:
    path = interrupted.root / "migrations" / file
    path.write_text(f"{path.read_text()}\n# changed\n")

    assert again(interrupted)[1] == left


def test_a_line_cut_off_by_a_kill_is_tried_again(interrupted: Project) -> None:
    path = interrupted.workspace.settings.tool.data_dir / "roundtrip.jsonl"
    path.write_text(path.read_text()[:-20])

    assert again(interrupted)[1] == ["left_index", "last"]


def test_an_interrupted_run_leaves_no_database(
    tmp_path: Path, database: DatabaseUrl, server: DatabaseUrl
) -> None:
    project = written(tmp_path / "p", database, {"good": GOOD, "last": STEPS["last"]})
    with pytest.raises(KeyboardInterrupt):
        roundtrip(project.workspace, every=True, on_event=stopping(1))

    test_nothing_is_left_on_the_server((CheckReport((), ()), []), server)


ITS_OWN = """
with create_engine(config.get_main_option("sqlalchemy.url")).begin() as connection:
    context.configure(connection=connection)
    context.run_migrations()
"""


def test_an_env_py_with_a_transaction_of_its_own_is_walked_too(
    tmp_path: Path, database: DatabaseUrl
) -> None:
    steps = {name: STEPS[name] for name in ("good", "left_index", "last")}
    project = written(tmp_path / "p", database, steps)
    project.env(
        "from alembic import context\nfrom sqlalchemy import create_engine\n"
        f"config = context.config\n{ITS_OWN}"
    )

    assert found(roundtrip(project.workspace, every=True)) == [
        ("left_index", "upgrade-again-fails"),
        ("left_index", "downgrade-differs"),
    ]


def test_rows_written_outside_of_the_transaction_count(
    tmp_path: Path, database: DatabaseUrl
) -> None:
    commits = "op.execute(\"UPDATE shop SET name = 'y'\")\nop.execute('COMMIT')"
    steps = {"good": GOOD, "commits": (commits, "pass"), "last": STEPS["last"]}
    project = written(tmp_path / "p", database, steps)

    assert found(roundtrip(project.workspace, every=True)) == [("commits", "rows-differ")]
