"""A lane of a round trip: two databases, one for trials and one that begins them again."""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterator, Mapping
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field, replace
from functools import cached_property

from fidesdev.adapters.interpreters import Interpreter
from fidesdev.adapters.jobs import Failure, Script
from fidesdev.adapters.recorder import Recorded
from fidesdev.adapters.scratch_databases import Scratch
from fidesdev.adapters.trial_sights import Sight, sight_of
from fidesdev.adapters.walking import Walker, open_walker
from fidesdev.core.graph import Revision
from fidesdev.core.planner import Plan
from fidesdev.core.roundtrip import Trial
from fidesdev.core.roundtrip_route import Route
from fidesdev.core.schema import Catalog, TableRows
from fidesdev.services.moves import scripts_of
from fidesdev.services.scratch import scratch_workspace
from fidesdev.services.workspace import Workspace

FAR = 20
"""Revisions that are worth a copy of the clean database, which has to be applied them anyway."""
UP, DOWN, AGAIN = "upgrade-fails", "downgrade-fails", "upgrade-again-fails"


class Halted(Exception):
    """Somebody wants the run to end."""


@dataclass(frozen=True, slots=True)
class Blocked:
    """A revision that cannot be applied, so that nothing after it can be tried."""

    revision: str
    failure: Failure


@dataclass(frozen=True)
class Ground:
    """What all databases of a run have in common."""

    workspace: Workspace = field(repr=False)
    route: Route
    rows: bool
    halted: Callable[[], bool]

    @cached_property
    def scripts(self) -> Mapping[str, Script]:
        """Every revision as the worker needs it."""
        return scripts_of(self.route.graph, self.workspace.settings.project)

    @contextmanager
    def bed(self) -> Iterator[Bed]:
        """A new, empty database and a worker for it."""
        runner = _runner(self.workspace)
        with (
            scratch_workspace(self.workspace, runner=runner) as (there, scratch),
            open_walker(there.environment) as walker,
        ):
            bed = Bed(self, there, scratch, walker)
            try:
                yield bed
            finally:
                bed.leave()


@dataclass
class Bed:
    """A scratch database somewhere on the route."""

    ground: Ground
    workspace: Workspace
    scratch: Scratch
    walker: Walker
    position: int = 0
    _recorded: Recorded | None = None
    _sight: Sight | None = None

    def go(self, position: int) -> Blocked | None:
        """Apply one revision after the other; the one that cannot be, if there is one."""
        route = self.ground.route
        while self.position < position:
            if failure := self.up():
                return Blocked(route.order[self.position], failure)
        return None

    def at_once(self) -> Blocked | None:
        """Apply all revisions in one run, as `upgrade heads` does."""
        plan = self.ground.route.whole
        identity = self.workspace.recorded().identity
        failure = self.walker.move(plan, identity=identity, scripts=self.ground.scripts)
        if failure is None:
            return None
        step = plan.steps[failure.step].revision if failure.step is not None else ""
        return Blocked(step, failure)

    def up(self) -> Failure | None:
        """Apply the next revision."""
        failure = self._step(self.ground.route.up(self.position))
        self.position += failure is None
        return failure

    def down(self) -> Failure | None:
        """Unapply the last one."""
        failure = self._step(self.ground.route.down(self.position - 1))
        self.position -= failure is None
        return failure

    def become(self, other: Bed) -> None:
        """Be a copy of the other one."""
        self.leave()
        other.leave()
        self.scratch.become(other.scratch)
        self.position = other.position

    def leave(self) -> None:
        """Let go of the database."""
        self.walker.rest()
        self.walker.written = None
        if self._sight:
            self._sight.close()
        self._sight = self._recorded = None

    def catalog(self) -> Catalog:
        """Its schema."""
        return self.sight.catalog()

    def rows(self) -> Mapping[str, TableRows]:
        """Of each table."""
        found = self.sight.rows(self.walker.written)
        self.walker.written = set()
        return found

    @property
    def sight(self) -> Sight:
        """What looks at it."""
        if self._sight is None:
            self._sight = sight_of(self.scratch.url, (self.workspace.version_table,))
        return self._sight

    def _step(self, plan: Plan) -> Failure | None:
        if self.ground.halted():
            raise Halted
        if self._recorded is None:
            self._recorded = self.workspace.recorded()
        identity = self._recorded.identity
        return self.walker.step(plan, identity=identity, scripts=self.ground.scripts)


@dataclass
class Lane:
    """Tries revisions in the order of the route."""

    ground: Ground
    trial: Bed
    opened: ExitStack
    has_rows: bool = False

    @cached_property
    def clean(self) -> Bed:
        """A database that is only upgraded, and only when a trial has to begin again."""
        return self.opened.enter_context(self.ground.bed())

    def try_(self, revision: Revision) -> Trial | Blocked:
        """Up, down and up, beginning with exactly what the revision stands on.

        Blocked where that cannot be had.
        """
        position = self.ground.route.position[revision.id]
        is_far = position - self.trial.position > FAR
        is_lost = is_far or self.trial.position > position or self.trial.go(position)
        if is_lost and (blocked := self._begin_again(position)):
            return blocked
        lower = self.trial.catalog()
        if self.ground.rows:
            self.has_rows = self.trial.sight.fill()
        seen = self._tried(revision, lower)
        if seen.failed and self.has_rows:
            seen = self._without_rows(revision, seen)
        if seen.failed or not _is_same(seen.upper):
            self.begin_after(position)
        return seen

    def begin_after(self, position: int) -> None:
        """Have the revision at the position applied; where it cannot be, the next trial tells."""
        self._begin_again(position + 1)

    def _begin_again(self, position: int) -> Blocked | None:
        """Be where only upgrades lead to."""
        blocked = self.clean.go(position)
        self.trial.become(self.clean)
        self.has_rows = False
        return blocked

    def _without_rows(self, revision: Revision, first: Trial) -> Trial:
        """The trial without made-up rows, which tells what they have to do with the failure."""
        self._begin_again(self.ground.route.position[revision.id])
        second = self._tried(revision, self.trial.catalog())
        if second.failed:
            return second
        return replace(
            second, failed=first.failed, reason=first.reason, line=first.line, with_rows=True
        )

    def _tried(self, revision: Revision, lower: Catalog) -> Trial:
        bed, before = self.trial, self._rows()
        seen = Trial(revision, (lower, None))
        if failure := bed.up():
            return _failed(seen, UP, failure)
        seen = replace(seen, upper=(bed.catalog(), None))
        if failure := bed.down():
            return _failed(seen, DOWN, failure)
        back = bed.catalog()
        seen = replace(seen, lower=(lower, back), rows=(before, self._rows()))
        if failure := bed.up():
            return _failed(seen, AGAIN, failure)
        return replace(seen, upper=(seen.upper[0], bed.catalog()))

    def _rows(self) -> Mapping[str, TableRows]:
        return self.trial.rows() if self.has_rows else {}


@contextmanager
def open_lane(ground: Ground) -> Iterator[Lane]:
    """A lane with its databases, which are dropped afterwards."""
    with ExitStack() as opened:
        yield Lane(ground, opened.enter_context(ground.bed()), opened)


def upgrade_fails(revision: Revision, failure: Failure) -> Trial:
    """What is known of a revision that can only be told not to be applied."""
    return _failed(Trial(revision, (Catalog(frozenset()), None)), UP, failure)


def _runner(workspace: Workspace) -> str:
    """Where the migrations of a lane run; in this process no two could run at once."""
    place = workspace.environment.place
    if place is None:
        return f"python:{sys.executable}"
    return f"python:{place.python}" if isinstance(place, Interpreter) else f"compose:{place.name}"


def _failed(seen: Trial, code: str, failure: Failure) -> Trial:
    return replace(seen, failed=code, reason=failure.message, line=failure.line)


def _is_same(upper: tuple[Catalog | None, Catalog | None]) -> bool:
    return upper[0] == upper[1]
