"""Which scripts the runner loads, and from where."""

from __future__ import annotations

import json
import os
import py_compile
import sys
import traceback
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from fidesdev.adapters.alembic_config import read_alembic_config
from fidesdev.adapters.interpreters import Interpreter, Place
from fidesdev.adapters.jobs import Environment, Failure, Script
from fidesdev.adapters.recorder import read_recorded
from fidesdev.adapters.runner import Runner, open_runner
from fidesdev.core.graph import RevisionGraph
from fidesdev.core.planner import Plan, plan_goto
from fidesdev.core.target import Destination
from tests.notation import graph
from tests.projects import ENV, Project, make_project

MANY = 10_000
HEARD = """
import json
heard = []
def applied(ctx, step, heads, run_args):
    info = step
    heard.append({
        "up": info.up_revision_id,
        "down": list(info.down_revision_ids),
        "message": info.up_revision.doc,
        "heads": ctx.script.get_heads(),
        "bases": ctx.script.get_bases(),
        "label": ctx.script.get_revision("many@head").revision,
    })
"""
CALLING = ENV.format(options={}).replace("**OPTIONS", "on_version_apply=applied")
TOLD = "__import__('pathlib').Path('heard.json').write_text(json.dumps(heard))\n"


@pytest.fixture(params=["here", "elsewhere"])
def place(request: pytest.FixtureRequest) -> Place | None:
    return None if request.param == "here" else Interpreter(Path(sys.executable))


@contextmanager
def runner(project: Project, place: Place | None) -> Iterator[Runner]:
    config = read_alembic_config(project.root / "alembic.ini")
    environment = Environment(config, url=project.url.render(), project=project.root, place=place)
    with open_runner(environment) as opened:
        yield opened


def move(
    project: Project, place: Place | None, tree: RevisionGraph, to: str, scripts: dict[str, Script]
) -> Failure | None:
    """The way from where the database is to the ids."""
    recorded = read_recorded(project.url, "alembic_version", "")
    destination = Destination(frozenset(to.split()), frozenset(tree.revisions))
    plan = plan_goto(tree, recorded.rows, destination)
    with runner(project, place) as opened:
        return opened.move(plan, identity=recorded.identity, scripts=scripts)


def headers(project: Project, tree: RevisionGraph) -> dict[str, Script]:
    folder = project.root / "migrations" / "versions"
    return {
        id_: Script(str(folder / f"{id_}.py"), each.parents, each.depends_on, each.labels)
        for id_, each in tree.revisions.items()
    }


def test_one_pending_revision_of_ten_thousand_is_all_that_is_loaded(
    tmp_path: Path, place: Place | None
) -> None:
    chain = " > ".join(f"r{number:05d}" for number in range(MANY))
    tree = graph(f"{chain}, r00000 @ many")
    last = f"r{MANY - 1:05d}"
    below = f"r{MANY - 2:05d}"
    project = make_project(tmp_path / "p", [tree.revisions[last]])  # no other file exists
    project.env(HEARD + CALLING + TOLD)
    project.sql("CREATE TABLE alembic_version (version_num VARCHAR(32) NOT NULL)")
    project.sql(f"INSERT INTO alembic_version VALUES ('{below}')")
    assert move(project, place, tree, last, headers(project, tree)) is None
    assert json.loads((project.root / "heard.json").read_text()) == [
        {
            "up": last,
            "down": [below],
            "message": f"does {last}",
            "heads": [last],
            "bases": ["r00000"],
            "label": last,
        }
    ]
    assert project.tables() == {last}


def test_map_of_revisions_resolves_dependencies_that_are_labels(
    tmp_path: Path, place: Place | None
) -> None:
    tree = graph("a > b, a @ one, m ~ one")
    project = make_project(tmp_path / "p", tree.revisions.values())
    text = HEARD.replace('"many@head"', '"one@head"') + CALLING
    project.env(
        text.replace("list(info.down_revision_ids)", "list(step.source_revision_ids)") + TOLD
    )
    assert move(project, place, tree, "b m", headers(project, tree)) is None
    heard = json.loads((project.root / "heard.json").read_text())
    assert [each["up"] for each in heard] == ["a", "m", "b"]
    assert project.rows() == {"b", "m"}


def test_env_that_walks_the_scripts_itself_gets_all_of_them(
    tmp_path: Path, place: Place | None
) -> None:
    tree = graph("a > b > c")
    project = make_project(tmp_path / "p", tree.revisions.values())
    walk = """
import json
from alembic.script import ScriptDirectory
walked = [s.revision for s in ScriptDirectory.from_config(config).walk_revisions()]
given = [s.doc for s in context.script.walk_revisions()]
__import__("pathlib").Path("walked.json").write_text(json.dumps([walked, given]))
"""
    project.env(ENV.format(options={}) + walk)
    assert move(project, place, tree, "a", headers(project, tree)) is None
    assert json.loads((project.root / "walked.json").read_text()) == [
        ["c", "b", "a"],
        ["does c", "does b", "does a"],
    ]


def test_file_runs_as_it_is_now_whatever_byte_code_there_is(
    tmp_path: Path, place: Place | None
) -> None:
    """Byte code is known by the second and the size of its source; both can be the same."""
    tree = graph("a")
    project = make_project(tmp_path / "p", tree.revisions.values())
    file = project.root / "migrations" / "versions" / "a.py"
    os.utime(file, (1_700_000_000, 1_700_000_000))
    py_compile.compile(str(file), doraise=True)
    file.write_text(file.read_text().replace("t_a", "t_b"))
    os.utime(file, (1_700_000_000, 1_700_000_000))
    assert move(project, place, tree, "a", headers(project, tree)) is None
    assert project.tables() == {"b"}


def test_scripts_leave_no_byte_code(
    tmp_path: Path, place: Place | None, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(sys, "dont_write_bytecode", False)
    monkeypatch.delenv("PYTHONDONTWRITEBYTECODE", raising=False)
    tree = graph("a")
    project = make_project(tmp_path / "p", tree.revisions.values())
    assert move(project, place, tree, "a", headers(project, tree)) is None
    assert not (project.root / "migrations" / "versions" / "__pycache__").exists()


RECOVERED = '''"""lost and found"""
from alembic import op
revision, down_revision = "lost", "a"

def upgrade():
    assert __file__.endswith("lost.py"), __file__
    op.execute('CREATE TABLE "t_lost" (id INTEGER)')

def downgrade():
    op.execute("SELECT nothing")
'''


def test_source_runs_where_there_is_no_file(tmp_path: Path, place: Place | None) -> None:
    tree = graph("a > lost")
    project = make_project(tmp_path / "p", [tree.revisions["a"]])
    scripts = headers(project, tree)
    scripts["lost"] = Script("migrations/versions/lost.py", ("a",), source=RECOVERED)
    assert move(project, place, tree, "lost", scripts) is None
    assert project.tables() == {"a", "lost"}


def test_source_wins_over_the_file_and_failures_show_its_line(
    tmp_path: Path, place: Place | None
) -> None:
    tree = graph("a > lost")
    project = make_project(tmp_path / "p", tree.revisions.values())
    scripts = headers(project, tree)
    scripts["lost"] = Script(scripts["lost"].path, ("a",), source=RECOVERED)
    assert move(project, place, tree, "lost", scripts) is None
    failure = move(project, place, tree, "a", scripts)
    assert failure is not None
    assert (failure.step, failure.line, failure.statement) == (0, 10, "SELECT nothing")
    assert '    op.execute("SELECT nothing")\n' in failure.traceback
    assert project.tables() == {"a", "lost"}


def test_source_that_does_not_compile_is_told_before_anything_runs(
    tmp_path: Path, place: Place | None
) -> None:
    tree = graph("a > lost")
    project = make_project(tmp_path / "p", [tree.revisions["a"]])
    scripts = headers(project, tree)
    scripts["lost"] = Script("", ("a",), source="def upgrade(:\n")
    failure = move(project, place, tree, "lost", scripts)
    assert failure is not None
    assert failure.message.startswith("SyntaxError: ")
    assert "<revision lost>" in failure.message
    assert project.tables() == set()


def test_step_that_appears_twice_runs_twice(tmp_path: Path, place: Place | None) -> None:
    tree = graph("a > b")
    project = make_project(tmp_path / "p", tree.revisions.values())
    project.break_step("b", up="op.execute('CREATE TABLE IF NOT EXISTS n (x INTEGER)')\n")
    assert move(project, place, tree, "b", headers(project, tree)) is None
    recorded = read_recorded(project.url, "alembic_version", "")
    everything = frozenset(tree.revisions)
    down = plan_goto(tree, recorded.rows, Destination(frozenset({"a"}), everything))
    up = plan_goto(tree, down.after, Destination(frozenset({"b"}), everything))
    plan = Plan(down.before, up.after, (*down.steps, *up.steps))
    with runner(project, place) as opened:
        done = opened.move(plan, identity=recorded.identity, scripts=headers(project, tree))
    assert done is None
    assert project.rows() == {"b"}


def test_traceback_of_a_script_is_whole(tmp_path: Path, place: Place | None) -> None:
    tree = graph("a")
    project = make_project(tmp_path / "p", tree.revisions.values())
    project.break_step("a", up="raise LookupError('here')")
    failure = move(project, place, tree, "a", headers(project, tree))
    assert failure is not None
    assert failure.message == "LookupError: here"
    assert str(project.root / "migrations/versions/a.py") in failure.traceback
    assert traceback.format_exc() == "NoneType: None\n"  # nothing is left behind
