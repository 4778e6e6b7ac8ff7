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
import json
import os
import signal
import socket
import sys
import threading
import time
import traceback
from contextlib import contextmanager, suppress
from functools import partial, wraps
from pathlib import Path
from typing import Any, Callable, Dict, Iterator, List, Optional, Tuple

from alembic import command
from alembic.config import Config
from alembic.runtime.environment import EnvironmentContext
from alembic.runtime.migration import RevisionStep, StampStep
from alembic.script import Script, ScriptDirectory
from alembic.util import CommandError, load_python_file
from sqlalchemy import event, text

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


def perform(operation: str, job: Job, emit: Emit) -> None:
    """Do one of `OPERATIONS`; whatever goes wrong in it is a `JobFailed`."""
    try:
        OPERATIONS[operation](job, emit)
    except JobFailed:
        raise
    except (Exception, SystemExit) as error:  # a script can raise or exit as it likes
        raise JobFailed(**_facts(error)) from error


def move(job: Job, emit: Emit) -> None:
    """Run the job's steps through env.py, in as few transactions as env.py allows."""
    run = _Run(job, emit)
    config = _config(job)
    config.output_buffer = buffer = io.StringIO()
    scripts = ScriptDirectory.from_config(config)
    options = {
        "fn": run.steps(scripts),
        "as_sql": job["sql"],
        "starting_rev": tuple(job["before"]) or None if job["sql"] else None,
        "destination_rev": job["destination"],
        "dont_mutate": True,  # nothing is written before the guard has seen the connection
    }
    try:
        with _cancelling(run.connections), EnvironmentContext(config, scripts, **options):
            scripts.run_env()
    except (Exception, SystemExit) as error:
        raise run.failure(error, scripts.dir) from error
    run.check()
    if job["sql"]:
        emit({"event": "sql", "text": buffer.getvalue()})


def evaluate(job: Job, emit: Emit) -> None:
    """Import one revision file and tell its four identifiers, for headers that are computed."""
    ScriptDirectory.from_config(_config(job))  # puts prepend_sys_path in place
    folder, name = os.path.split(job["path"])
    module = load_python_file(folder, name)
    names = ("revision", "down_revision", "branch_labels", "depends_on")
    emit({"event": "header", "values": {name: getattr(module, name, None) for name in names}})


def write(write_files: Callable[..., Any], job: Job, emit: Emit) -> None:
    """Write revision files by Alembic's own templates and hooks."""
    made = write_files(_config(job), **job["arguments"])
    for script in made if isinstance(made, list) else [made]:
        if script is not None:
            emit({"event": "written", "revision": script.revision, "path": script.path})


OPERATIONS: Dict[str, Callable[[Job, Emit], None]] = {
    "move": move,
    "evaluate": evaluate,
    "revision": partial(write, command.revision),
    "merge": partial(write, command.merge),
}


class _Run:
    """One execution of a plan: which step runs, and what env.py's connection turned out to be."""

    def __init__(self, job: Job, emit: Emit) -> None:
        self.job = job
        self.emit = emit
        self.connections: List[Any] = []
        self.refusal: Optional[JobFailed] = None
        self.running: Optional[int] = None
        self.ended = False

    def steps(self, scripts: ScriptDirectory) -> Callable[..., Iterator[Any]]:
        """What Alembic calls from env.py's `context.run_migrations()`."""

        def generate(heads: Tuple[str, ...], context: Any) -> Iterator[Any]:
            if not self.job["sql"]:
                self._guard(heads, context)
                self.connections.append(context.connection)
            notes = _Notes(self.job, context.connection)
            # every revision is imported before the first one runs
            steps = [_step(scripts, step, notes) for step in self.job["steps"]]
            if not self.job["sql"] and not heads:
                context._ensure_version_table()
            for index, step in enumerate(steps):
                self.running = index
                self.emit({"event": "started", "step": index})
                yield step
                self.emit({"event": "finished", "step": index})
            self.running, self.ended = None, True

        return generate

    def check(self) -> None:
        """Raise what env.py kept to itself."""
        if self.refusal:
            raise self.refusal
        if self.running is not None:
            hidden = "env.py catches the exception and hides it"
            raise JobFailed(code="step_failed", step=self.running, message=hidden)
        if not self.ended:
            raise JobFailed(code="env_failed", message="it runs no migrations")

    def failure(self, error: BaseException, scripts: str) -> JobFailed:
        """What a person needs to know of an exception from env.py or a script."""
        if self.refusal:
            return self.refusal
        if self.running is None:
            frame = _frame(error, scripts)
            place = [frame.filename, frame.lineno] if frame else None
            return JobFailed(**_facts(error), ended=self.ended, place=place)
        frame = _frame(error, self.job["steps"][self.running]["path"])
        facts = {**_facts(error), "code": "step_failed", "line": frame.lineno if frame else None}
        return JobFailed(step=self.running, **facts)

    def _guard(self, heads: Tuple[str, ...], context: Any) -> None:
        """Refuse, before anything is written, any database but the one that was planned for."""
        table = [context.version_table, context.version_table_schema or ""]
        found = identity(context.connection)
        if self.job["identity"][-1:] == [0]:
            found[-1] = 0  # a SQLite file that was not there yet
        for code, expected, actual in (
            ("version_table_differs", self.job["version_table"], table),
            ("wrong_database", self.job["identity"], found),
            ("stale_plan", sorted(self.job["before"]), sorted(heads)),
        ):
            if actual != expected:
                self.refusal = JobFailed(code=code, expected=expected, found=actual)
                raise self.refusal


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


def _step(scripts: ScriptDirectory, step: Dict[str, Any], notes: "_Notes") -> Any:
    id_, direction = step["revision"], step["direction"]
    if direction in ("insert", "delete"):  # a row of the version table; no script runs
        insert = direction == "insert"
        from_, to_ = ((), id_) if insert else (id_, ())
        return StampStep(from_, to_, insert, True, scripts.revision_map)
    planned = _PlannedStep(scripts.revision_map, _script(scripts, step), direction == "up")
    planned.rows = tuple(step["rows"])
    if step.get("note"):
        planned.migration_fn = notes.after(planned.migration_fn, step["note"])
    return planned


def _script(scripts: ScriptDirectory, step: Dict[str, Any]) -> Any:
    """The script of the checkout; one that was recovered for the plan has only its path."""
    id_, path = step["revision"], step["path"]
    with suppress(CommandError):
        found = scripts.get_revision(id_)
        if found is not None and found.revision == id_:  # not another one that begins like it
            return found
    return Script(load_python_file(*os.path.split(path)), id_, path)


class _Notes:
    """What is recorded of the steps: written just before the transaction that they ran in commits.

    One statement for all of them, however many; what is rolled back is never written.
    """

    def __init__(self, job: Job, connection: Any) -> None:
        self.statement = job.get("note")
        self.waiting: List[Dict[str, Any]] = []
        if self.statement:
            event.listen(connection, "commit", self.write)
            event.listen(connection, "rollback", self.forget)

    def after(self, script: Callable[..., Any], note: Dict[str, Any]) -> Callable[..., Any]:
        """The script's function, which is noted once it ran."""

        @wraps(script)
        def run(**given: Any) -> None:
            started = time.time()
            script(**given)
            seconds = round(time.time() - started, 6)
            self.waiting.append({**note, "started": started, "seconds": seconds})

        return run

    def write(self, connection: Any) -> None:
        """Write what waits."""
        steps, self.waiting = self.waiting, []
        if steps:
            connection.execute(text(str(self.statement)), {"steps": json.dumps(steps)}).close()

    def forget(self, _connection: Any) -> None:
        """It did not happen."""
        self.waiting = []


def _config(job: Job) -> Config:
    options = argparse.Namespace(x=job["x"] or None, sql=job["sql"], raiseerr=True)
    vars(options).update(job.get("arguments", {}))  # env.py may look at `autogenerate`
    arguments = {"ini_section": job["section"], "cmd_opts": options, "stdout": sys.stdout}
    if job["toml"]:
        arguments["toml_file"] = job["toml"]
    config = Config(job["ini"], **arguments)
    if job["url"]:
        config.set_main_option("sqlalchemy.url", job["url"].replace("%", "%%"))
    return config


def identity(connection: Any) -> List[Any]:
    """What no other database has; for SQLite path and inode of the file, 0 while there is none."""
    name = connection.dialect.name
    if name == "postgresql":
        return [name, *connection.exec_driver_sql(IDENTITY_SQL).fetchone()]
    if name != "sqlite":
        return [name]
    file = connection.exec_driver_sql("PRAGMA database_list").fetchone()[2]
    path = Path(file).resolve()
    return [name, str(path) if file else "", path.stat().st_ino if file and path.exists() else 0]


@contextmanager
def _cancelling(connections: List[Any]) -> Iterator[None]:
    """Let Ctrl-C end the statement that one of the connections runs.

    A driver in C returns to Python, and so to the KeyboardInterrupt, only when the statement ends.
    """
    if threading.current_thread() is not threading.main_thread():
        yield
        return
    reader, writer = socket.socketpair()
    writer.setblocking(False)
    watch = threading.Thread(target=_watch, args=(reader, connections), daemon=True)
    watch.start()
    before = signal.set_wakeup_fd(writer.fileno(), warn_on_full_buffer=False)
    try:
        yield
    finally:
        signal.set_wakeup_fd(before)
        writer.close()
        watch.join()
        reader.close()


def _watch(reader: socket.socket, connections: List[Any]) -> None:
    """Cancel on every SIGINT until the other end is closed."""
    for number in iter(lambda: reader.recv(1), b""):
        for connection in connections if number[0] == signal.SIGINT else ():
            with suppress(Exception):  # a closed one runs nothing, and not every driver can
                driver = connection.connection.dbapi_connection
                (getattr(driver, "cancel", None) or driver.interrupt)()


def _facts(error: BaseException) -> Dict[str, Any]:
    """What the exception says."""
    return {
        "code": "env_failed",
        "message": _reason(error),
        "kind": type(error).__name__,
        "statement": _statement(error),
        "missing_module": error.name if isinstance(error, ModuleNotFoundError) else None,
        "traceback": traceback.format_exc(),
    }


def _statement(error: Any) -> Optional[str]:
    """The SQL that failed, from the exception or from what it was raised from."""
    while error is not None and not getattr(error, "statement", None):
        error = error.__cause__ or error.__context__
    return None if error is None else str(error.statement)


def _frame(error: BaseException, path: str) -> Optional[traceback.FrameSummary]:
    """The last place in a file, or in the files of a folder, that the traceback passes through."""
    path = os.path.realpath(path)
    frames = traceback.extract_tb(error.__traceback__)
    return next(
        (f for f in reversed(frames) if os.path.realpath(f.filename).startswith(path)), None
    )


def _reason(error: BaseException) -> str:
    """One line: what the database or Alembic says, or an exception of Python's with its kind."""
    said = getattr(error, "orig", None) or error
    text, kind = str(said).partition("\nLINE ")[0], type(said).__name__  # libpq points at a column
    text = " ".join(text.split())
    if isinstance(error, CommandError) or said is not error:
        return text or kind
    return f"{kind}: {text}" if text else kind
