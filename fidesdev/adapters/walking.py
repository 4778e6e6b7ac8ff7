"""A worker that takes one step after the other, while somebody looks at the database between."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from typing import Any

from fidesdev.adapters.jobs import Environment, Failure, Script
from fidesdev.adapters.runner import Runner, session_of, step_facts
from fidesdev.adapters.sessions import Facts, Session
from fidesdev.core.planner import Plan


@contextmanager
def open_walker(environment: Environment) -> Iterator[Walker]:
    """A worker that is ready, until the block is left; raises what `open_runner` does."""
    session = session_of(environment)
    try:
        yield Walker(environment, session)
    finally:
        session.close()


class Walker(Runner):
    """Runs env.py once for many steps, each of them committed before the next is asked for."""

    def __init__(self, environment: Environment, session: Session) -> None:
        super().__init__(environment, session)
        self._walks = False
        self.written: set[int] | None = None
        """The OIDs of the tables that were written to since this was emptied; None: unknown."""

    def step(
        self, plan: Plan, *, identity: Sequence[Any], scripts: Mapping[str, Script]
    ) -> Failure | None:
        """Carry out a plan of one step; it is committed where nothing failed.

        After a failure, and after `rest`, the next step runs env.py again.
        """
        told: list[Any] = []
        if self._walks:
            job = {"before": sorted(plan.before), "steps": [step_facts(plan.steps[0])]}
        else:
            job = self._move_job(plan, scripts, identity)
            job["scripts"] = self._headers(scripts, tuple(scripts))
        failure = self._do("step" if self._walks else "walk", job, _into(told))
        self._walks = failure is None
        tables = told[-1] if told else None
        if tables is None or self.written is None:
            self.written = None
        else:
            self.written.update(tables)
        return failure

    def rest(self) -> None:
        """Let go of the database."""
        if self._walks:
            self._walks = False
            self._do("end", {}, _into([]))


def _into(told: list[Any]) -> Any:
    def listen(event: Facts) -> None:
        if event["event"] == "wrote":
            told.append(event["tables"])

    return listen
