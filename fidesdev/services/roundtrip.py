"""Each revision up, down and up again on scratch databases, the schemas and rows compared."""

from __future__ import annotations

import json
import threading
from collections.abc import Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing, contextmanager
from dataclasses import dataclass, field
from functools import cached_property

from fidesdev import __version__
from fidesdev.adapters.trial_results import TrialResults, read_results
from fidesdev.core.checks import CheckReport, Explanations, Skipped, explained
from fidesdev.core.findings import Finding
from fidesdev.core.graph import Revision
from fidesdev.core.reports import Listener, TrialFinished, TrialsResumed, ignore
from fidesdev.core.roundtrip import ROUNDTRIPS, Trial, trial_findings
from fidesdev.core.roundtrip_route import Route, chained
from fidesdev.errors import UsageError
from fidesdev.services.roundtrip_lanes import (
    UP,
    Blocked,
    Ground,
    Halted,
    open_lane,
    upgrade_fails,
)
from fidesdev.services.scratch import server_version
from fidesdev.services.selection import selected
from fidesdev.services.templates import environment_of, options_of
from fidesdev.services.workspace import Workspace

FEW = 8
"""Revisions for which one lane is enough."""
LATER = 0.75
"""How long a lane's part is beside that of the lane before: to apply a revision takes about a
quarter of the time of its trial."""


def roundtrip(  # noqa: PLR0913 - each is an option of the verb
    workspace: Workspace,
    span: str | None = None,
    *,
    every: bool = False,
    lanes: int = 2,
    rows: bool = True,
    fresh: bool = False,
    on_event: Listener = ignore,
) -> CheckReport:
    """What the revisions of a range `A:B` leave different after up, down and up.

    By default the range is what upstream does not have (without an upstream: all); `every` is all.
    The workspace's own database is not touched. Each revision starts from the schema that all
    before it make, with a few made-up rows in every table unless `rows` is False. What a run that
    was interrupted has tried already is not tried again, unless `fresh`, as long as neither it nor
    what it stands on has changed.
    """
    wanted, against = selected(workspace, ":" if every else span)
    _refuse_memory(workspace)
    bench = _Bench(workspace, wanted, rows=rows, listener=on_event)
    with bench.resumed(fresh=fresh):
        bench.run(lanes)
    findings = bench.findings
    order = {id_: number for number, id_ in enumerate(bench.ground.route.order)}
    findings.sort(key=lambda one: order.get(one.revision or "", -1))
    return CheckReport(
        findings=tuple(findings),
        checked=tuple(ROUNDTRIPS),
        skipped=tuple(bench.skipped),
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


@dataclass
class _Bench:
    """What all lanes share: which revisions are left, and what was found."""

    workspace: Workspace
    wanted: Sequence[Revision]
    rows: bool
    listener: Listener
    found: dict[str, tuple[Finding, ...]] = field(default_factory=dict)
    """By revision."""
    blocked: Blocked | None = None
    at_once: list[Finding] = field(default_factory=list)
    """Of going from nothing to the heads in one run."""
    _kept: TrialResults | None = None
    _taking: threading.Lock = field(default_factory=threading.Lock)
    _halt: threading.Event = field(default_factory=threading.Event)

    @cached_property
    def ground(self) -> Ground:
        """The route and what runs on it."""
        return Ground(self.workspace, Route(self.workspace.graph), self.rows, self._halt.is_set)

    @contextmanager
    def resumed(self, *, fresh: bool) -> Iterator[None]:
        """Begin with what an interrupted run has found, and keep what this one finds."""
        folder = self.workspace.settings.tool.data_dir
        known = read_results(folder)
        here = {self._keys[one.id]: one.id for one in self.wanted}
        others = {k: known[k] for k in known.keys() & self._keys.values() - here.keys()}
        if not fresh:
            self.found = {here[key]: known[key] for key in known.keys() & here.keys()}
        if self.found:
            self.listener(TrialsResumed(len(self.found), len(self.wanted)))
        mine = {self._keys[id_]: findings for id_, findings in self.found.items()}
        with closing(TrialResults(folder, others | mine)) as self._kept:
            yield
        TrialResults(folder, others).close()  # of a run that is over nothing is gone on with

    def run(self, lanes: int) -> None:
        """Try what is left; interrupted, the lanes end with the step that they are at."""
        position = self.ground.route.position
        left = [one for one in self.wanted if one.id not in self.found]
        left.sort(key=lambda one: position[one.id])
        parts = list(stretches(left, lanes if len(left) > FEW else 1))
        with ThreadPoolExecutor(max_workers=max(len(parts), 1)) as pool:
            running = [pool.submit(self._walk, part) for part in parts]
            if len(self.wanted) == len(self.ground.route.order):
                running.append(pool.submit(self._go_at_once))  # in the first lane that is free
            try:
                for one in running:
                    one.result()
            except BaseException:
                self._halt.set()
                raise

    @property
    def findings(self) -> list[Finding]:
        """All of them; a revision outside of the range that cannot be applied has one too."""
        found = [one for findings in self.found.values() for one in findings]
        if self.blocked and not any(one.revision == self.blocked.revision for one in found):
            revision = self.workspace.graph.revisions[self.blocked.revision]
            found += trial_findings(upgrade_fails(revision, self.blocked.failure))
        return found if any(one.code == UP for one in found) else [*found, *self.at_once]

    @property
    def skipped(self) -> Iterator[Skipped]:
        """The revisions after one that cannot be applied."""
        ids = tuple(one.id for one in self.wanted if one.id not in self.found)
        if self.blocked and (after := tuple(id_ for id_ in ids if id_ != self.blocked.revision)):
            reason = f"{self.blocked.revision}, on which they stand, cannot be applied"
            yield Skipped(after, reason)

    def _go_at_once(self) -> None:
        """Upgrade an empty database to the heads in one run."""
        if self._halt.is_set() or self.blocked:
            return
        with self.ground.bed() as bed:
            blocked = bed.at_once()
        if blocked:
            failure, check = blocked.failure, ROUNDTRIPS["one-go-fails"]
            revision = self.workspace.graph.revisions.get(blocked.revision)
            found = Finding(
                check.code,
                check.severity,
                f"from base to the heads in one run: {failure.message}",
                check.remedy,
                revision.id if revision else None,
                revision.path if revision else None,
                failure.line,
            )
            self.at_once.append(found)

    def _walk(self, revisions: Sequence[Revision]) -> None:
        """Try one after the other, until one cannot be reached."""
        try:
            with open_lane(self.ground) as lane:
                for revision in revisions:
                    seen = lane.try_(revision)
                    if isinstance(seen, Blocked):
                        self.blocked = self.blocked or seen
                        return
                    self._keep(seen)
        except Halted:
            return
        except BaseException:
            self._halt.set()
            raise

    def _keep(self, trial: Trial) -> None:
        revision, findings = trial.revision, tuple(trial_findings(trial))
        with self._taking:
            self.found[revision.id] = findings
            if self._kept:
                self._kept.add(self._keys[revision.id], findings)
            done, total = len(self.found), len(self.wanted)
            self.listener(TrialFinished(revision.id, done, total, len(findings)))

    @cached_property
    def _keys(self) -> Mapping[str, str]:
        """By revision a digest of all that decides what is found of it."""
        root, route = self.workspace.settings.project, self.ground.route
        environment = {k: v.decode("latin-1") for k, v in environment_of(self.workspace).items()}
        facts = [__version__, self.rows, options_of(self.workspace), environment]
        first = json.dumps([*facts, server_version(self.workspace)], sort_keys=True, default=str)
        revisions = self.workspace.graph.revisions
        texts = ((root / revisions[id_].path).read_bytes() for id_ in route.order)
        return dict(zip(route.order, chained(first, texts), strict=True))


def stretches(revisions: Sequence[Revision], lanes: int) -> Iterator[Sequence[Revision]]:
    """The revisions in parts that follow each other and take about as long each.

    A lane has to apply everything before its part first, so that later parts are shorter.
    """
    shares = [LATER**lane for lane in range(lanes)]
    start = 0
    for lane in range(lanes):
        end = round(len(revisions) * sum(shares[: lane + 1]) / sum(shares))
        if end > start:
            yield revisions[start:end]
        start = end


def _refuse_memory(workspace: Workspace) -> None:
    """Raise `UsageError` for a database that nothing can be scratched beside."""
    if workspace.database.database == ":memory:":
        raise UsageError(
            "a database in memory has no place beside it for trials",
            hint="Name a file: 'fidesdev --database-url sqlite:///trial.db db roundtrip'.",
        )
