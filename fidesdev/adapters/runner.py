"""Has the worker do what a service wants, wherever the project's migrations run."""

from __future__ import annotations

import os
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

from fidesdev.adapters.interpreters import Service, start_of
from fidesdev.adapters.jobs import Environment, Failure, Script, Written
from fidesdev.adapters.sessions import Facts, Listen, Session
from fidesdev.core.journal import Note
from fidesdev.core.lock import Holder
from fidesdev.core.planner import Direction, Plan, Step
from fidesdev.core.reports import (
    Listener,
    LockWaiting,
    StepBlocked,
    StepFinished,
    StepStarted,
    ignore,
)
from fidesdev.core.statements import Rendered, Statement
from fidesdev.core.url import parse_url

if TYPE_CHECKING:
    from fidesdev.adapters.rehearsing import Witness

_FUNCTIONS = {Direction.UP: "upgrade", Direction.DOWN: "downgrade"}


@contextmanager
def open_runner(environment: Environment) -> Iterator[Runner]:
    """A worker that is ready; leaving the block gives up its lock and ends its process.

    One that was lent goes back instead. Raises `RunnerFailed` or `CommandMissing` where it cannot
    be started.
    """
    if environment.workers is not None:
        with environment.workers.lent(environment) as lent:
            yield Runner(environment, lent)
        return
    session = session_of(environment)
    try:
        yield Runner(environment, session)
    finally:
        session.close()


class Runner:
    """A worker at one project and database."""

    def __init__(self, environment: Environment, session: Session) -> None:
        self._environment = environment
        self._session = session

    def lock(
        self, identity: Sequence[Any], timeout: float, on_event: Listener = ignore
    ) -> Failure | None:
        """Take the migration lock of the database within `timeout` seconds.

        It is held by the process that runs the steps, until the runner is closed.
        """

        def listen(event: Facts) -> None:
            if event["event"] == "waiting":
                on_event(LockWaiting(Holder.read(event["holder"]), event["seconds"]))

        url = self._environment.url
        return self._do(
            "lock", {"url": url, "identity": list(identity), "timeout": timeout}, listen
        )

    def unlock(self) -> Failure | None:
        """Give the migration lock up before the runner is closed, and be connected to nothing."""
        return self._do("unlock", {}, _ignore)

    def move(
        self,
        plan: Plan,
        *,
        identity: Sequence[Any],
        scripts: Mapping[str, Script],
        note: Note | None = None,
        explicit_begin: bool = True,
        on_event: Listener = ignore,
    ) -> Failure | None:
        """Carry out the plan through env.py; None when all of it was done.

        `identity` is what the database must answer (`Recorded.identity`), `scripts` every known
        revision, `note` what records the steps in the transaction they run in. Unless
        `explicit_begin`, SQLite commits as it does under Alembic: after each statement.
        """
        job = self._move_job(plan, scripts, identity)
        if note:
            job["note"] = note.statement
            for step, facts in zip(job["steps"][len(plan.redundant) :], note.steps, strict=True):
                step["note"] = facts
        job["explicit_begin"] = explicit_begin
        return self._move(plan, job, _step_listener(plan, on_event))

    def rehearse(
        self,
        plan: Plan,
        witness: Witness,
        *,
        identity: Sequence[Any],
        scripts: Mapping[str, Script],
        explicit_begin: bool = True,
        on_event: Listener = ignore,
    ) -> Failure | None:
        """The same on a copy of a database, where somebody looks at what each step does."""
        job = self._move_job(plan, scripts, identity)
        job |= {"explicit_begin": explicit_begin, "watch": dict(witness.queries)}
        return self._move(plan, job, witness.listener(plan, _step_listener(plan, on_event)))

    def render(self, plan: Plan, scripts: Mapping[str, Script]) -> tuple[str, Failure | None]:
        """The SQL that the plan would send, rendered by Alembic's offline mode."""
        text: list[str] = []

        def listen(event: Facts) -> None:
            if event["event"] == "sql":
                text.append(event["text"])

        job = {**self._move_job(plan, scripts, ()), "sql": True}
        failure = self._do("move", job, listen)
        return "".join(text), failure

    def statements(
        self, scripts: Mapping[str, Script], *, direction: Direction, dialect: str
    ) -> tuple[dict[str, Rendered], Failure | None]:
        """What each of the scripts would send, rendered one by one and without env.py.

        `dialect` as SQLAlchemy names it.
        """
        found: dict[str, Rendered] = {}

        def listen(event: Facts) -> None:
            sent = tuple(Statement(text, line) for line, text in event["statements"])
            stopped = event.get("failure"), event.get("failed_line")
            found[event["revision"]] = Rendered(sent, *stopped)

        job = self._job(
            scripts=self._headers(scripts, tuple(scripts)),
            function=_FUNCTIONS[direction],
            dialect=dialect,
        )
        return found, self._do("statements", job, listen)

    def write_rows(
        self,
        before: frozenset[str],
        after: frozenset[str],
        *,
        identity: Sequence[Any],
        scripts: Mapping[str, Script],
    ) -> Failure | None:
        """Make the version table hold exactly `after`, running no script."""
        gone = [{"direction": "delete", "revision": id_} for id_ in sorted(before - after)]
        new = [{"direction": "insert", "revision": id_} for id_ in sorted(after - before)]
        job = self._job(
            identity=list(identity),
            before=sorted(before),
            steps=[*gone, *new],
            scripts=self._headers(scripts, ()),
        )
        return self._do("move", job, _ignore)

    def write_revision(
        self, operation: str, arguments: Mapping[str, Any]
    ) -> tuple[tuple[Written, ...], Failure | None]:
        """Have Alembic write revision files; `operation` is `revision` or `merge`."""
        written: list[Written] = []
        folder = self._environment.config.path.parent

        def listen(event: Facts) -> None:
            path = Path(os.path.normpath(folder / event["path"]))
            written.append(Written(event["revision"], path))

        failure = self._do(operation, self._job(arguments=dict(arguments)), listen)
        return tuple(written), failure

    def compare_models(self, identity: Sequence[Any]) -> tuple[tuple[str, ...], Failure | None]:
        """In which ways the database differs from the models of env.py, a line each."""
        found: list[str] = []
        job = self._job(identity=list(identity))
        failure = self._do("compare", job, lambda event: found.append(event["text"]))
        return tuple(found), failure

    def evaluate(self, path: Path) -> Mapping[str, object]:
        """The four identifiers of a revision file, by importing it; else raises `ImportError`."""
        values: dict[str, object] = {}
        job = self._job(path=self._there(str(path)))
        failure = self._do("evaluate", job, lambda event: values.update(event["values"]))
        if failure:
            raise ImportError(failure.message)
        return values

    def _move(self, plan: Plan, job: dict[str, Any], listen: Listen) -> Failure | None:
        failure = self._do("move", job, listen)
        if failure is None or failure.step is None:
            return failure
        return replace(failure, step=max(failure.step - len(plan.redundant), 0))

    def _do(self, operation: str, job: Facts, listen: Listen) -> Failure | None:
        facts = self._session.request(operation, job, listen)
        if facts is None:
            return None
        if facts["code"] == "interrupted":
            raise KeyboardInterrupt
        return Failure(**_masked(facts, self._environment.url))

    def _move_job(
        self, plan: Plan, scripts: Mapping[str, Script], identity: Sequence[Any]
    ) -> dict[str, Any]:
        redundant = [{"direction": "delete", "revision": id_} for id_ in sorted(plan.redundant)]
        return self._job(
            identity=list(identity),
            before=sorted(plan.before),
            steps=[*redundant, *(step_facts(step) for step in plan.steps)],
            scripts=self._headers(scripts, [step.revision for step in plan.steps]),
            destination=next(iter(plan.after)) if len(plan.after) == 1 else None,
        )

    def _job(self, *, steps: Sequence[Facts] = (), **more: Any) -> dict[str, Any]:
        environment, config = self._environment, self._environment.config
        return {
            "ini": self._there(str(config.ini)) if config.ini else None,
            "toml": self._there(str(config.pyproject)) if config.pyproject else None,
            "section": config.section,
            "url": environment.url,
            "x": list(environment.x_arguments),
            "sql": False,
            "version_table": list(environment.version_table),
            "statement_lock_timeout": environment.statement_lock_timeout,
            "explicit_begin": True,
            "destination": None,
            "steps": [dict(step) for step in steps],
            "scripts": {},
            **more,
        }

    def _headers(self, scripts: Mapping[str, Script], run: Sequence[str]) -> dict[str, list[Any]]:
        """Every revision as the worker's own revision takes it; to a container texts travel too."""
        travelling = frozenset(run) if isinstance(self._environment.place, Service) else ()
        headers: dict[str, list[Any]] = {}
        for id_, script in scripts.items():
            source = script.source
            if source is None and id_ in travelling:
                source = Path(script.path).read_text(encoding="utf-8")
            path = self._there(script.path)
            headers[id_] = [path, source, script.parents, script.depends_on, script.labels]
        return headers

    def _there(self, path: str) -> str:
        """The path as the worker sees it: in a container it starts at the ini's folder."""
        if path and isinstance(self._environment.place, Service):
            return os.path.relpath(path, self._environment.config.path.parent)
        return path


def session_of(environment: Environment) -> Session:
    """A worker for the environment, started."""
    folder, place = environment.config.path.parent, environment.place
    if place is None:
        from fidesdev.adapters.in_process import InProcess

        return InProcess(folder, environment.variables)
    from fidesdev.adapters.sessions import Piped

    start = start_of(place, folder, environment.project)
    there = str(folder)
    if isinstance(place, Service):  # whose working directory is what the project is here
        there = os.path.relpath(folder, environment.project)
    return Piped(start, there, environment.variables)


def step_facts(step: Step) -> dict[str, Any]:
    """The step as the worker takes it."""
    return {
        "direction": step.direction.value,
        "revision": step.revision,
        "rows": list(step.rows),
    }


def _step_listener(plan: Plan, on_event: Listener) -> Listen:
    """What turns the worker's events into ours; rows that merely vanish are not told."""
    total = len(plan.steps)

    def listen(event: Facts) -> None:
        number = (event["step"] or 0) - len(plan.redundant) + 1
        if not 0 < number <= total:
            return
        step = plan.steps[number - 1]
        if event["event"] == "blocked":
            by = tuple(Holder.read(facts) for facts in event["by"])
            on_event(StepBlocked(step, number, total, by))
        else:
            kind = StepStarted if event["event"] == "started" else StepFinished
            on_event(kind(step, number, total))

    return listen


def _ignore(_event: Facts) -> None:
    """Listen to nothing."""


def _masked(facts: Facts, url: str | None) -> dict[str, Any]:
    """The facts without the password, which Alembic and SQLAlchemy repeat in some errors."""
    if url is None:
        return dict(facts)
    hide = parse_url(url).hidden_in
    return {name: hide(value) if isinstance(value, str) else value for name, value in facts.items()}
