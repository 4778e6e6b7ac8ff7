"""The part that runs beside the project's own Alembic: a job comes in, events go out.

Self-contained on purpose: the standard library and Alembic (1.8 to current, SQLAlchemy 1.4 to
current, Python 3.8 on), nothing of this package, so that any interpreter can run this one file.

A job is a plain dict (`runner.py` makes it); events are dicts with a key `event`: `started` and
`finished` with `step` (its index), `sql` with `text`, `written` with `revision` and `path`,
`header` with `values`.
"""

from __future__ import annotations

import argparse
import io
import os
import traceback
from typing import Any, Callable, Dict, Iterator, List, Optional, Tuple

from alembic import command
from alembic.config import Config
from alembic.runtime.environment import EnvironmentContext
from alembic.runtime.migration import RevisionStep, StampStep
from alembic.script import ScriptDirectory

Job = Dict[str, Any]
Emit = Callable[[Dict[str, Any]], None]

IDENTITY_SQL = (
    "SELECT current_database(),"
    " (SELECT oid::text FROM pg_database WHERE datname = current_database()),"
    " extract(epoch FROM pg_postmaster_start_time())::numeric::text"
)
"""What tells one PostgreSQL database from every other, whatever its host is called from here."""


class JobFailed(Exception):
    """The job did not end well; `facts` says how, in values that JSON can carry."""

    def __init__(self, **facts: Any) -> None:
        super().__init__(facts.get("message", ""))
        self.facts = facts


def move(job: Job, emit: Emit) -> None:
    """Run the job's steps through env.py, in as few transactions as env.py allows."""
    run = _Run(job, emit)
    config = _config(job)
    scripts = ScriptDirectory.from_config(config)
    buffer = io.StringIO()
    options = {
        "fn": run.steps(scripts),
        "as_sql": job["sql"],
        "destination_rev": job["destination"],
        "dont_mutate": True,  # nothing is written before the guard has seen the connection
    }
    if job["sql"]:
        config.output_buffer = buffer
        options["starting_rev"] = tuple(job["before"]) or None
    try:
        with EnvironmentContext(config, scripts, **options):
            scripts.run_env()
    except JobFailed:
        raise
    except Exception as error:
        raise run.failure(error) from error
    if not run.entered:
        raise JobFailed(code="env_failed", message="it ended without running any migration")
    run.finish()
    if job["sql"]:
        emit({"event": "sql", "text": buffer.getvalue()})


def revision(job: Job, emit: Emit) -> None:
    """Write a revision file by Alembic's own templates and hooks."""
    _written(command.revision, job, emit)


def merge(job: Job, emit: Emit) -> None:
    """Write a revision file that has several parents."""
    _written(command.merge, job, emit)


def evaluate(job: Job, emit: Emit) -> None:
    """Import one revision file and tell its four identifiers, for headers that are computed."""
    ScriptDirectory.from_config(_config(job))  # puts prepend_sys_path in place
    from alembic.util import load_python_file

    folder, name = os.path.split(job["path"])
    module = load_python_file(folder, name)
    names = ("revision", "down_revision", "branch_labels", "depends_on")
    emit({"event": "header", "values": {name: getattr(module, name, None) for name in names}})


OPERATIONS = {"move": move, "revision": revision, "merge": merge, "evaluate": evaluate}


class _Run:
    """One execution of a plan: which step runs, and what env.py's connection turned out to be."""

    def __init__(self, job: Job, emit: Emit) -> None:
        self.job = job
        self.emit = emit
        self.entered = False
        self.running: Optional[int] = None

    def steps(self, scripts: ScriptDirectory) -> Callable[..., Iterator[Any]]:
        """What Alembic calls from env.py's `context.run_migrations()`."""

        def generate(heads: Tuple[str, ...], context: Any) -> Iterator[Any]:
            if not self.job["sql"]:
                self._guard(heads, context)
                if not heads:
                    context._ensure_version_table()
            self.entered = True
            for index, step in enumerate(self.job["steps"]):
                self.finish()
                self.running = index
                self.emit({"event": "started", "step": index})
                yield _step(scripts, step)

        return generate

    def finish(self) -> None:
        """Announce that the step before is through."""
        if self.running is not None:
            self.emit({"event": "finished", "step": self.running})
            self.running = None

    def failure(self, error: Exception) -> JobFailed:
        """What a person needs to know of an exception from env.py or a script."""
        step = None if self.running is None else self.job["steps"][self.running]
        return JobFailed(
            code="step_failed" if self.entered else "env_failed",
            step=self.running,
            message=_one_line(getattr(error, "orig", None) or error),
            kind=type(error).__name__,
            statement=_statement(error),
            missing_module=error.name if isinstance(error, ModuleNotFoundError) else None,
            line=_line(error, step["path"]) if step else None,
            traceback=traceback.format_exc(),
        )

    def _guard(self, heads: Tuple[str, ...], context: Any) -> None:
        """Refuse, before anything is written, any database but the one that was planned for."""
        table = [context.version_table, context.version_table_schema or ""]
        found = identity(context.connection)
        for code, expected, actual in (
            ("version_table_differs", self.job["version_table"], table),
            ("wrong_database", self.job["identity"], found),
            ("stale_plan", sorted(self.job["before"]), sorted(heads)),
        ):
            if not _agree(actual, expected):
                raise JobFailed(code=code, expected=expected, found=actual)


class _PlannedStep(RevisionStep):
    """A script's step whose effect on the version table is the plan's, not worked out again.

    Alembic's own bookkeeping of rows differs between versions where `depends_on` is involved.
    """

    rows: Tuple[str, ...] = ()

    def should_delete_branch(self, heads: Any) -> bool:
        return self.is_downgrade and not self.rows

    def should_create_branch(self, heads: Any) -> bool:
        return self.is_upgrade and not self.rows

    def should_merge_branches(self, heads: Any) -> bool:
        return self.is_upgrade and len(self.rows) > 1

    def should_unmerge_branches(self, heads: Any) -> bool:
        return self.is_downgrade and len(self.rows) > 1

    def merge_branch_idents(self, heads: Any) -> Tuple[List[str], str, str]:
        return list(self.rows[1:]), self.rows[0], self.revision.revision

    def unmerge_branch_idents(self, heads: Any) -> Tuple[str, str, Tuple[str, ...]]:
        return self.revision.revision, self.rows[0], self.rows[1:]

    def update_version_num(self, heads: Any) -> Tuple[str, str]:
        below, above = self.rows[0], self.revision.revision
        return (below, above) if self.is_upgrade else (above, below)


def _step(scripts: ScriptDirectory, step: Dict[str, Any]) -> Any:
    id_, direction = step["revision"], step["direction"]
    if direction in ("insert", "delete"):  # a row of the version table; no script runs
        insert = direction == "insert"
        from_, to_ = ((), id_) if insert else (id_, ())
        return StampStep(from_, to_, insert, True, scripts.revision_map)
    planned = _PlannedStep(scripts.revision_map, scripts.get_revision(id_), direction == "up")
    planned.rows = tuple(step["rows"])
    return planned


def _config(job: Job) -> Config:
    options = argparse.Namespace(x=job["x"] or None, sql=job["sql"], raiseerr=True)
    arguments = {"ini_section": job["section"], "cmd_opts": options}
    if job["toml"]:
        arguments["toml_file"] = job["toml"]
    config = Config(job["ini"], **arguments)
    if job["url"]:
        config.set_main_option("sqlalchemy.url", job["url"].replace("%", "%%"))
    return config


def _written(write: Callable[..., Any], job: Job, emit: Emit) -> None:
    made = write(_config(job), **job["arguments"])
    for script in made if isinstance(made, list) else [made]:
        if script is not None:
            emit({"event": "written", "revision": script.revision, "path": script.path})


def identity(connection: Any) -> List[Any]:
    """What the database that a connection is on has and no other one has."""
    if connection.dialect.name == "sqlite":
        return sqlite_identity(connection.exec_driver_sql("PRAGMA database_list").fetchone()[2])
    if connection.dialect.name == "postgresql":
        return ["postgresql", *connection.exec_driver_sql(IDENTITY_SQL).fetchone()]
    return [connection.dialect.name]


def sqlite_identity(path: str) -> List[Any]:
    """The real path and inode of a SQLite file; the inode is 0 while there is no file."""
    path = os.path.realpath(path) if path else ""
    return ["sqlite", path, os.stat(path).st_ino if path and os.path.exists(path) else 0]


def _agree(found: List[Any], expected: List[Any]) -> bool:
    """Whether the two are equal; a SQLite file that did not exist had no inode to compare."""
    if expected[:1] == ["sqlite"] and not expected[-1]:
        return found[:-1] == expected[:-1]
    return found == expected


def _statement(error: Optional[BaseException]) -> Optional[str]:
    """The SQL that failed, from the exception or from what it was raised from."""
    while error is not None:
        statement = getattr(error, "statement", None)
        if statement:
            return str(statement)
        error = error.__cause__ or error.__context__
    return None


def _line(error: Exception, path: str) -> Optional[int]:
    """The last line of the revision file that the traceback passes through."""
    lines = [
        frame.lineno
        for frame in traceback.extract_tb(error.__traceback__)
        if os.path.realpath(frame.filename) == os.path.realpath(path)
    ]
    return lines[-1] if lines else None


def _one_line(error: object) -> str:
    return " ".join(str(error).split()) or type(error).__name__
