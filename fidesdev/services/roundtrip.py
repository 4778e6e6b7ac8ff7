"""Each revision up, down and up again on scratch databases, the schemas and rows compared."""

from __future__ import annotations

import sys
from collections.abc import Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from functools import cached_property

from fidesdev.adapters.catalog import read_catalog
from fidesdev.adapters.interpreters import Interpreter
from fidesdev.adapters.jobs import Failure
from fidesdev.adapters.row_checksums import row_checksums
from fidesdev.adapters.runner import Runner, open_runner
from fidesdev.adapters.sample_rows import fill_empty_tables
from fidesdev.adapters.scratch_databases import Scratch
from fidesdev.core.checks import CheckReport, Explanations, Skipped, explained
from fidesdev.core.findings import Finding
from fidesdev.core.graph import Revision
from fidesdev.core.planner import Plan, plan_goto
from fidesdev.core.reports import Listener, TrialFinished, ignore
from fidesdev.core.roundtrip import ROUNDTRIPS, Trial, trial_findings
from fidesdev.core.schema import Catalog, TableRows
from fidesdev.core.target import Destination
from fidesdev.errors import UsageError
from fidesdev.services.moves import scripts_of
from fidesdev.services.scratch import scratch_workspace
from fidesdev.services.selection import selected
from fidesdev.services.workspace import Workspace

FEW = 8
"""Revisions for which one is enough."""
UP, DOWN, AGAIN = "upgrade-fails", "downgrade-fails", "upgrade-again-fails"


def roundtrip(
    workspace: Workspace,
    span: str | None = None,
    *,
    every: bool = False,
    lanes: int = 2,
    rows: bool = True,
    on_event: Listener = ignore,
) -> CheckReport:
    """What the revisions of a range `A:B` leave different after up, down and up.

    By default the range is what upstream does not have (without an upstream: all); `every` is all.
    The workspace's own database is not touched. Each revision starts from the schema that all
    before it make, with a few made-up rows in every table unless `rows` is False.
    """
    wanted, against = selected(workspace, ":" if every else span)
    _Bench.check(workspace)
    bench = _Bench(workspace, rows=rows, listener=on_event, total=len(wanted))
    parts = _parts(wanted, lanes if len(wanted) > FEW else 1)
    with ThreadPoolExecutor(max_workers=len(parts) + 1) as pool:
        runs = [pool.submit(bench.walk, part) for part in parts]
        in_one = pool.submit(bench.in_one_go) if len(wanted) == len(workspace.graph.order) else None
        done = [run.result() for run in runs]
        findings = [found for trials, _skipped in done for found in trials]
        findings += in_one.result() if in_one and not findings_of(findings, UP) else []
    order = {one.id: number for number, one in enumerate(wanted)}
    findings.sort(key=lambda one: order.get(one.revision or "", -1))
    return CheckReport(
        findings=tuple(findings),
        checked=tuple(ROUNDTRIPS),
        skipped=tuple(one for _trials, skipped in done for one in skipped),
        revisions=len(wanted),
        against=against,
    )


def explanations(code: str) -> Explanations:
    """What the code means, or `all` of them; raises `UsageError` for an unknown one."""
    if code != "all" and code not in ROUNDTRIPS:
        raise UsageError(
            f"there is no finding {code!r}",
            hint="See them all with 'fidesdev db roundtrip --explain all'.",
            known=list(ROUNDTRIPS),
        )
    return explained(one for one in ROUNDTRIPS.values() if code in {"all", one.code})


def findings_of(findings: Sequence[Finding], code: str) -> list[Finding]:
    """Those with the code."""
    return [one for one in findings if one.code == code]


@dataclass
class _Bench:
    """What all lanes share."""

    workspace: Workspace
    rows: bool
    listener: Listener
    total: int
    done: int = 0

    def walk(self, revisions: Sequence[Revision]) -> tuple[list[Finding], list[Skipped]]:
        """Try one revision after the other, from the state that the first one needs."""
        findings: list[Finding] = []
        with self._lane() as lane:
            for number, revision in enumerate(revisions):
                trial = lane.try_(revision)
                found = list(trial_findings(trial))
                findings += found
                self.done += 1
                self.listener(TrialFinished(revision.id, self.done, self.total, len(found)))
                if trial.failed == UP and not trial.with_rows:
                    return findings, list(_left(revisions[number:]))
        return findings, []

    def in_one_go(self) -> list[Finding]:
        """Upgrade an empty database to the heads in one run."""
        graph = self.workspace.graph
        with self._bed() as bed:
            failure = bed.go(frozenset(graph.revisions))
        if failure is None:
            return []
        step = bed.plan.steps[failure.step].revision if failure.step is not None else None
        revision = graph.revisions[step] if step else None
        check = ROUNDTRIPS["one-go-fails"]
        return [
            Finding(
                check.code,
                check.severity,
                f"from base to the heads in one run: {failure.message}",
                check.remedy,
                step,
                revision.path if revision else None,
                failure.line,
            )
        ]

    @contextmanager
    def _lane(self) -> Iterator[_Lane]:
        with self._bed() as clean, self._bed() as trial:
            yield _Lane(clean, trial, rows=self.rows)

    @contextmanager
    def _bed(self) -> Iterator[_Bed]:
        runner = _runner(self.workspace)
        with (
            scratch_workspace(self.workspace, runner=runner) as (there, scratch),
            open_runner(there.environment) as opened,
        ):
            yield _Bed(there, scratch, opened)

    @staticmethod
    def check(workspace: Workspace) -> None:
        """Raise `UsageError` for a database that nothing can be scratched beside."""
        if workspace.database.database == ":memory:":
            raise UsageError(
                "a database in memory has no place beside it for trials",
                hint="Name a file: 'fidesdev --database-url sqlite:///trial.db db roundtrip'.",
            )


@dataclass
class _Bed:
    """A scratch database with the runner that migrates it."""

    workspace: Workspace
    scratch: Scratch
    runner: Runner
    plan: Plan = field(default_factory=lambda: Plan(frozenset(), frozenset(), ()))

    def go(self, wanted: frozenset[str]) -> Failure | None:
        """Apply exactly these revisions; how that failed, if it did."""
        graph, recorded = self.workspace.graph, self.workspace.recorded()
        to = Destination(graph.tips(wanted), frozenset(graph.revisions))
        self.plan = plan_goto(graph, recorded.rows, to)
        if self.plan.is_empty:
            return None
        return self.runner.move(
            self.plan,
            identity=recorded.identity,
            scripts=scripts_of(graph, self.workspace.settings.project),
        )

    def catalog(self) -> Catalog:
        """Its schema."""
        return read_catalog(self.scratch.url, (self.workspace.version_table,))

    def fill(self) -> bool:
        """Make rows up for tables without any; whether there are some then."""
        table, _schema = self.workspace.version_table
        return bool(fill_empty_tables(self.scratch.url, (table,)))

    def checksums(self) -> dict[str, TableRows]:
        """Of the rows of each table."""
        return row_checksums(self.scratch.url, (self.workspace.version_table,))


@dataclass
class _Lane:
    """Two scratch databases: one that is only upgraded, one for the way up, down and up."""

    clean: _Bed
    trial: _Bed
    rows: bool
    is_stale: bool = True
    """Whether the trial's database is not what the next revision stands on."""
    has_rows: bool = False
    at: Catalog | None = None
    """The schema of the trial's database, where it is known."""

    @cached_property
    def order(self) -> tuple[str, ...]:
        """Every revision in the order in which all would be applied."""
        graph = self.clean.workspace.graph
        return graph.descending(frozenset(graph.revisions))[::-1]

    def try_(self, revision: Revision) -> Trial:
        """Up, down and up; afterwards the clean database has the revision, if it can be applied."""
        below = frozenset(self.order[: self.order.index(revision.id)])
        above = below | {revision.id}
        if failure := self.clean.go(below):
            return _failed(Trial(revision, (Catalog(frozenset()), None)), UP, failure)
        if self.is_stale:
            self._begin_again()
        if self.rows:
            self.has_rows = self.trial.fill() or self.has_rows
        seen = self._tried(revision, below)
        if seen.failed and self.has_rows:
            seen = self._without_rows(revision, below, seen)
        self.is_stale = bool(seen.failed) or seen.upper[0] != seen.upper[1]
        self.at = seen.upper[1]
        if not (seen.failed == UP and not seen.with_rows):
            self.clean.go(above)
        return seen

    def _begin_again(self) -> None:
        self.trial.scratch.become(self.clean.scratch)
        self.is_stale, self.has_rows, self.at = False, False, None

    def _without_rows(self, revision: Revision, below: frozenset[str], first: Trial) -> Trial:
        """The trial without made-up rows, which tells what they have to do with the failure."""
        self._begin_again()
        second = self._tried(revision, below)
        if second.failed:
            return second
        return replace(
            second, failed=first.failed, reason=first.reason, line=first.line, with_rows=True
        )

    def _tried(self, revision: Revision, below: frozenset[str]) -> Trial:
        bed, above = self.trial, below | {revision.id}
        lower, before = self.at or bed.catalog(), self._checksums()
        seen = Trial(revision, (lower, None))
        if failure := bed.go(above):
            return _failed(seen, UP, failure)
        seen = replace(seen, upper=(bed.catalog(), None))
        if failure := bed.go(below):
            return _failed(seen, DOWN, failure)
        back = bed.catalog()
        seen = replace(seen, lower=(lower, back), rows=(before, self._checksums()))
        if failure := bed.go(above):
            return _failed(seen, AGAIN, failure)
        return replace(seen, upper=(seen.upper[0], bed.catalog()))

    def _checksums(self) -> dict[str, TableRows]:
        return self.trial.checksums() if self.has_rows else {}


def _runner(workspace: Workspace) -> str:
    """Where the migrations of a lane run; in this process no two could run at once."""
    place = workspace.environment.place
    if place is None:
        return f"python:{sys.executable}"
    return f"python:{place.python}" if isinstance(place, Interpreter) else f"compose:{place.name}"


def _left(revisions: Sequence[Revision]) -> Iterator[Skipped]:
    """The revisions after the first one, which cannot be applied."""
    if after := tuple(one.id for one in revisions[1:]):
        yield Skipped(after, f"{revisions[0].id}, on which they stand, cannot be applied")


def _failed(seen: Trial, code: str, failure: Failure) -> Trial:
    return replace(seen, failed=code, reason=failure.message, line=failure.line)


def _parts(revisions: Sequence[Revision], count: int) -> list[Sequence[Revision]]:
    """The revisions in so many stretches that follow each other."""
    size = -(-len(revisions) // max(count, 1)) or 1
    return [revisions[start : start + size] for start in range(0, len(revisions), size)] or [()]
