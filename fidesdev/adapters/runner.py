"""Starts the worker on a job, in this process, and hands its events on as typed values.

Migrations print, configure logging, change `sys.path` and exit: whatever they do to this process
is undone afterwards, and what they print goes to stderr, since stdout belongs to the result.
"""

from __future__ import annotations

import logging
import os
import re
import sys
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any
from urllib.parse import quote

from fidesdev.adapters.alembic_config import AlembicConfig
from fidesdev.core.journal import Note
from fidesdev.core.planner import Plan, Step
from fidesdev.core.reports import Listener, StepFinished, StepStarted, ignore
from fidesdev.core.url import MASK, parse_url


@dataclass(frozen=True, slots=True)
class Environment:
    """The managed project as the worker needs it."""

    config: AlembicConfig
    url: str | None = field(default=None, repr=False)
    """What env.py is to find as `sqlalchemy.url`, password included."""
    version_table: tuple[str, str] = ("alembic_version", "")
    """Name and schema of the table that was read; env.py's must be the same."""
    x_arguments: tuple[str, ...] = ()
    variables: Mapping[str, str] = field(default_factory=dict, repr=False)
    """Set in the process environment while the worker runs."""


@dataclass(frozen=True, slots=True)
class Failure:
    """How a job went wrong, in the worker's words."""

    code: str
    step: int | None = None
    message: str = ""
    kind: str = ""
    statement: str | None = None
    missing_module: str | None = None
    line: int | None = None
    """Of the step's own file."""
    place: tuple[str, int] | None = None
    """File and line in the project's scripts, where no step ran."""
    traceback: str = ""
    ended: bool = False
    """Whether all steps had run, so that what came after them failed: most likely the commit."""
    expected: Any = None
    found: Any = None


@dataclass(frozen=True, slots=True)
class Written:
    """A revision file that Alembic wrote."""

    revision: str
    path: Path


def run_plan(
    plan: Plan,
    environment: Environment,
    *,
    identity: tuple[Any, ...],
    paths: Mapping[str, str],
    note: Note | None = None,
    on_event: Listener = ignore,
) -> Failure | None:
    """Carry out the plan through env.py; None when all of it was done.

    `identity` is what the database must answer (`Recorded.identity`), `paths` the absolute file
    of each revision in the plan, `note` what records the steps in the transaction they run in.
    """
    total = len(plan.steps)

    def listen(event: Mapping[str, Any]) -> None:
        number = event["step"] - len(plan.redundant) + 1
        if number > 0:
            kind = StepStarted if event["event"] == "started" else StepFinished
            on_event(kind(plan.steps[number - 1], number, total))

    job = _move_job(plan, environment, identity, paths)
    if note:
        job["note"] = note.statement
        for step, facts in zip(job["steps"][len(plan.redundant) :], note.steps, strict=True):
            step["note"] = facts
    failure = _start("move", job, environment, listen)
    if failure is None or failure.step is None:
        return failure
    return _renumbered(failure, len(plan.redundant))


def render_plan(
    plan: Plan, environment: Environment, paths: Mapping[str, str]
) -> tuple[str, Failure | None]:
    """The SQL that the plan would send, rendered by Alembic's offline mode."""
    text: list[str] = []

    def listen(event: Mapping[str, Any]) -> None:
        if event["event"] == "sql":
            text.append(event["text"])

    job = {**_move_job(plan, environment, (), paths), "sql": True}
    failure = _start("move", job, environment, listen)
    return "".join(text), failure


def write_rows(
    before: frozenset[str],
    after: frozenset[str],
    environment: Environment,
    identity: tuple[Any, ...],
) -> Failure | None:
    """Make the version table hold exactly `after`, running no script."""
    steps = [
        *({"direction": "delete", "revision": id_} for id_ in sorted(before - after)),
        *({"direction": "insert", "revision": id_} for id_ in sorted(after - before)),
    ]
    job = _job(environment, identity=identity, before=sorted(before), steps=steps)
    return _start("move", job, environment, lambda _event: None)


def write_revision(
    operation: str, arguments: Mapping[str, Any], environment: Environment
) -> tuple[tuple[Written, ...], Failure | None]:
    """Have Alembic write revision files; `operation` is `revision` or `merge`."""
    written: list[Written] = []

    def listen(event: Mapping[str, Any]) -> None:
        written.append(Written(event["revision"], Path(event["path"])))

    job = _job(environment, arguments=dict(arguments))
    failure = _start(operation, job, environment, listen)
    return tuple(written), failure


def evaluate_header(path: Path, environment: Environment) -> Mapping[str, object]:
    """The four identifiers of a revision file, by importing it."""
    values: dict[str, object] = {}
    job = _job(environment, path=str(path))
    failure = _start("evaluate", job, environment, lambda event: values.update(event["values"]))
    if failure:
        raise ImportError(failure.message)
    return values


def _move_job(
    plan: Plan, environment: Environment, identity: tuple[Any, ...], paths: Mapping[str, str]
) -> dict[str, Any]:
    redundant = [{"direction": "delete", "revision": id_} for id_ in sorted(plan.redundant)]
    steps = [*({**step, "path": ""} for step in redundant), *(_step(s, paths) for s in plan.steps)]
    destination = next(iter(plan.after)) if len(plan.after) == 1 else None
    return _job(
        environment,
        identity=identity,
        before=sorted(plan.before),
        steps=steps,
        destination=destination,
    )


def _step(step: Step, paths: Mapping[str, str]) -> dict[str, Any]:
    return {
        "direction": step.direction.value,
        "revision": step.revision,
        "rows": list(step.rows),
        "path": paths[step.revision],
    }


def _job(
    environment: Environment,
    *,
    identity: tuple[Any, ...] = (),
    before: Sequence[str] = (),
    steps: Sequence[Mapping[str, Any]] = (),
    **more: Any,
) -> dict[str, Any]:
    config = environment.config
    return {
        "ini": str(config.ini) if config.ini else None,
        "toml": str(config.pyproject) if config.pyproject else None,
        "section": config.section,
        "url": environment.url,
        "x": list(environment.x_arguments),
        "sql": False,
        "version_table": list(environment.version_table),
        "identity": list(identity),
        "before": list(before),
        "destination": None,
        "steps": [{"path": "", **step} for step in steps],
        **more,
    }


def _renumbered(failure: Failure, skipped: int) -> Failure:
    """The failure with its step counted in the plan, not in the job."""
    from dataclasses import replace

    assert failure.step is not None
    return replace(failure, step=max(failure.step - skipped, 0))


def _start(
    operation: str,
    job: dict[str, Any],
    environment: Environment,
    listen: Callable[[Mapping[str, Any]], None],
) -> Failure | None:
    from fidesdev.adapters import worker

    with _isolated(environment):
        try:
            worker.perform(operation, job, listen)
        except worker.JobFailed as failed:
            return Failure(**_masked(failed.facts, environment.url))
    return None


def _masked(facts: Mapping[str, Any], url: str | None) -> dict[str, Any]:
    """The facts without the password, which Alembic and SQLAlchemy repeat in some errors."""
    password = parse_url(url).password if url else ""
    if not password:
        return dict(facts)
    quoted = quote(password, safe="")
    forms = map(re.escape, (password, quoted, quoted.replace("%", "%%")))
    shown = re.compile(rf":(?:{'|'.join(forms)})@")
    return {
        name: shown.sub(f":{MASK}@", value) if isinstance(value, str) else value
        for name, value in facts.items()
    }


@contextmanager
def _isolated(environment: Environment) -> Iterator[None]:
    """Run as `alembic` would from its configuration's folder, and leave this process as it was."""
    with ExitStack() as undo:
        undo.callback(os.chdir, Path.cwd())
        undo.callback(_restore_variables, dict(os.environ))
        undo.callback(_restore_logging, _logging_state())
        undo.callback(sys.path.__setitem__, slice(None), list(sys.path))
        undo.callback(_forget_relative_folders)
        _forget_relative_folders()
        undo.enter_context(_stdout_to_stderr())
        os.chdir(environment.config.path.parent)
        os.environ.update(environment.variables)
        yield


@contextmanager
def _stdout_to_stderr() -> Iterator[None]:
    """Send file descriptor 1, and with it `print` and child processes, to stderr."""
    sys.stdout.flush()
    python_stdout, saved = sys.stdout, os.dup(1)
    try:
        os.dup2(2, 1)
        sys.stdout = sys.stderr
        yield
    finally:
        for stream in (python_stdout, sys.__stdout__):
            if stream:
                stream.flush()  # what was printed past our replacement
        sys.stdout = python_stdout
        os.dup2(saved, 1)
        os.close(saved)


def _forget_relative_folders() -> None:
    """`.` on `sys.path` stays, for Python, the folder that it was when first looked into."""
    for folder in [folder for folder in sys.path_importer_cache if not Path(folder).is_absolute()]:
        del sys.path_importer_cache[folder]


def _restore_variables(variables: dict[str, str]) -> None:
    os.environ.clear()
    os.environ.update(variables)


def _logging_state() -> dict[str, tuple[list[logging.Handler], int, bool, bool]]:
    manager = logging.Logger.manager.loggerDict
    loggers = [logging.root, *(x for x in manager.values() if isinstance(x, logging.Logger))]
    return {x.name: (list(x.handlers), x.level, x.disabled, x.propagate) for x in loggers}


def _restore_logging(state: dict[str, tuple[list[logging.Handler], int, bool, bool]]) -> None:
    """Undo `fileConfig`, which by default disables every logger that it does not name."""
    for name, (handlers, level, disabled, propagate) in state.items():
        logger = logging.root if name == "root" else logging.getLogger(name)
        logger.handlers[:] = handlers
        logger.setLevel(level)
        logger.disabled, logger.propagate = disabled, propagate
