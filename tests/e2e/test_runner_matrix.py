"""Projects pinned to old and new packages, migrated by a fidesdev that lives elsewhere."""

from __future__ import annotations

import json
import subprocess
from collections.abc import Callable
from pathlib import Path

import pytest

from fidesdev.core.reports import MoveReport, StepFinished, StepStarted
from fidesdev.core.url import DatabaseUrl
from fidesdev.errors import (
    EnvFailed,
    RunnerMissing,
    StepFailed,
    VersionTableDiffers,
    WrongDatabase,
)
from fidesdev.services import authoring, history, migrations
from tests.e2e.conftest import Settle
from tests.projects import ENV, Project, make_project, tables

PLAIN = ENV.format(options={})
TREE = "base0 > comm > aaa1 > aaa2, comm > bbb1 > bbb2, other0 > other1, other1 ~ bbb1"
Make = Callable[..., Project]


@pytest.fixture
def make(tmp_path: Path, settle: Settle) -> Make:
    """Writes a project on SQLite whose migrations run in the other interpreter."""
    return lambda tree, **more: settle(make_project(tmp_path / "p", tree, **more))


@pytest.fixture(params=["sqlite", "postgresql"])
def make_both(request: pytest.FixtureRequest, tmp_path: Path, settle: Settle) -> Make:
    """Writes such a project on either kind of database."""
    url: DatabaseUrl | None = None
    if request.param == "postgresql":
        url = request.getfixturevalue("database")
    return lambda tree, **more: settle(make_project(tmp_path / "p", tree, url, **more))


def upgrade(project: Project, rev: str = "heads") -> MoveReport:
    return migrations.execute(migrations.upgrade(project.workspace, rev))


def goto(project: Project, rev: str) -> MoveReport:
    return migrations.execute(migrations.goto(project.workspace, rev))


def test_plans_run_up_down_and_across(make_both: Make) -> None:
    project = make_both(TREE)
    events: list[object] = []
    migrations.execute(migrations.upgrade(project.workspace), on_event=events.append)
    assert project.tables() == {"base0", "comm", "aaa1", "aaa2", "bbb1", "bbb2", "other0", "other1"}
    assert [type(event) for event in events] == [StepStarted, StepFinished] * 8
    assert goto(project, "aaa2").after == project.rows() == {"aaa2", "other0"}
    assert project.tables() == {"base0", "comm", "aaa1", "aaa2", "other0"}
    goto(project, "base")
    assert (project.tables(), project.rows()) == (set(), set())


def test_the_packages_are_those_of_the_other_interpreter(
    make: Make, python: Path, capfd: pytest.CaptureFixture[str]
) -> None:
    ask = "import alembic, sqlalchemy, sys; print(alembic.__version__, sqlalchemy.__version__, sys"
    project = make("base0")
    project.break_step("base0", up=f"{ask}.prefix)")
    upgrade(project)
    out, err = capfd.readouterr()
    told = subprocess.run([python, "-c", f"{ask}.prefix)"], capture_output=True, check=True)
    assert (out, told.stdout.decode().strip() in err) == ("", True)


def test_failing_step_is_told_with_line_and_statement_and_leaves_nothing(make_both: Make) -> None:
    project = make_both("base0 > more > bad")
    project.break_step("bad", up="op.execute('SELECT nope FROM t_base0')")
    with pytest.raises(StepFailed) as caught:
        upgrade(project)
    script = project.root / "migrations/versions/bad.py"
    lines = script.read_text().splitlines()
    facts = caught.value.facts
    assert "nope" in lines[facts["line"] - 1]
    assert facts["statement"] == "SELECT nope FROM t_base0"
    assert (facts["kept"], facts["rolled_back"]) == ([], ["base0", "more", "bad"])
    assert "Traceback" in caught.value.traceback
    assert (project.tables(), project.rows()) == (set(), set())


def test_a_transaction_per_migration_is_what_it_is(make_both: Make) -> None:
    project = make_both("base0 > more > bad", options={"transaction_per_migration": True})
    project.break_step("bad", up="op.execute('SELECT nope')")
    with pytest.raises(StepFailed) as caught:
        upgrade(project)
    assert caught.value.facts["kept"] == ["base0", "more"]
    assert (project.tables(), project.rows()) == ({"base0", "more"}, {"more"})


def test_a_step_that_leaves_the_transaction_is_kept_and_recorded(make_both: Make) -> None:
    project = make_both("base0 > auto > bad")
    block = "with op.get_context().autocommit_block():\n    op.execute('SELECT 1')"
    project.break_step("auto", up=block)
    project.break_step("bad", up="op.execute('SELECT nope')")
    with pytest.raises(StepFailed) as caught:
        upgrade(project)
    assert caught.value.facts["kept"] == ["base0", "auto"]
    assert (project.tables(), project.rows()) == ({"base0", "auto"}, {"auto"})
    project.break_step("bad")
    upgrade(project)
    assert project.tables() == {"base0", "auto", "bad"}


def test_another_database_is_refused(make: Make, tmp_path: Path) -> None:
    project = make("base0")
    other = DatabaseUrl("sqlite", str(tmp_path / "other.db"))
    project.env(PLAIN.replace('config.get_main_option("sqlalchemy.url")', repr(other.render())))
    with pytest.raises(WrongDatabase):
        upgrade(project)
    assert tables(other) == tables(project.url) == set()


def test_another_version_table_is_refused(make: Make) -> None:
    project = make("base0")
    project.env(PLAIN.replace("**OPTIONS", "version_table=''.join(['re', 'vs'])"))
    with pytest.raises(VersionTableDiffers):
        upgrade(project)
    assert tables(project.url) == set()


def test_missing_package_is_named_with_the_interpreter(make: Make, python: Path) -> None:
    project = make("base0")
    project.env("import no_such_package\n" + PLAIN)
    with pytest.raises(RunnerMissing, match=f"'no_such_package', which {python} does not have"):
        upgrade(project)


def test_env_that_fails_is_told_with_its_line(make: Make) -> None:
    project = make("base0")
    project.env("\n\nraise KeyError('nothing')\n")
    with pytest.raises(EnvFailed, match=r"migrations/env\.py:3.*KeyError: 'nothing'"):
        upgrade(project)


def test_env_reads_nothing_and_writes_nothing_of_the_protocol(
    make: Make, capfd: pytest.CaptureFixture[str]
) -> None:
    project = make("base0")
    project.env(
        """
import os, subprocess, sys
assert sys.stdin.read() == ""
print("printed")
os.write(1, b"written\\n")
subprocess.run(["echo", "run"])
sys.__stdout__.write("buffered\\n")
"""
        + PLAIN
    )
    upgrade(project)
    out, err = capfd.readouterr()
    assert out == ""
    assert all(word in err for word in ("printed", "written", "run", "buffered"))


def test_env_finds_what_alembic_would_give_it(make: Make) -> None:
    project = make("base0 > more", ini="prepend_sys_path = .\n")
    (project.root / "beside.py").write_text("NAME = 'beside'\n")
    settings = project.root / ".fides.toml"
    settings.write_text(settings.read_text() + 'runner_env = {SHOP_DB = "{db}"}\n')
    project.env(
        "import beside, os\nassert os.path.exists('alembic.ini')\nassert os.environ['SHOP_DB']\n"
        + PLAIN
        + "assert context.get_x_argument() == ['tenant=eu']\n"
        "assert context.get_revision_argument() == context.get_head_revision() == 'more'\n"
    )
    workspace = project.opened(x_arguments=("tenant=eu",))
    migrations.execute(migrations.upgrade(workspace))
    assert project.rows() == {"more"}


def test_version_callbacks_see_the_whole_tree_without_loading_it(make: Make) -> None:
    project = make(TREE)
    upgrade(project, "aaa1")
    callback = """
import json
heard = []
def applied(ctx, step, heads, run_args):
    known = ctx.script.get_heads()
    heard.append([step.up_revision_id, step.down_revision_ids, sorted(heads), sorted(known)])
"""
    text = callback + PLAIN.replace("**OPTIONS", "on_version_apply=applied")
    project.env(text + "open('heard.json', 'w').write(json.dumps(heard))\n")
    for unloadable in ("base0", "comm", "bbb2", "other1"):
        script = project.root / f"migrations/versions/{unloadable}.py"
        script.write_text(script.read_text() + "\nif __name__ != 'read': raise SystemExit\n")
    goto(project, "aaa2")
    heard = json.loads((project.root / "heard.json").read_text())
    assert heard == [["aaa2", ["aaa1"], ["aaa2"], ["aaa2", "bbb2", "other1"]]]


def test_sql_is_rendered_there(make: Make) -> None:
    project = make("base0 > more")
    report = migrations.render(migrations.upgrade(project.workspace))
    assert 'CREATE TABLE "t_more"' in str(report.sql)
    detail = history.show(project.workspace, "more")
    assert "CREATE TABLE" in str(detail.upgrade_sql)
    assert "DROP TABLE" in str(detail.downgrade_sql)
    assert tables(project.url) == set()


def test_revisions_are_written_there(make: Make) -> None:
    project = make("base0 > aaa1, base0 > bbb1")
    merged = authoring.merge_heads(project.workspace, "join")
    made = authoring.revision(project.workspace, "after it")
    assert merged.parents == ("aaa1", "bbb1")
    assert made.parents == (merged.revision,)
    for report in (merged, made):
        assert report.path is not None
        assert (project.root / report.path).is_file()
    upgrade(project)
    assert project.rows() == {made.revision}


def test_computed_header_is_read_there(make: Make) -> None:
    project = make("base0 > more")
    script = project.root / "migrations/versions/more.py"
    script.write_text(script.read_text().replace("'base0'", "'base' + str(0)", 1))
    upgrade(project)
    assert project.rows() == {"more"}
