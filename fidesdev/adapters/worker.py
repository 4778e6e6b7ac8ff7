"""Runs migrations beside the project's own Alembic: requests come in, events and answers go out.

Self-contained on purpose, and therefore longer than any other file here: the standard library and
Alembic (1.8 to current, SQLAlchemy 1.4 to current, Python 3.8 on), nothing of this package, so
that any interpreter can run this one file, also one that gets it through a pipe.

A request is an operation (see `OPERATIONS`) and its job, a plain dict that `runner.py` makes.
Events are dicts with a key `event`: `waiting` and `locked` of a lock; `started`, `finished` and
`blocked` of a step, and on a copy what it `sent` and what was `seen` of it; `sql`, `statements`,
`written`, `header`. In one process a `Session` answers by returning or raising `JobFailed`. As a
program this file reads requests as JSON, one a line, from stdin, and writes events to stdout, the
last one of a request being `done` or `failed`. What env.py
and the scripts print goes to stderr, and the end of stdin ends the process at once: whoever held
the other end is gone, and nobody may migrate behind the back of the next one who takes the lock.
"""

from __future__ import annotations

import argparse
import fcntl
import getpass
import io
import json
import linecache
import os
import queue
import random
import select
import signal
import socket
import sys
import threading
import time
import traceback
from contextlib import ExitStack, contextmanager, redirect_stdout, suppress
from functools import wraps
from importlib.machinery import SourceFileLoader
from importlib.util import find_spec, module_from_spec, spec_from_file_location
from pathlib import Path
from types import ModuleType
from typing import Any, Callable, Dict, Iterator, List, Optional, Set, Tuple

try:
    import sqlalchemy
    from alembic import __version__ as alembic_version
    from alembic import command
    from alembic.config import Config
    from alembic.operations import Operations
    from alembic.runtime.environment import EnvironmentContext
    from alembic.runtime.migration import RevisionStep, StampStep
    from alembic.script import Script, ScriptDirectory
    from alembic.script.revision import Revision, RevisionMap
    from alembic.util import CommandError
    from sqlalchemy import event, text
    from sqlalchemy.engine import Engine, make_url
    from sqlalchemy.pool import NullPool
except ImportError as missing:
    if __name__ == "__main__":  # tell whoever started this as a program
        fact = {"event": "unfit", "message": str(missing), "missing_module": missing.name}
        print(json.dumps(fact), flush=True)
        sys.exit(1)
    raise

Job = Dict[str, Any]
Emit = Callable[[Dict[str, Any]], None]

IDENTITY_SQL = (
    "SELECT current_database(),"
    " (SELECT oid::text FROM pg_database WHERE datname = current_database()),"
    " extract(epoch FROM pg_postmaster_start_time())::numeric::text"
)
"""What tells one PostgreSQL database from every other, whatever its host is called from here."""

LOCK = (0x66696465, 1)
"""The two int4 keys of the migration lock, 'fide' and 1; PostgreSQL keeps the locks of each
database apart, so that they stand for the database that one is connected to."""
MARK = (0x66696465, 2)
"""Held, shared, by every connection that migrates: what is left of a process that was killed."""

_THROUGH_ENV = ("move", "walk", "compare", "revision", "merge")
"""The operations that run env.py."""
_OUTSIDE = ("BEGIN", "PRAGMA", "VACUUM", "ATTACH", "DETACH")
"""What SQLite runs outside of a transaction only, or ignores inside of it."""
_LONGEST_NAME = 63
_LONGEST_PAUSE = 1.0
_ANNOUNCED_EVERY = 5.0

_HOLDERS_SQL = """
SELECT a.pid, a.usename, a.application_name, coalesce(a.client_hostname, host(a.client_addr)),
       extract(epoch FROM a.backend_start)::float8
FROM pg_locks l JOIN pg_stat_activity a ON a.pid = l.pid
WHERE l.locktype = 'advisory' AND l.granted AND l.objsubid = 2
  AND l.database = (SELECT oid FROM pg_database WHERE datname = current_database())
  AND l.classid::bigint = :first AND l.objid::bigint = :second
  AND l.pid <> pg_backend_pid() AND (NOT :busy OR a.state IS DISTINCT FROM 'idle')
ORDER BY a.backend_start LIMIT 1
"""
_BLOCKERS_SQL = """
SELECT a.pid, a.usename, a.application_name, coalesce(a.client_hostname, host(a.client_addr)),
       extract(epoch FROM a.xact_start)::float8, a.state, left(a.query, 200)
FROM pg_stat_activity a WHERE a.pid = ANY(pg_blocking_pids(:pid)) ORDER BY a.xact_start
"""
_WRITTEN_SQL = """
SELECT coalesce(current_setting('fidesdev.step', true) = 'one', false),
       array(SELECT DISTINCT relation::bigint FROM pg_locks WHERE locktype = 'relation'
             AND pid = pg_backend_pid() AND relation >= 16384 AND mode IN ('RowExclusiveLock',
                 'ShareRowExclusiveLock', 'ExclusiveLock', 'AccessExclusiveLock'))
"""
"""A setting of a transaction ends with it; what a transaction writes to it locks until its end."""
_HOLDER_KEYS = ("pid", "user", "application", "host", "since", "state", "query")


class JobFailed(Exception):
    """The job did not end well; `facts` says how, in values that JSON can carry."""

    def __init__(self, **facts: Any) -> None:
        super().__init__(facts.get("message", ""))
        self.facts = facts


class Session:
    """The requests of one client, and the migration lock that it holds."""

    def __init__(self, emit: Emit) -> None:
        self.emit = emit
        self.lock: Any = None
        self.engines: List[Any] = []
        self.folder = ""
        self.number = 0
        self.receive: Callable[[], Job] = lambda: {"operation": "end", "number": 0}

    def perform(self, operation: str, job: Job) -> None:
        """Do one of `OPERATIONS`; whatever goes wrong in it is a `JobFailed`."""
        try:
            with _application(operation, job):
                OPERATIONS[operation](self, job)
        except JobFailed:
            raise
        except (Exception, SystemExit) as error:  # a script can raise or exit as it likes
            raise JobFailed(**_facts(error)) from error

    def close(self) -> None:
        """Let go of the lock."""
        lock, self.lock = self.lock, None
        if lock is not None:
            lock.close()

    def open(self, job: Job) -> None:
        """As a program of its own: take the variables, and start in the project's folder."""
        os.environ.update(job["variables"])
        self.folder = os.path.abspath(job["folder"])
        os.chdir(self.folder)

    @contextmanager
    def at_home(self) -> Iterator[None]:
        """Undo what the request before did to folder and path."""
        os.chdir(self.folder)
        path = list(sys.path)
        try:
            yield
        finally:
            sys.path[:] = path


# What can be asked for


def take_lock(session: Session, job: Job) -> None:
    """Take the migration lock of the job's database and keep it until the session is closed.

    Polled, never waited for: to CREATE INDEX CONCURRENTLY a waiting statement is a transaction
    to wait for, and neither would ever end.
    """
    lock = _FileLock(job) if job["url"].startswith("sqlite") else _DatabaseLock(job["url"])
    try:
        _expect("wrong_database", job["identity"], lock.identity(job["identity"]))
        _poll(lock, job["timeout"], session.emit)
    except BaseException:
        lock.close()
        raise
    session.lock = lock
    session.emit({"event": "locked"})


def give_up_lock(session: Session, _job: Job) -> None:
    """Let go of the migration lock, and of every connection to the database, env.py's included."""
    session.close()
    while session.engines:
        with suppress(Exception):  # an asynchronous one belongs to an event loop that is gone
            session.engines.pop().dispose()


def move(session: Session, job: Job) -> None:
    """Run the job's steps through env.py, in as few transactions as env.py allows."""
    _through_env(_Run(job, session), session, job)


def walk(session: Session, job: Job) -> None:
    """Run steps as they are asked for, each committed before it is answered.

    The job has the first one, requests `step` the others, and `end` is the last. All go through one
    run of env.py, or through one each where env.py begins a transaction by itself.
    """
    run = _Walk(job, session)
    asked = True
    while asked:
        run.connections.clear()
        _through_env(run, session, job)
        asked = not run.is_over and run.is_asked()


def _through_env(run: "_Run", session: Session, job: Job) -> None:
    config = _config(job)
    config.output_buffer = buffer = io.StringIO()
    scripts = ScriptDirectory.from_config(config)
    folder = os.path.abspath(scripts.dir)
    scripts.revision_map = RevisionMap(run.scripts.values)  # built when somebody asks it
    options = {
        "fn": run.steps,
        "as_sql": job["sql"],
        "starting_rev": tuple(job["before"]) or None if job["sql"] else None,
        "destination_rev": job["destination"],
        "dont_mutate": True,  # nothing is written before the guard has seen the connection
    }
    run.map = scripts.revision_map
    try:
        with ExitStack() as around:
            around.enter_context(_cancelling(run.connections))
            around.enter_context(_sqlite_begun(job["explicit_begin"]))
            around.enter_context(run.watched())
            environment = around.enter_context(EnvironmentContext(config, scripts, **options))
            if job["explicit_begin"] and not job["sql"]:
                _make_sqlite_transactional(environment)
            if isinstance(run, _Walk):
                _configure_with(environment, transaction_per_migration=True)
            scripts.run_env()
    except (Exception, SystemExit) as error:
        raise run.failure(error, folder) from error
    run.check()
    if job["sql"]:
        session.emit({"event": "sql", "text": buffer.getvalue()})


def evaluate(session: Session, job: Job) -> None:
    """Import one revision file and tell its four identifiers, for headers that are computed."""
    ScriptDirectory.from_config(_config(job))  # puts prepend_sys_path in place
    module = _module_at(job["path"])
    names = ("revision", "down_revision", "branch_labels", "depends_on")
    values = {name: getattr(module, name, None) for name in names}
    session.emit({"event": "header", "values": values})


def statements(session: Session, job: Job) -> None:
    """Tell what the scripts would send, each statement with the line of the script that sends it.

    Rendered by Alembic's offline mode, each script for itself and without env.py, which may import
    the whole project. What asks the database is told as the script's failure.
    """
    config = _config(job)
    scripts = ScriptDirectory.from_config(config)
    environment = EnvironmentContext(config, scripts, as_sql=True)
    with environment:
        for id_, (path, source, *_header) in job["scripts"].items():
            environment.configure(
                dialect_name=job["dialect"], output_buffer=io.StringIO(), literal_binds=True
            )
            script = _LazyScript(id_, path, source, [], [], [])
            told = _rendered(script, job["function"], environment.get_context())
            session.emit({"event": "statements", "revision": id_, **told})


def _rendered(script: Any, function: str, context: Any) -> Dict[str, Any]:
    """Line and text of each statement, and what stopped the script, if anything did."""
    sent: List[Tuple[int, str]] = []

    def note(text: str) -> None:
        sent.append((_line_in(script.path) or 0, text))

    context.impl.static_output = note
    failure: Dict[str, Any] = {}
    try:
        module = script.module
        with context.begin_transaction(), Operations.context(context), redirect_stdout(None):
            getattr(module, function)()
    except (Exception, SystemExit) as error:
        frame = _frame(error, script.path)
        failure = {"failure": _reason(error), "failed_line": frame.lineno if frame else None}
    return {"statements": sent, **failure}


def _line_in(path: str) -> Optional[int]:
    """The line of the file that is at work, or that called what is; None: the file did not."""
    frame: Any = sys._getframe()
    while frame and frame.f_code.co_filename != path:
        frame = frame.f_back
    return frame.f_lineno if frame else None


def revision(session: Session, job: Job) -> None:
    """Write a revision file by Alembic's own templates and hooks."""
    config = _config(job)
    with _journal_unseen():
        made = command.revision(config, **job["arguments"])
    _written(session, config, made)


def merge(session: Session, job: Job) -> None:
    """Write a revision file that has several parents."""
    config = _config(job)
    _written(session, config, command.merge(config, **job["arguments"]))


def compare(session: Session, job: Job) -> None:
    """Tell in which ways the database differs from the models that env.py names."""
    config = _config(job)
    scripts = ScriptDirectory.from_config(config)
    outcome: List[Any] = []

    def look(_heads: Tuple[str, ...], context: Any) -> List[Any]:
        try:
            _expect("wrong_database", job["identity"], identity(context.connection))
            metadata = context.opts["target_metadata"]
            if metadata is None:
                raise JobFailed(code="no_models", message="env.py sets no target_metadata")
            outcome.extend(_differences(context, metadata))
        except JobFailed as failed:
            outcome[:] = [failed]  # env.py may catch it
            raise
        outcome.append(None)
        return []

    with _journal_unseen(), EnvironmentContext(config, scripts, fn=look, dont_mutate=True):
        scripts.run_env()
    if outcome and isinstance(outcome[0], JobFailed):
        raise outcome[0]
    if not outcome:
        raise JobFailed(code="env_failed", message="it runs no migrations")
    for text in outcome[:-1]:
        session.emit({"event": "difference", "text": text})


def _differences(context: Any, metadata: Any) -> Iterator[str]:
    """What autogenerate would write, and what it does not look at: enum labels and CHECKs."""
    from alembic.autogenerate import compare_metadata
    from sqlalchemy import inspect

    for found in compare_metadata(context, metadata):
        for one in found if isinstance(found, list) else [found]:
            yield _difference(one)
    every = metadata if isinstance(metadata, (list, tuple)) else [metadata]
    chosen = context.opts.get("include_object") or (lambda *_about: True)
    tables = [
        table
        for one in every
        for table in one.sorted_tables
        if chosen(table, table.name, "table", False, None)
    ]
    inspector = inspect(context.connection)
    if context.connection.dialect.name == "postgresql":
        yield from _enum_differences(tables, inspector)
    yield from _check_differences(tables, inspector, context.connection.dialect)


def _difference(found: Tuple[Any, ...]) -> str:
    """One of Alembic's differences in words."""
    kind = str(found[0]).replace("_", " ")
    if kind.startswith("modify"):
        table, column, old, new = found[2], found[3], found[5], found[6]
        return f"{kind} of {table}.{column}: {old!r} -> {new!r}"
    if kind in ("add column", "remove column"):
        return f"{kind} {found[2]}.{found[3].name}"
    table = getattr(found[1], "table", None)
    where = f" of {table.name}" if table is not None else ""
    return f"{kind} {getattr(found[1], 'name', None) or ''}{where}".rstrip()


def _enum_differences(tables: List[Any], inspector: Any) -> Iterator[str]:
    """Labels that only the models or only the database have."""
    there = {enum["name"]: enum["labels"] for enum in inspector.get_enums(schema="*")}
    types = [column.type for table in tables for column in table.columns]
    types += [kind.item_type for kind in types if hasattr(kind, "item_type")]
    here = {kind.name: kind.enums for kind in types if getattr(kind, "enums", None)}
    for name in sorted(set(here) & set(there), key=str):
        for label in here[name]:
            if label not in there[name]:
                yield f"add label {label} of enum {name}"
        for label in there[name]:
            if label not in here[name]:
                yield f"remove label {label} of enum {name}"


def _check_differences(tables: List[Any], inspector: Any, dialect: Any) -> Iterator[str]:
    """Named CHECK constraints that only the models or only the database have."""
    from sqlalchemy import CheckConstraint

    for table in tables:
        if not inspector.has_table(table.name, schema=table.schema):
            continue
        named = {
            str(dialect.identifier_preparer.format_constraint(one) or "").strip('"`'): one
            for one in table.constraints
            if isinstance(one, CheckConstraint)
        }
        found = inspector.get_check_constraints(table.name, schema=table.schema)
        known = {str(one["name"]) for one in found if one["name"]}
        for name in sorted(set(named) - known - {""}):
            if not getattr(named[name], "_type_bound", False):  # an enum's, where it is no type
                yield f"add check {name} of {table.name}"
        yield from (f"remove check {n} of {table.name}" for n in sorted(known - set(named)))


@contextmanager
def _journal_unseen() -> Iterator[None]:
    """Have autogenerate leave the journal's schema alone where env.py compares every schema."""
    configure = EnvironmentContext.configure

    def configure_without(self: Any, *given: Any, **options: Any) -> Any:
        theirs = options.get("include_name")

        def include_name(name: Any, kind: str, parents: Any) -> Any:
            if kind == "schema" and name == "fidesdev":
                return False
            return True if theirs is None else theirs(name, kind, parents)

        return configure(self, *given, **{**options, "include_name": include_name})

    EnvironmentContext.configure = configure_without  # type: ignore[method-assign]
    try:
        yield
    finally:
        EnvironmentContext.configure = configure  # type: ignore[method-assign]


def _written(session: Session, config: Config, made: Any) -> None:
    for script in made if isinstance(made, list) else [made]:
        if script is not None:
            path = os.path.relpath(script.path, os.path.dirname(_file(config)))
            session.emit({"event": "written", "revision": script.revision, "path": path})


OPERATIONS: Dict[str, Callable[[Session, Job], None]] = {
    "lock": take_lock,
    "unlock": give_up_lock,
    "move": move,
    "walk": walk,
    "evaluate": evaluate,
    "statements": statements,
    "revision": revision,
    "merge": merge,
    "compare": compare,
}


# One plan through env.py


class _Run:
    """One execution of a plan: which step runs, and what env.py's connection turned out to be."""

    def __init__(self, job: Job, session: Session) -> None:
        self.job = job
        self.session = session
        self.emit = session.emit
        self.lock = session.lock
        self.scripts = {id_: _LazyScript(id_, *about) for id_, about in job["scripts"].items()}
        self.watch = _Watch(job, session.emit) if "watch" in job else None
        self.map: Any = None
        self.connections: List[Any] = []
        self.refusal: Optional[JobFailed] = None
        self.running: Optional[int] = None
        self.committed = False
        self.ended = False
        self.pid: Optional[int] = None
        self.blockers: List[Dict[str, Any]] = []

    def steps(self, heads: Tuple[str, ...], context: Any) -> Iterator[Any]:
        """What Alembic calls from env.py's `context.run_migrations()`."""
        if not self.job["sql"]:
            self._guard(heads, context)
            self._prepare(context)
        notes = _Notes(self.job, context.connection)
        steps = [self._step(step, notes) for step in self.job["steps"]]  # imports their scripts
        if self.watch:
            self.watch.begin(context.connection, self.pid, steps)
        if not self.job["sql"] and not heads:
            context._ensure_version_table()
        for index, step in enumerate(steps):
            self._check_lock()
            self.running = index
            self.emit({"event": "started", "step": index})
            yield step
            self._keep(context)
            self.emit({"event": "finished", "step": index})
        self._check_lock()
        self.running, self.ended = None, True

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
        facts = _facts(error)
        if self.running is None:
            frame = _frame(error, scripts)
            place = [frame.filename, frame.lineno] if frame else None
            return JobFailed(**facts, ended=self.ended, place=place)
        script = self.scripts.get(self.job["steps"][self.running]["revision"])
        frame = _frame(error, script.path) if script else None
        facts.update(code="step_failed", line=frame.lineno if frame else None)
        blockers = self.blockers if facts["sqlstate"] == "55P03" else []
        return JobFailed(step=self.running, blockers=blockers, **facts)

    @contextmanager
    def watched(self) -> Iterator[None]:
        """Tell, while it lasts, who keeps a statement of the migrations waiting."""
        if not isinstance(self.lock, _DatabaseLock) or self.job["sql"]:
            yield
            return
        end = threading.Event()
        watch = threading.Thread(target=self._watch, args=(end,), daemon=True)
        watch.start()
        try:
            yield
        finally:
            end.set()
            watch.join()

    def _watch(self, end: threading.Event) -> None:
        timeout = self.job["statement_lock_timeout"]
        pause = min(1.0, timeout / 4) if timeout else 1.0
        told: List[int] = []
        while not end.wait(pause):
            with suppress(Exception):  # a lost connection is told by `_check_lock`
                found = self.lock.blockers(self.pid) if self.pid else []
                self.blockers = found or self.blockers
                pids = [blocker["pid"] for blocker in found]
                if pids != told:
                    told = pids
                    if found:
                        self.emit({"event": "blocked", "step": self.running, "by": found})

    def _guard(self, heads: Tuple[str, ...], context: Any) -> None:
        """Refuse, before anything is written, any database but the one that was planned for."""
        table = [context.version_table, context.version_table_schema or ""]
        if not table[1] and self.job["version_table"][1]:  # the search path may lead there
            schema = _first_schema(context.connection)
            table[1] = schema if schema == self.job["version_table"][1] else ""
        try:
            _expect("version_table_differs", self.job["version_table"], table)
            _expect("wrong_database", self.job["identity"], identity(context.connection))
            _expect("stale_plan", sorted(self.job["before"]), sorted(heads))
        except JobFailed as refusal:
            self.refusal = refusal
            raise

    def _prepare(self, context: Any) -> None:
        """Make env.py's connection known, and have it end soon when this process does."""
        connection = context.connection
        self.connections.append(connection)
        self.session.engines.append(connection.engine)
        self._notice_commits(context)
        if connection.dialect.name != "postgresql":
            return
        # the server looks only when it runs on Linux, and fails to set it where it cannot look
        interval = "name = 'client_connection_check_interval' AND version() LIKE '%linux%'"
        set_ = "SELECT set_config(name, '1000', false) FROM pg_settings WHERE "
        connection.execute(text(set_ + interval))
        if seconds := self.job["statement_lock_timeout"]:
            milliseconds = max(1, int(seconds * 1000))  # 0 would mean: as long as it takes
            connection.execute(text(f"SELECT set_config('lock_timeout', '{milliseconds}', false)"))
        connection.execute(text("SELECT pg_advisory_lock_shared(%d, %d)" % MARK))
        self.pid = connection.execute(text("SELECT pg_backend_pid()")).scalar()

    def _notice_commits(self, context: Any) -> None:
        """Learn that a script leaves the transaction."""
        block = context.autocommit_block

        def autocommit_block() -> Any:
            self.committed = True
            return block()

        context.autocommit_block = autocommit_block
        self._commit = block

    def _keep(self, context: Any) -> None:
        """Commit after a step that committed in between: what it did cannot be rolled back.

        Else a later failure would leave the step done, and the version table saying it is not.
        """
        if self.committed and context.connection.in_transaction():
            with self._commit():
                pass
        self.committed = False

    def _check_lock(self) -> None:
        if self.lock is None or self.job["sql"]:
            return
        try:
            self.lock.check()
        except Exception as error:
            reason = f"the connection that holds the migration lock was lost: {_reason(error)}"
            self.refusal = JobFailed(**{**_facts(error), "code": "lock_lost", "message": reason})
            raise self.refusal from error

    def _step(self, step: Job, notes: _Notes) -> Any:
        id_, direction = step["revision"], step["direction"]
        if direction in ("insert", "delete"):  # a row of the version table; no script runs
            insert = direction == "insert"
            from_, to_ = ((), id_) if insert else (id_, ())
            made: Any = StampStep(from_, to_, insert, True, self.map)
        else:
            self.scripts[id_].map = self.map
            made = _PlannedStep(self.map, self.scripts[id_], direction == "up")
            made.rows = tuple(step["rows"])
            if step.get("note") and not self.job["sql"]:
                made.migration_fn = notes.after(made.migration_fn, step["note"])
        return made


class _Walk(_Run):
    """Steps that are asked for one after the other."""

    is_over = False

    def steps(self, heads: Tuple[str, ...], context: Any) -> Iterator[Any]:
        self.ended = True  # an env.py may ask again, when all is done
        if self.is_over:
            return
        self._guard(heads, context)
        self._prepare(context)
        if not heads:
            context._ensure_version_table()
        notes = _Notes(self.job, context.connection)
        while True:
            self.running = 0
            yield self._telling(self._step(self.job["steps"][0], notes), context.connection)
            self._keep(context)
            self.running = None
            if context.connection.in_transaction() or not self.is_asked():
                return

    def _telling(self, step: Any, connection: Any) -> Any:
        """The step, which also tells what it wrote to, or null where it committed in between."""
        script = step.migration_fn

        @wraps(script)
        def run(**given: Any) -> None:
            connection.execute(text("SELECT set_config('fidesdev.step', 'one', true)"))
            script(**given)
            ((is_one, tables),) = connection.execute(text(_WRITTEN_SQL)).fetchall()
            self.emit({"event": "wrote", "tables": list(tables) if is_one else None})

        if connection.dialect.name == "postgresql":
            step.migration_fn = run
        return step

    def is_asked(self) -> bool:
        """Answer the request that is done, and wait for the next one: whether it is a step."""
        session = self.session
        session.emit({"event": "done", "number": session.number})
        request = session.receive()
        session.number = request["number"]
        self.is_over = request["operation"] != "step"
        if not self.is_over:
            self.job.update(request["job"])
        return not self.is_over


class _Notes:
    """What is recorded of the steps: written just before the transaction that they ran in commits.

    One statement for all of them, however many; what is rolled back is never written.
    """

    def __init__(self, job: Job, connection: Any) -> None:
        self.statement: str = job.get("note", "")
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
            connection.execute(text(self.statement), {"steps": json.dumps(steps)}).close()

    def forget(self, _connection: Any) -> None:
        """It did not happen."""
        self.waiting = []


class _Watch:
    """What steps do on a copy of the database: their statements, and what a connection sees of it.

    The job's `watch` has queries by name. `locks` is asked after every new statement: its rows are
    the locks of the backend. `schema` and `tables` are asked before the first step and after each
    one, inside of its transaction; of their rows those are told that are `gone` or `new`. A row of
    `tables` is a key, a name, what to count in (or null), and a token that differs when it changed.
    """

    def __init__(self, job: Job, emit: Emit) -> None:
        self.queries: Dict[str, str] = job["watch"]
        self.url: str = job["url"]
        self.emit = emit
        self.connection: Any = None
        self.pid: Optional[int] = None
        self.path = ""
        self.sent: Dict[Tuple[int, str], Job] = {}
        self.held: Set[Tuple[Any, ...]] = set()
        self.seen: Dict[str, Set[Tuple[Any, ...]]] = {"schema": set(), "tables": set()}
        self.counts: Dict[Any, Tuple[Any, Optional[int]]] = {}
        self.onlooker: Optional[_Onlooker] = None
        self.began = self.looking = 0.0
        self.left = False

    def begin(self, connection: Any, pid: Optional[int], steps: List[Any]) -> None:
        """Look at what is there, and from now on at what each of the steps sends."""
        self.connection, self.pid = connection, pid
        event.listen(connection, "before_cursor_execute", self._before)
        event.listen(connection, "after_cursor_execute", self._after)
        for index, step in enumerate(steps):
            if isinstance(step, _PlannedStep):
                step.migration_fn = self._watched(step.migration_fn, step.revision.path, index)
        self._look(None)

    def _watched(self, script: Callable[..., Any], path: str, index: int) -> Callable[..., Any]:
        """The script's function, watched while it runs."""

        @wraps(script)
        def run(**given: Any) -> None:
            held = self.held = self._locks(self.connection)
            self.sent, self.looking, self.left, late = {}, 0.0, False, []
            self.path, started = path, time.monotonic()
            try:
                script(**given)
                late = self._new_locks(self.connection)
            finally:
                seconds = time.monotonic() - started - self.looking
                self.path = ""
                self._end_onlooker()
                sent = list(self.sent.values())
                facts = {"held": list(held), "late": late, "seconds": seconds, "statements": sent}
                self.emit({"event": "sent", "step": index, **facts})
            self._look(index)

        return run

    def _before(self, connection: Any, *_rest: Any) -> None:
        if self.path:
            called, alone = time.monotonic(), _is_autocommit(connection)
            self.left = self.left or alone
            if alone and self.pid and "locks" in self.queries:
                self.onlooker = _Onlooker(self.url, self.queries["locks"], self.pid)
            self.began = time.monotonic()
            self.looking += self.began - called

    def _after(self, connection: Any, _cursor: Any, statement: str, *_rest: Any) -> None:
        if not self.path:
            return
        ended = time.monotonic()
        line, alone = _line_in(self.path), self._end_onlooker()
        if line is not None:
            note = self.sent.get((line, statement))
            if note is None:
                locks = self._new_locks(connection) if alone is None else list(alone)
                note = {"line": line, "sql": statement, "times": 0, "seconds": 0.0, "locks": locks}
                note["alone"] = alone is not None
                self.sent[line, statement] = note
            note["times"] += 1
            note["seconds"] += ended - self.began
        self.looking += time.monotonic() - ended

    def _new_locks(self, connection: Any) -> List[Tuple[Any, ...]]:
        before, self.held = self.held, self._locks(connection)
        return list(self.held - before)

    def _locks(self, connection: Any) -> Set[Tuple[Any, ...]]:
        return set(self._rows(connection, "locks")) if "locks" in self.queries else set()

    def _end_onlooker(self) -> Optional[Set[Tuple[Any, ...]]]:
        """The locks of a statement outside of a transaction; None: it was not outside of one."""
        onlooker, self.onlooker = self.onlooker, None
        return onlooker.end() if onlooker else None

    def _look(self, step: Optional[int]) -> None:
        """Tell what came and went in schema and tables."""
        for name in (name for name in ("schema", "tables") if name in self.queries):
            rows = set(self._tables() if name == "tables" else self._with_settings())
            gone, new = self.seen[name] - rows, rows - self.seen[name]
            self.seen[name] = rows
            facts = {"name": name, "gone": list(gone), "new": list(new)}
            self.emit({"event": "seen", "step": step, **facts})

    def _tables(self) -> Iterator[Tuple[Any, ...]]:
        """Key, name and number of rows; counted again only where they may be others."""
        for key, name, source, token in self._rows(self.connection, "tables"):
            known = self.counts.get(key)
            if known is None or self.left or token not in (None, known[0]):
                known = self.counts[key] = (token, self._count(source) if source else None)
            yield key, name, known[1]

    def _count(self, source: str) -> int:
        counted = "SELECT count(*) FROM " + source.replace(":", "\\:")  # noqa: S608 - quoted there
        return int(self.connection.execute(text(counted)).scalar())

    def _with_settings(self) -> List[Tuple[Any, ...]]:
        """The rows of `schema`, which is asked with settings that do not stay."""
        if "settings" not in self.queries:
            return self._rows(self.connection, "schema")
        around = ["SAVEPOINT fidesdev", "ROLLBACK TO fidesdev", "RELEASE fidesdev"]
        begin, *end = ["BEGIN", "ROLLBACK"] if _is_autocommit(self.connection) else around
        self.connection.execute(text(begin))
        self.connection.execute(text(self.queries["settings"]))
        rows = self._rows(self.connection, "schema")
        for statement in end:
            self.connection.execute(text(statement))
        return rows

    def _rows(self, connection: Any, name: str) -> List[Tuple[Any, ...]]:
        path, self.path = self.path, ""  # these are not the script's
        try:
            return [tuple(row) for row in connection.execute(text(self.queries[name])).fetchall()]
        finally:
            self.path = path


class _Onlooker:
    """Sees from a connection of its own what a statement locks that is its own transaction.

    It looks as often as it can. What waits until older transactions are gone, as to build an index
    concurrently does before it ends, waits for this one's, and is seen in any case.
    """

    def __init__(self, url: str, locks: str, pid: int) -> None:
        self.connection = _open(url)
        self.locks = locks.replace("pg_backend_pid()", str(int(pid)))
        self.pid = {"pid": pid}
        waits = "SELECT count(*) FROM pg_locks WHERE pid = :pid AND locktype = 'virtualxid'"
        self.waits = text(f"{waits} AND NOT granted")
        self.found: Set[Tuple[Any, ...]] = set()
        self.over = threading.Event()
        self.connection.execute(text("BEGIN ISOLATION LEVEL REPEATABLE READ"), {})
        self.connection.execute(text("SELECT 1"), {})
        self.thread = threading.Thread(target=self._look, daemon=True)
        self.thread.start()

    def end(self) -> Set[Tuple[Any, ...]]:
        """What was seen."""
        self.over.set()
        self.thread.join()
        return self.found

    def _look(self) -> None:
        holds = True
        with suppress(Exception):  # a lost connection holds nobody up
            while not self.over.wait(0.002):
                rows = self.connection.execute(text(self.locks), {}).fetchall()
                self.found.update(tuple(row) for row in rows)
                if holds and self.connection.execute(self.waits, self.pid).fetchall()[0][0]:
                    self.connection.execute(text("COMMIT"), {})
                    holds = False
        with suppress(Exception):
            self.connection.close()


def _is_autocommit(connection: Any) -> bool:
    """Whether each statement is a transaction of its own; psycopg and asyncpg tell."""
    pooled = connection.connection
    driver = getattr(pooled, "dbapi_connection", None) or pooled.connection  # before 1.4.24
    is_postgres = connection.dialect.name == "postgresql"
    return is_postgres and bool(getattr(driver, "autocommit", False))


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


class _LazyScript(Script):
    """A revision whose header was sent with the job; its module is loaded when it is wanted."""

    def __init__(
        self,
        id_: str,
        path: str,
        source: Optional[str],
        parents: List[str],
        depends_on: List[str],
        labels: List[str],
    ) -> None:
        Revision.__init__(
            self, id_, tuple(parents) or None, tuple(depends_on) or None, tuple(labels)
        )
        self.path = os.path.abspath(path) if path else f"<revision {id_}>"
        self.map: Any = None
        self._source = source
        self._module: Optional[ModuleType] = None

    def __getattr__(self, name: str) -> Any:
        """What only the map of all revisions can tell, such as which id a label stands for."""
        if self.map is None or name.startswith("__"):
            raise AttributeError(name)
        owner, self.map = self.map, None
        owner._revision_map  # noqa: B018 - it is built now, and tells every revision
        return getattr(self, name)

    @property
    def module(self) -> ModuleType:  # type: ignore[override] # it is not set, but loaded
        if self._module is None:
            if self._source is None:
                self._module = _module_at(self.path)
            else:
                self._module = _module_of(self.path, self._source)
        return self._module


class _Compiling(SourceFileLoader):
    """Runs what the file says now; leaves no byte code, and trusts none.

    Python knows byte code by the second and the size of its source, and a file that is rebased,
    edited by a script or exchanged by a switch of branches can have the same of both.
    """

    def get_code(self, fullname: str) -> Any:
        return self.source_to_code(self.get_data(self.path), self.path)


def _module_at(path: str) -> ModuleType:
    """The module in the file."""
    name = Path(path).stem
    loader = _Compiling(name, path)
    spec = spec_from_file_location(name, path, loader=loader)
    assert spec  # whatever the file is called, since the loader is given
    module = module_from_spec(spec)
    loader.exec_module(module)
    return module


def _module_of(path: str, source: str) -> ModuleType:
    """The module that the text is, as though it were in the file; tracebacks show its lines."""
    linecache.cache[path] = (len(source), None, source.splitlines(True), path)
    module = ModuleType(Path(path).stem)
    module.__file__ = path
    exec(compile(source, path, "exec", dont_inherit=True), module.__dict__)  # noqa: S102
    return module


def _config(job: Job) -> Config:
    files = {key: os.path.abspath(job[key]) for key in ("ini", "toml") if job.get(key)}
    for file in files.values():
        if not os.path.isfile(file):
            raise JobFailed(code="env_failed", message=f"there is no {file} here")
    options = argparse.Namespace(x=job["x"] or None, sql=job["sql"], raiseerr=True, quiet=True)
    vars(options).update(job.get("arguments", {}))  # env.py may look at `autogenerate`
    arguments = {"ini_section": job["section"], "cmd_opts": options, "stdout": sys.stdout}
    if "toml" in files and _version() >= (1, 16):  # the first that reads it
        arguments["toml_file"] = files["toml"]
    config = Config(files.get("ini"), **arguments)
    located = getattr(config, "get_alembic_option", config.get_main_option)("script_location")
    if not located and os.path.isfile(env := _beside(files.get("ini", ""))):
        config.set_main_option("script_location", os.path.dirname(env).replace("%", "%%"))
    if job["url"]:
        config.set_main_option("sqlalchemy.url", job["url"].replace("%", "%%"))
    return config


def _beside(ini: str) -> str:
    """Where Flask-Migrate has env.py: its ini lies in the folder of the scripts."""
    return os.path.join(os.path.dirname(os.path.abspath(ini)), "env.py")


@contextmanager
def _application(operation: str, job: Job) -> Iterator[None]:
    """The application that env.py of Flask-Migrate works in, found as the `flask` program does."""
    env = _beside(job.get("ini") or "")
    if operation not in _THROUGH_ENV or not os.path.isfile(env):
        yield
        return
    if b"current_app" not in Path(env).read_bytes():
        yield
        return
    from flask.cli import ScriptInfo, load_dotenv

    here = os.getcwd()
    os.chdir(os.path.dirname(os.path.dirname(env)))
    try:
        load_dotenv()
        application = ScriptInfo().load_app()
    finally:
        os.chdir(here)
    with application.app_context():
        yield


def _file(config: Any) -> str:
    return str(config.config_file_name or config.toml_file_name)


def identity(connection: Any) -> List[Any]:
    """What no other database has; for SQLite path and inode of the file, 0 while there is none."""
    name = connection.dialect.name
    if name == "postgresql":
        return [name, *connection.execute(text(IDENTITY_SQL)).fetchone()]
    if name != "sqlite":
        return [name]
    return _file_identity(connection.execute(text("PRAGMA database_list")).fetchone()[2])


def _first_schema(connection: Any) -> Any:
    """The schema in which a name without one is created; None where there is none."""
    if connection.dialect.name != "postgresql":
        return None
    return connection.execute(text("SELECT current_schema()")).scalar()


def _file_identity(file: str) -> List[Any]:
    if not file:
        return ["sqlite", "", 0]
    path = Path(file).resolve()
    return ["sqlite", str(path), path.stat().st_ino if path.exists() else 0]


def _expect(code: str, expected: List[Any], found: List[Any]) -> None:
    if code == "wrong_database" and expected[-1:] == [0]:
        found = [*found[:-1], 0]  # a SQLite file that was not there yet
    if found != expected:
        raise JobFailed(code=code, expected=expected, found=found)


# The migration lock


def _poll(lock: Any, timeout: float, emit: Emit) -> None:
    """Take the lock within `timeout` seconds, telling now and then who has it."""
    began, pause, told = time.monotonic(), 0.05, None
    while not lock.take():
        waited = time.monotonic() - began
        holder = lock.holder()
        if waited >= timeout:
            raise JobFailed(code="locked", holder=holder, waited=waited)
        if told is None or waited - told >= _ANNOUNCED_EVERY:
            emit({"event": "waiting", "holder": holder, "seconds": waited})
            told = waited
        time.sleep(min(timeout - waited, pause * random.uniform(0.5, 1.0)))  # noqa: S311
        pause = min(pause * 2, _LONGEST_PAUSE)


def _who() -> Tuple[str, str, int]:
    try:
        user = getpass.getuser()
    except (KeyError, OSError, ImportError):  # a container's user without an entry
        user = str(os.getuid())
    return user, socket.gethostname(), os.getpid()


class _DatabaseLock:
    """A PostgreSQL advisory lock on a connection of its own that never opens a transaction."""

    def __init__(self, url: str) -> None:
        self.using = threading.Lock()
        self.taken = False
        self.connection = _open(url)
        user, host, pid = _who()
        prefix, suffix = "fidesdev lock ", f" pid {pid}"
        room = _LONGEST_NAME - len(prefix) - len(suffix)
        name = prefix + f"{user}@{host}"[:room] + suffix
        set_ = "SELECT set_config('application_name', :name, false)"
        self._rows(set_, name=name)
        # an idle connection is this one's whole purpose
        self._rows(
            "SELECT set_config(name, '0', false) FROM pg_settings"
            " WHERE name IN ('idle_session_timeout', 'statement_timeout')"
        )

    def identity(self, _expected: List[Any]) -> List[Any]:
        return ["postgresql", *self._rows(IDENTITY_SQL)[0]]

    def take(self) -> bool:
        """Whether the lock is held now, and nothing of a holder that was killed is at work."""
        if not self.taken:
            self.taken = self._rows("SELECT pg_try_advisory_lock(%d, %d)" % LOCK)[0][0]
        return self.taken and not self._find(MARK, busy=True)

    def holder(self) -> Dict[str, Any]:
        return self._find(MARK, busy=True) if self.taken else self._find(LOCK, busy=False)

    def blockers(self, pid: int) -> List[Dict[str, Any]]:
        """Who keeps the statement of a connection waiting."""
        return [dict(zip(_HOLDER_KEYS, row)) for row in self._rows(_BLOCKERS_SQL, pid=pid)]

    def check(self) -> None:
        """Raise when the connection is lost, and the lock with it."""
        if not self._is_silent():
            self._rows("SELECT 1")

    def close(self) -> None:
        with suppress(Exception):  # it may be lost
            self.connection.close()

    def _is_silent(self) -> bool:
        """Whether nothing came from the server; the end of a connection can be read from it."""
        try:
            return not select.select([self.connection.connection.fileno()], [], [], 0)[0]
        except Exception:  # not every driver tells
            return False

    def _find(self, keys: Tuple[int, int], *, busy: bool) -> Dict[str, Any]:
        found = self._rows(_HOLDERS_SQL, first=keys[0], second=keys[1], busy=busy)
        return dict(zip(_HOLDER_KEYS, found[0])) if found else {}

    def _rows(self, statement: str, **values: Any) -> List[Any]:
        with self.using:
            return list(self.connection.execute(text(statement), values).fetchall())


class _FileLock:
    """A lock on a file beside a SQLite database; its text tells who holds it."""

    def __init__(self, job: Job) -> None:
        self.database = job["identity"][1]
        self.path = self.database + ".fidesdev-lock"
        self.file: Any = None

    def identity(self, expected: List[Any]) -> List[Any]:
        return expected  # SQLite has no server that another name could lead to

    def take(self) -> bool:
        if not self.database:
            return True  # a database in memory is nobody else's
        file = open(self.path, "a+")  # noqa: SIM115 - it stays open as long as the lock is held
        try:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
            if os.fstat(file.fileno()).st_ino != os.stat(self.path).st_ino:
                raise BlockingIOError  # the holder before removed it in this moment
        except OSError as error:
            file.close()
            if isinstance(error, (BlockingIOError, FileNotFoundError)):
                return False
            raise
        user, host, pid = _who()
        self.file = file
        file.truncate(0)
        file.write(json.dumps({"pid": pid, "user": user, "host": host, "since": time.time()}))
        file.flush()
        return True

    def holder(self) -> Dict[str, Any]:
        with suppress(OSError, ValueError):  # gone by now, or being written
            found = json.loads(Path(self.path).read_text())
            return found if isinstance(found, dict) else {}
        return {}

    def check(self) -> None:
        """The kernel takes it away from nobody."""

    def close(self) -> None:
        if self.file is not None:
            try:
                with suppress(OSError):
                    os.unlink(self.path)
            finally:
                self.file.close()  # at Ctrl-C too: what this process does next wants the lock


def _open(url: str) -> Any:
    """An open connection in autocommit mode, through whatever driver is there.

    An asynchronous driver is used only where no other one is installed.
    """
    made = make_url(url)
    options: Dict[str, Any] = {"isolation_level": "AUTOCOMMIT", "poolclass": NullPool}
    if made.get_dialect().is_async:
        others = [name for name in ("psycopg2", "psycopg", "pg8000") if find_spec(name)]
        if not others:
            return _AsyncConnection(url, options)
        made = made.set(drivername=f"postgresql+{others[0]}")
    return sqlalchemy.create_engine(made, **options).connect()


class _AsyncConnection:
    """An asynchronous connection, used as though it were not.

    Its loop runs in a thread of its own, since an asynchronous env.py has one in this thread.
    """

    def __init__(self, url: str, options: Dict[str, Any]) -> None:
        import asyncio

        from sqlalchemy.ext.asyncio import create_async_engine

        self.loop = asyncio.new_event_loop()
        threading.Thread(target=self._run, daemon=True).start()
        self.ready = asyncio.run_coroutine_threadsafe
        connected = create_async_engine(url, **options).connect()
        try:
            self.connection = self._await(connected.start())
        except BaseException:
            self._stop()
            raise

    def execute(self, statement: Any, values: Dict[str, Any]) -> Any:
        return self._await(self.connection.execute(statement, values))

    def close(self) -> None:
        try:
            self._await(self.connection.close())
        finally:
            self._stop()

    def _run(self) -> None:
        self.loop.run_forever()
        self.loop.close()

    def _await(self, result: Any) -> Any:
        return self.ready(result, self.loop).result()

    def _stop(self) -> None:
        self.loop.call_soon_threadsafe(self.loop.stop)


# SQLite in one transaction


def _make_sqlite_transactional(environment: Any) -> None:
    """Tell Alembic that SQLite rolls back tables too, which it does once somebody begins.

    On the one object: Alembic's module `context` knows nothing of subclasses.
    """
    configure = environment.configure

    def configured(connection: Any = None, *rest: Any, **options: Any) -> None:
        if connection is not None and connection.dialect.name == "sqlite":
            options["transactional_ddl"] = True
        configure(connection, *rest, **options)

    environment.configure = configured


def _configure_with(environment: Any, **more: Any) -> None:
    """Add options to those that env.py gives."""
    configure = environment.configure

    def configured(connection: Any = None, *rest: Any, **options: Any) -> None:
        configure(connection, *rest, **{**options, **more})

    environment.configure = configured


@contextmanager
def _sqlite_begun(wanted: bool) -> Iterator[None]:
    """Begin a transaction where Python's sqlite3 does not: before anything but INSERT and such.

    The event is on the class, since env.py makes the engine.
    """
    if not wanted:
        yield
        return
    event.listen(Engine, "before_cursor_execute", _begin_sqlite)
    try:
        yield
    finally:
        event.remove(Engine, "before_cursor_execute", _begin_sqlite)


def _begin_sqlite(connection: Any, cursor: Any, statement: str, *_rest: Any) -> None:
    if connection.dialect.name != "sqlite" or not connection.in_transaction():
        return
    driver = _driver(connection)
    if driver.isolation_level is None:  # autocommit, or an env.py that begins by itself
        return
    word = statement.split(None, 1)[0].upper() if statement.strip() else ""
    if driver.in_transaction and word == "PRAGMA":
        _refuse_lost_pragma(cursor, statement)
    elif not driver.in_transaction and word not in _OUTSIDE:
        cursor.execute("BEGIN IMMEDIATE")


def _driver(connection: Any) -> Any:
    """The connection as its driver made it."""
    pooled = connection.connection
    return getattr(pooled, "driver_connection", None) or pooled.connection  # before 1.4.24


def _refuse_lost_pragma(cursor: Any, statement: str) -> None:
    """Raise for a PRAGMA that SQLite ignores in a transaction; tables could lose rows by that."""
    name, equals, value = statement.partition(" ")[2].strip(" ;").partition("=")
    if name.strip().lower() != "foreign_keys" or not equals:
        return
    cursor.execute("PRAGMA foreign_keys")
    now = bool(cursor.fetchone()[0])
    if now != (value.strip(" '\"").lower() in ("1", "on", "true", "yes")):
        raise RuntimeError(f"{statement.strip()} has no effect inside a transaction")


# Ctrl-C


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
    watch = threading.Thread(target=_watch_signals, args=(reader, connections), daemon=True)
    watch.start()
    before = signal.set_wakeup_fd(writer.fileno(), warn_on_full_buffer=False)
    try:
        yield
    finally:
        signal.set_wakeup_fd(before)
        writer.close()
        watch.join()
        reader.close()


def _watch_signals(reader: socket.socket, connections: List[Any]) -> None:
    """Cancel on every SIGINT until the other end is closed."""
    for number in iter(lambda: reader.recv(1), b""):
        for connection in connections if number[0] == signal.SIGINT else ():
            with suppress(Exception):  # a closed one runs nothing, and not every driver can
                driver = _driver(connection)
                (getattr(driver, "cancel", None) or driver.interrupt)()


# What an exception says


def _facts(error: BaseException) -> Dict[str, Any]:
    said = getattr(error, "orig", None)
    return {
        "code": "env_failed",
        "message": _reason(error),
        "kind": type(error).__name__,
        "statement": _statement(error),
        "sqlstate": getattr(said, "sqlstate", None) or getattr(said, "pgcode", None),
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


# As a program


def main() -> None:
    """Answer requests until told to close; never returns."""
    requests, emit = _private_streams()
    waiting: queue.Queue[Dict[str, Any]] = queue.Queue()
    threading.Thread(target=_listen, args=(requests, waiting), daemon=True).start()
    if unfit := _unfit():
        emit({"event": "unfit", "message": unfit})
        _leave(1)
    emit({"event": "ready", "pid": os.getpid(), "alembic": alembic_version})
    session = Session(emit)
    session.receive = waiting.get
    while True:
        try:
            request = waiting.get()
            session.number = request["number"]
            answer = _answer(session, request["operation"], request["job"])
        except KeyboardInterrupt:
            answer = {"event": "failed", "facts": {"code": "interrupted"}}
        emit({**answer, "number": session.number})
        if request["operation"] == "close":
            _leave(0)


def _answer(session: Session, operation: str, job: Job) -> Dict[str, Any]:
    try:
        if operation == "open":
            session.open(job)
        elif operation == "close":
            session.close()
        else:
            with session.at_home():
                session.perform(operation, job)
    except JobFailed as failed:
        return {"event": "failed", "facts": failed.facts}
    except OSError as error:
        return {"event": "failed", "facts": _facts(error)}
    return {"event": "done"}


def _private_streams() -> Tuple[io.BufferedReader, Emit]:
    """Stdin's lines and a writer to stdout; env.py, its prints and its children get neither."""
    requests, replies = os.fdopen(os.dup(0), "rb"), os.dup(1)
    null = os.open(os.devnull, os.O_RDONLY)
    os.dup2(null, 0)
    os.close(null)
    os.dup2(2, 1)
    sys.stdout.reconfigure(line_buffering=True)  # type: ignore[union-attr] # before 3.7 it was not
    writing = threading.Lock()

    def emit(fact: Dict[str, Any]) -> None:
        line = json.dumps(fact, default=_plain).encode() + b"\n"
        with writing:
            before = signal.pthread_sigmask(signal.SIG_BLOCK, {signal.SIGINT})  # not half a line
            try:
                while line:
                    line = line[os.write(replies, line) :]
            finally:
                signal.pthread_sigmask(signal.SIG_SETMASK, before)

    return requests, emit


def _plain(value: Any) -> Any:
    """What JSON can carry instead of the value."""
    if isinstance(value, (set, frozenset)):
        return sorted(value, key=str)
    if isinstance(value, os.PathLike):
        return os.fspath(value)
    return repr(value)


def _listen(requests: io.BufferedReader, waiting: queue.Queue[Dict[str, Any]]) -> None:
    """Pass requests on; at the end of stdin end the process, whatever it does."""
    for line in requests:
        request = json.loads(line)
        if request["operation"] == "interrupt":
            os.kill(os.getpid(), signal.SIGINT)
        else:
            waiting.put(request)
    _leave(1)


def _version() -> Tuple[int, ...]:
    return tuple(int(part) for part in alembic_version.split(".")[:2] if part.isdigit())


def _leave(code: int) -> None:
    with suppress(Exception):
        sys.stderr.flush()
    os._exit(code)


def _unfit() -> Optional[str]:
    """What is too old here, if anything is."""
    if sys.version_info < (3, 8):
        return f"Python {sys.version.split()[0]} is older than 3.8"
    return None if _version() >= (1, 8) else f"Alembic {alembic_version} is older than 1.8"


if __name__ == "__main__":
    main()
