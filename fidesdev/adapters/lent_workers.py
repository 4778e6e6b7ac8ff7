"""Workers that serve one database after the other, each in a process of its own.

A worker may not share a process with another: env.py and the scripts change the working
directory, variables, logging and `sys.path` of theirs.
"""

from __future__ import annotations

import sys
import threading
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING

from fidesdev.adapters.interpreters import Interpreter, Place
from fidesdev.adapters.sessions import Facts, Listen, Piped

if TYPE_CHECKING:
    from fidesdev.adapters.jobs import Environment

_SECONDS_TO_GIVE_UP = 15.0


@dataclass(frozen=True, slots=True)
class _Kind:
    """What makes a worker fit for another database."""

    place: Place
    folder: Path
    variables: Mapping[str, str]


class Workers:
    """Lends each worker to one thread at a time; as many run as were lent at once."""

    def __init__(self) -> None:
        self._idle: list[tuple[_Kind, Piped]] = []
        self._busy: set[Piped] = set()
        self._using = threading.Lock()
        self._stopped = threading.Event()
        self._late = threading.Timer(_SECONDS_TO_GIVE_UP, self.kill)
        self._late.daemon = True

    @contextmanager
    def lent(self, environment: Environment) -> Iterator[_Lent]:
        """A worker for the block; it ends with a block that fails, and serves on after others.

        Raises `RunnerFailed` or `CommandMissing` where none can be started.
        """
        kind = _kind(environment)
        session = self._taken(kind) or _started(environment, kind)
        with self._using:
            self._busy.add(session)
        lent = _Lent(session, self._stopped)
        try:
            yield lent
        finally:
            with self._using:
                self._busy.discard(session)
            if lent.is_clean and session.request("unlock", {}, _ignore) is None:
                with self._using:
                    self._idle.append((kind, session))
            else:
                session.close()

    @property
    def is_stopped(self) -> bool:
        """Whether `stop` was called."""
        return self._stopped.is_set()

    def stop(self) -> None:
        """Have every plan that runs rolled back, and let no other begin; called again: at once."""
        if self._stopped.is_set():
            self.kill()
            return
        self._stopped.set()
        self._late.start()
        for session in self._at_work():
            session.interrupt()

    def kill(self) -> None:
        """End the workers that are at work: their server rolls back what was not committed."""
        for session in self._at_work():
            session.kill()

    def close(self) -> None:
        """End all workers."""
        self._late.cancel()
        while self._idle:
            self._idle.pop()[1].close()

    def _taken(self, kind: _Kind) -> Piped | None:
        """An idle worker of that kind; where there are only others, one of them ends for it."""
        with self._using:
            same = next((one for one in self._idle if one[0] == kind), None)
            chosen = same or (self._idle[0] if self._idle else None)
            if chosen:
                self._idle.remove(chosen)
        if chosen and not same:
            chosen[1].close()
        return same[1] if same else None

    def _at_work(self) -> list[Piped]:
        with self._using:
            return list(self._busy)


class _Lent:
    """A worker as whoever borrowed it sees it."""

    def __init__(self, session: Piped, stopped: threading.Event) -> None:
        self._session, self._stopped = session, stopped
        self.is_clean = True
        """Whether every request so far was done: what failed may have left something open."""

    def request(self, operation: str, job: Facts, listen: Listen) -> Facts | None:
        """As `Session.request`; raises `KeyboardInterrupt` once the work was stopped."""
        if self._stopped.is_set():
            raise KeyboardInterrupt
        self.is_clean = False
        facts = self._session.request(operation, job, listen)
        self.is_clean = facts is None
        return facts

    def close(self) -> None:
        """Let the lender decide."""


def _kind(environment: Environment) -> _Kind:
    place = environment.place or Interpreter(Path(sys.executable))
    return _Kind(place, environment.config.path.parent, dict(environment.variables))


def _started(environment: Environment, kind: _Kind) -> Piped:
    from fidesdev.adapters.runner import session_of

    started = session_of(replace(environment, place=kind.place))
    assert isinstance(started, Piped)
    return started


def _ignore(_event: Facts) -> None:
    """Listen to nothing."""
