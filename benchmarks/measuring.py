"""Two commands that do the same, run in turn: wall time, CPU time and memory of each."""

from __future__ import annotations

import math
import os
import platform
import statistics
import subprocess
import sys
from collections.abc import Callable, Mapping, Sequence
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any

Prepare = Callable[[], object]

_LAUNCHER = """
import os, sys, time
out = os.open(os.devnull, os.O_WRONLY)
err = os.open(sys.argv[1], os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
streams = [(os.POSIX_SPAWN_DUP2, out, 1), (os.POSIX_SPAWN_DUP2, err, 2)]
began = time.perf_counter()
process = os.posix_spawnp(sys.argv[2], sys.argv[2:], os.environ, file_actions=streams)
_, status, used = os.wait4(process, 0)
wall, cpu = time.perf_counter() - began, used.ru_utime + used.ru_stime
print(wall, cpu, used.ru_maxrss, os.waitstatus_to_exitcode(status))
"""
"""Runs a command from a small process: a child's most memory is never told below its parent's."""


def nothing() -> None:
    """Prepare nothing."""


@dataclass(frozen=True)
class Case:
    """Two commands that do the same, and what to do before each of them."""

    group: str
    name: str
    ours: Sequence[str]
    peer: str
    """What the other one is called."""
    theirs: Sequence[str]
    folder: Path
    before_ours: Prepare = nothing
    before_theirs: Prepare = nothing
    size: int | None = None
    """Revisions, where the case is one of several that differ in nothing else."""
    statuses: frozenset[int] = frozenset({0})
    """Exit codes that are no failure: 3 and 1 tell findings."""


@dataclass(frozen=True)
class Run:
    """One run of one command."""

    wall: float
    cpu: float
    """Seconds of the process and of the children that it waited for, not of a server."""
    megabytes: float
    """The most that the process had in memory, or one of its children."""


@dataclass
class Measured:
    """The runs of both commands of a case."""

    group: str
    name: str
    peer: str
    size: int | None
    ours: list[Run] = field(default_factory=list)
    theirs: list[Run] = field(default_factory=list)

    def facts(self) -> dict[str, Any]:
        """As JSON has it: medians, the most memory, the ratios ours / theirs, and every run."""
        ours, theirs = _middle(self.ours), _middle(self.theirs)
        return {
            "group": self.group,
            "case": self.name,
            "peer": self.peer,
            "size": self.size,
            "ours": ours,
            "theirs": theirs,
            "ratio": round(ours["wall"] / theirs["wall"], 3),
            "cpu_ratio": round(ours["cpu"] / theirs["cpu"], 3) if theirs["cpu"] else None,
            "runs": {"ours": [*map(asdict, self.ours)], "theirs": [*map(asdict, self.theirs)]},
        }


def measure(case: Case, runs: int, environ: Mapping[str, str], *, warm: bool = True) -> Measured:
    """Both commands in turn, A B A B; the first pair is not counted where it is to `warm` up."""
    found = Measured(case.group, case.name, case.peer, case.size)
    sides = (
        (case.ours, case.before_ours, found.ours),
        (case.theirs, case.before_theirs, found.theirs),
    )
    for number in range(-1 if warm else 0, runs):
        for command, prepare, into in sides:
            prepare()
            one = run(command, case, environ)
            if number >= 0:
                into.append(one)
    return found


def run(command: Sequence[str], case: Case, environ: Mapping[str, str]) -> Run:
    """One run; raises `RuntimeError` with what the command said when it fails."""
    said = case.folder / "said.txt"
    done = subprocess.run(
        [sys.executable, "-I", "-S", "-c", _LAUNCHER, str(said), *command],
        cwd=case.folder,
        env=dict(environ),
        check=True,
        stdout=subprocess.PIPE,
        text=True,
    )
    wall, cpu, memory, code = map(float, done.stdout.split())
    if code not in case.statuses:
        last = said.read_text(errors="replace")[-2000:]
        raise RuntimeError(f"{' '.join(command)} ended with {code:.0f}: {last}")
    kilobytes = memory / (1024 if platform.system() == "Darwin" else 1)
    return Run(round(wall, 5), round(cpu, 5), round(kilobytes / 1024, 1))


def orders(measured: Sequence[Measured]) -> list[dict[str, Any]]:
    """How cost grows with size: the exponent of the line through log time over log size."""
    cases: dict[tuple[str, str], list[Measured]] = {}
    for one in measured:
        if one.size is not None:
            cases.setdefault((one.name, one.peer), []).append(one)
    return [
        {
            "case": name,
            "peer": peer,
            "sizes": [one.size for one in found],
            "ours": _order([(one.size or 1, one.ours) for one in found]),
            "theirs": _order([(one.size or 1, one.theirs) for one in found]),
        }
        for (name, peer), found in cases.items()
        if len(found) > 1
    ]


def machine() -> dict[str, Any]:
    """What the figures hold for."""
    memory = os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES") / 2**30
    return {
        "architecture": platform.machine(),
        "system": platform.system(),
        "cores": os.cpu_count(),
        "memory_gib": round(memory, 1),
        "python": platform.python_version(),
        "load": round(os.getloadavg()[0], 1),
    }


def _order(points: Sequence[tuple[int, Sequence[Run]]]) -> float:
    """The slope of the least squares of log wall time over log size."""
    places = [(math.log(size), math.log(_middle(runs)["wall"])) for size, runs in points]
    slope, _start = statistics.linear_regression(*zip(*places, strict=True))
    return round(slope, 2)


def _middle(runs: Sequence[Run]) -> dict[str, float]:
    return {
        "wall": round(statistics.median(one.wall for one in runs), 4),
        "cpu": round(statistics.median(one.cpu for one in runs), 4),
        "megabytes": round(max(one.megabytes for one in runs), 1),
    }
