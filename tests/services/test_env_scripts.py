"""What env.py files do in the wild, and what becomes of it."""

from __future__ import annotations

import logging
import os
import sys
from pathlib import Path

import pytest

from fidesdev.core.reports import MoveReport
from fidesdev.core.url import DatabaseUrl
from fidesdev.errors import (
    EnvFailed,
    RunnerMissing,
    StepFailed,
    VersionTableDiffers,
    WrongDatabase,
)
from fidesdev.services import authoring, migrations
from tests.cli.processes import fidesdev
from tests.projects import ENV, Project, tables, untimed
from tests.services.conftest import Make

PLAIN = ENV.format(options={})


def test_env_that_raises_is_told_with_its_line(make: Make) -> None:
    project = make("base0")
    project.env("import os\n\nos.environ['NO_SUCH_VARIABLE']\n")
    with pytest.raises(EnvFailed) as caught:
        upgrade(project)
    assert str(caught.value) == (
        "env.py failed before any migration ran (migrations/env.py:3): "
        "KeyError: 'NO_SUCH_VARIABLE'\n  the database is at base"
    )
    assert "Traceback" in caught.value.traceback


@pytest.mark.parametrize("code", ["raise SystemExit", "import sys; sys.exit(0)"])
def test_env_that_exits_does_not_end_the_process(make: Make, code: str) -> None:
    project = make("base0")
    project.env(code)
    with pytest.raises(EnvFailed, match="SystemExit"):
        upgrade(project)


def test_env_that_runs_no_migrations_is_told(make: Make) -> None:
    project = make("base0")
    project.env("from alembic import context\n")
    with pytest.raises(EnvFailed, match="it runs no migrations"):
        upgrade(project)


def test_env_with_a_syntax_error_is_told(make: Make) -> None:
    project = make("base0")
    project.env("def (:\n")
    with pytest.raises(EnvFailed, match=r"SyntaxError: .*env.py, line 1"):
        upgrade(project)


def test_env_that_needs_a_missing_package_names_it(make: Make) -> None:
    project = make("base0")
    project.env("import no_such_package.models\n" + PLAIN)
    with pytest.raises(RunnerMissing) as caught:
        upgrade(project)
    assert caught.value.exit_code == 4
    assert caught.value.facts["module"] == "no_such_package"
    assert tables(project.url) == set()


def test_revision_that_needs_a_missing_package_names_it(make: Make) -> None:
    project = make("base0 > more")
    file = project.root / "migrations/versions/more.py"
    file.write_text(file.read_text() + "\nimport no_such_package\n")
    with pytest.raises(RunnerMissing) as caught:
        upgrade(project)
    assert caught.value.facts["module"] == "no_such_package"
    assert tables(project.url) == set()
    upgrade(project, "base0")  # which runs without it
    assert project.tables() == {"base0"}


def test_env_that_does_not_commit_is_told(make_pg: Make) -> None:
    project = make_pg("base0")
    begun = "context.configure(connection=connection, **OPTIONS)"
    early = "connection.exec_driver_sql('SELECT 1')"  # begins a transaction that nobody commits
    project.env(PLAIN.replace(begun, f"{early}\n        {begun}"))
    with pytest.raises(EnvFailed, match="did not commit"):
        upgrade(project)
    assert tables(project.url) == set()


def test_env_that_begins_and_commits_itself_works(make: Make) -> None:
    project = make("base0")
    project.env(PLAIN.replace(".connect() as connection", ".begin() as connection"))
    upgrade(project)
    assert project.tables() == {"base0"}


def test_env_that_hides_a_failing_step_is_told(make: Make) -> None:
    project = make("base0 > bad")
    project.break_step("bad", up="op.execute('SELECT nope')")
    project.env(hiding(PLAIN))
    with pytest.raises(StepFailed, match="hides it") as caught:
        upgrade(project)
    assert caught.value.facts["revision"] == "bad"


def test_env_that_opens_another_database_is_refused(make_pg: Make, server: DatabaseUrl) -> None:
    project = make_pg("base0")
    other = server.render(driver="psycopg2")
    before = tables(server)
    project.env(PLAIN.replace('config.get_main_option("sqlalchemy.url")', repr(other)))
    with pytest.raises(WrongDatabase) as caught:
        upgrade(project)
    assert caught.value.facts["planned"] == str(project.url)
    assert [fact[1] for fact in (caught.value.facts["expected"], caught.value.facts["found"])] == [
        project.url.database,
        server.database,
    ]
    assert tables(server) == before
    assert tables(project.url) == set()


def test_env_that_opens_another_sqlite_file_is_refused(make_lite: Make) -> None:
    project = make_lite("base0")
    other = DatabaseUrl("sqlite", str(project.root / "other.db"))
    project.env(PLAIN.replace('config.get_main_option("sqlalchemy.url")', repr(other.render())))
    with pytest.raises(WrongDatabase, match=r"other\.db"):
        upgrade(project)
    assert tables(other) == tables(project.url) == set()


def test_env_that_hides_the_refusal_is_refused_all_the_same(make_lite: Make) -> None:
    project = make_lite("base0")
    hidden = hiding(PLAIN).replace('config.get_main_option("sqlalchemy.url")', "'sqlite:///b.db'")
    project.env(hidden)
    with pytest.raises(WrongDatabase):
        upgrade(project)


def test_same_server_by_another_name_is_the_same_database(make_pg: Make) -> None:
    project = make_pg("base0")
    other = project.url.render(driver="psycopg2").replace("127.0.0.1", "localhost")
    project.env(PLAIN.replace('config.get_main_option("sqlalchemy.url")', repr(other)))
    upgrade(project)
    assert project.tables() == {"base0"}


def test_version_table_of_env_is_honoured(make_pg: Make) -> None:
    project = make_pg("base0 > more")
    project.sql("CREATE SCHEMA meta")
    given = "version_table='revs', version_table_schema=SCHEMA"
    project.env("SCHEMA = 'meta'\n" + PLAIN.replace("**OPTIONS", given))
    upgrade(project)
    assert project.sql("SELECT version_num FROM meta.revs") == [("more",)]
    goto(project, "base0")
    assert project.rows() == {"base0"}
    assert tables(project.url) == {"t_base0"}


def test_version_table_that_only_running_tells_is_refused(make: Make) -> None:
    project = make("base0")
    project.env(PLAIN.replace("**OPTIONS", "version_table=''.join(['re', 'vs'])"))
    with pytest.raises(VersionTableDiffers) as caught:
        upgrade(project)
    assert (caught.value.facts["expected"], caught.value.facts["found"]) == (
        ["alembic_version", ""],
        ["revs", ""],
    )
    assert "version_table = 'revs'" in str(caught.value.hint)
    assert tables(project.url) == set()
    (project.root / ".fides.toml").write_text('[fidesdev]\nversion_table = "revs"\n')
    upgrade(project)
    assert tables(project.url) == {"revs", "t_base0"}


def test_nothing_that_env_prints_reaches_stdout(make: Make) -> None:
    project = make("base0")
    printing = """
import os, subprocess, sys
print("printed")
os.system("echo spoken")
subprocess.run(["echo", "run"])
sys.__stdout__.write("buffered\\n")
config.print_stdout("by alembic")
"""
    project.env(PLAIN + printing)
    url = ("--database-url", project.url.render())
    answer = fidesdev("db", "upgrade", *url, cwd=project.root)
    assert untimed(answer.out) == "Done: upgraded 1. The database is at base0.\n"
    for text in ("printed", "spoken", "run", "buffered"):  # Alembic itself is told to be quiet
        assert text in answer.err


def test_what_env_does_to_this_process_is_undone(make: Make, tmp_path: Path) -> None:
    project = make("base0")
    project.env(
        PLAIN
        + """
import logging, logging.config, os, sys
os.chdir("/")
os.environ["LEFT_BEHIND"] = "1"
sys.path.insert(0, "/left/behind")
logging.config.dictConfig({
    "version": 1,
    "disable_existing_loggers": True,
    "handlers": {"h": {"class": "logging.StreamHandler"}},
    "root": {"handlers": ["h"], "level": "DEBUG"},
})
"""
    )
    ours = logging.getLogger("somebody.elses")
    before = (Path.cwd(), dict(os.environ), list(sys.path), logging.root.level)
    handlers = list(logging.root.handlers)
    upgrade(project)
    assert (Path.cwd(), dict(os.environ), list(sys.path), logging.root.level) == before
    assert logging.root.handlers == handlers
    assert ours.disabled is False


def test_env_runs_in_the_folder_of_its_configuration(make: Make) -> None:
    project = make("base0")
    name = f"beside_{project.url.backend}"
    (project.root / f"{name}.py").touch()
    ini = project.root / "alembic.ini"
    ini.write_text(ini.read_text() + "prepend_sys_path = .\npath_separator = os\n")
    project.env(f"import {name}, os\nassert os.path.exists('alembic.ini')\n" + PLAIN)
    upgrade(project)
    assert project.tables() == {"base0"}


def test_env_finds_the_arguments_that_alembic_gives_it(make: Make) -> None:
    project = make("base0 > more")
    project.env(
        PLAIN
        + """
assert context.get_x_argument() == ["tenant=eu", "flag"]
assert context.get_x_argument(as_dictionary=True)["tenant"] == "eu"
assert context.get_revision_argument() == "more"
assert context.get_head_revision() == "more"
assert context.get_starting_revision_argument() is None
assert context.get_tag_argument() is None
assert config.cmd_opts.x == ["tenant=eu", "flag"]
"""
    )
    workspace = project.opened(x_arguments=("tenant=eu", "flag"))
    migrations.execute(migrations.upgrade(workspace))
    assert project.rows() == {"more"}


def test_revision_argument_is_none_at_base_and_with_several_heads(make: Make) -> None:
    project = make("base0, other")
    project.env(PLAIN + "assert context.get_revision_argument() is None\n")
    upgrade(project)
    goto(project, "base")
    assert project.rows() == set()


def test_version_callbacks_hear_of_every_step(make: Make) -> None:
    project = make("base0 > more")
    heard = "on_version_apply=lambda ctx, step, heads, run_args: heard.append((step.is_upgrade, "
    heard += "step.up_revision_id, sorted(heads), run_args))"
    told = "__import__('pathlib').Path('heard.txt').write_text(repr(heard))\n"
    with_arguments = PLAIN.replace("run_migrations()", "run_migrations(tenant='eu')")
    project.env("heard = []\n" + with_arguments.replace("**OPTIONS", heard) + told)
    for script in project.made:
        file = project.root / f"migrations/versions/{script.id}.py"
        file.write_text(file.read_text().replace("grade():", "grade(tenant):"))
    upgrade(project)
    assert (project.root / "heard.txt").read_text() == (
        "[(True, 'base0', ['base0'], {'tenant': 'eu'}), (True, 'more', ['more'], {'tenant': 'eu'})]"
    )


def test_engine_from_config_takes_our_url(make: Make) -> None:
    project = make("base0")
    made = (
        "engine_from_config(config.get_section(config.config_ini_section), poolclass=pool.NullPool)"
    )
    text = PLAIN.replace("create_engine(url, poolclass=pool.NullPool)", made)
    project.env(text.replace("import create_engine", "import engine_from_config"))
    upgrade(project)
    assert project.tables() == {"base0"}


def test_percent_signs_in_the_ini_do_not_matter(make: Make) -> None:
    project = make(
        "base0", ini="sqlalchemy.url = driver://user:%%40@host/%(here)s\nother = 100%%\n"
    )
    upgrade(project)
    assert project.tables() == {"base0"}


def test_runner_env_is_there_while_env_runs(make: Make) -> None:
    project = make("base0")
    settings = '[fidesdev]\nrunner_env = {SHOP_URL = "{url}", SHOP_DB = "x-{db}"}\n'
    (project.root / ".fides.toml").write_text(settings)
    project.env("import os\nassert os.environ['SHOP_DB'].startswith('x-')\n" + PLAIN)
    upgrade(project)
    assert "SHOP_DB" not in os.environ


def test_autogenerate_without_a_difference_may_write_nothing(make: Make) -> None:
    project = make("base0")
    hook = """
def directives(context, revision, made):
    if config.cmd_opts.autogenerate:
        made[:] = []

"""
    given = "process_revision_directives=directives, target_metadata=MetaData()"
    text = PLAIN.replace("**OPTIONS", given).replace("import create", "import MetaData, create")
    project.env(text.replace("OPTIONS = {}", "OPTIONS = {}" + hook))
    upgrade(project)
    report = authoring.revision(project.workspace, "nothing", autogenerate=True)
    assert (report.revision, report.executed) == (None, False)
    assert report.note
    assert authoring.revision(project.workspace, "plain").executed


def upgrade(project: Project, rev: str = "heads") -> MoveReport:
    return migrations.execute(migrations.upgrade(project.workspace, rev))


def goto(project: Project, rev: str) -> MoveReport:
    return migrations.execute(migrations.goto(project.workspace, rev))


def hiding(text: str) -> str:
    """An env.py that catches whatever the migrations raise."""
    head, _, tail = text.partition("if context.is_offline_mode():")
    body = "    ".join(("if context.is_offline_mode():" + tail).splitlines(keepends=True))
    return f"{head}try:\n    {body}\nexcept Exception:\n    pass\n"
