"""All cells of some verbs, several at a time."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path

from fidesdev.core.url import DatabaseUrl
from tests.fault_matrix.cells import Cell, Judged, Undisturbed, judge, undisturbed
from tests.fault_matrix.scenes import opened
from tests.fault_matrix.verbs import VERBS, Verb


@dataclass(frozen=True, slots=True)
class Line:
    """A cell of a verb on one kind of database, judged."""

    verb: str
    backend: str
    judged: Judged


@dataclass(frozen=True, slots=True)
class Run:
    """Where, and how much of it."""

    folder: Path
    server: DatabaseUrl
    every: int = 1
    """One cell in so many, spread over all of them."""
    jobs: int = 2

    def verbs(
        self,
        verbs: Sequence[Verb] = VERBS,
        backend: str | None = None,
        told: Callable[[str], object] = lambda _line: None,
    ) -> Iterator[Line]:
        """Judge the cells of the verbs, on SQLite and on the server, or on one of them."""
        servers = {"sqlite": None, "postgresql": self.server}
        for verb in verbs:
            for name in [backend] if backend else servers:
                began = time.monotonic()
                made = self.lines(verb, servers[name])
                red = sum(bool(line.judged.problems) for line in made)
                seconds = time.monotonic() - began
                told(f"{verb.name} on {name}: {len(made)} cells, {red} red, {seconds:.0f} s")
                yield from made

    def lines(self, verb: Verb, server: DatabaseUrl | None) -> list[Line]:
        """Judge those of one verb on one kind of database."""
        with opened(verb, self.folder / "first", server) as scene:
            known = undisturbed(scene)
        cells = known.cells[:: self.every]
        shares = [cells[number :: self.jobs] for number in range(self.jobs)]
        with ThreadPoolExecutor(self.jobs) as pool:
            done = [
                pool.submit(self._share, verb, server, number, share, known)
                for number, share in enumerate(shares)
                if share
            ]
            judged = [one for share in done for one in share.result()]
        backend = server.backend if server else "sqlite"
        return [Line(verb.name, backend, one) for one in judged]

    def _share(
        self,
        verb: Verb,
        server: DatabaseUrl | None,
        number: int,
        cells: Sequence[Cell],
        known: Undisturbed,
    ) -> list[Judged]:
        """Some of the cells, one after the other in a scene of their own."""
        with opened(verb, self.folder / f"share{number}", server) as scene:
            before = scene.state()
            assert before == known.before, "two scenes of a verb are the same"
            return [judge(scene, cell, known) for cell in cells]
