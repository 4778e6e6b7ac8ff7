"""`docker clean` in the matrix: its points are mostly requests to the engine."""

from __future__ import annotations

import os
import shutil
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from tests import docker_images
from tests.cli.processes import environment
from tests.docker_projects import Shop, is_there, make_shop
from tests.fault_matrix.acting import Outcome, act
from tests.fault_matrix.cells import Cell, Judged
from tests.fault_matrix.cells import told as problems_told
from tests.fault_matrix.runs import Line
from tests.fault_matrix.watching import APPLIES, Fault, Place

CLEAN = ("docker", "clean", "--all", "--yes")
_READS = ("GET", "HEAD")
_AT_READING = (Fault.KILLED, Fault.RAISED, Fault.STOPPED, Fault.CUT)


@dataclass(frozen=True, slots=True)
class Yard:
    """A Compose project whose things come and go, and a volume that is not its."""

    shop: Shop
    foreign: str

    def fill(self) -> None:
        """Have everything there that a clean removes."""
        self.shop.remove()
        shutil.rmtree(self.shop.root / ".fidesdev", ignore_errors=True)
        self.shop.make_parts()
        self.shop.client.create_volume(self.foreign)
        self.shop.unnamed.append(self.foreign)  # which goes with the rest in the end

    def clean(self, aim: tuple[int, Fault | None] = (0, None)) -> Outcome:
        return act(self.shop.root, CLEAN, None, environ=environment(HOME=os.devnull), aim=aim)

    def cells(self) -> tuple[Cell, ...]:
        """Every fault at what changes something, and one of them at what only asks."""
        self.fill()
        ended = self.clean()
        assert ended.code == 0, ended.text
        return tuple(_cells(ended))

    def judge(self, cell: Cell) -> Judged:
        """Have the fault happen, and look; then see whether the next clean finishes it."""
        self.fill()
        ended = self.clean((cell.number, cell.fault))
        found = tuple(self._problems(cell, ended))
        return Judged(cell, bool(ended.reached), found, ended.text if found else "")

    def _problems(self, cell: Cell, ended: Outcome) -> Iterator[str]:
        yield from problems_told(cell, ended, is_done=not self.shop.holds())
        again = self.clean()
        if again.code != 0:
            yield f"the same again ended with {again.code}: {again.text[-600:]}"
        if left := self.shop.holds():
            yield f"the same again left {left}"
        if not is_there(self.foreign):
            yield "a volume of somebody else is gone"


def lines(folder: Path, every: int, told: Callable[[str], object]) -> Iterator[Line]:
    """Judge the cells of `docker clean`, or one in `every`."""
    docker_images.need_engine()
    images = docker_images.tiny_image(), docker_images.postgres_image()
    with opened(folder, *images) as yard:
        cells = yard.cells()[::every]
        told(f"clean on docker: {len(cells)} cells")
        for cell in cells:
            yield Line("clean", "docker", yard.judge(cell))


def _cells(ended: Outcome) -> Iterator[Cell]:
    for number, (place, name) in enumerate(ended.seen, 1):
        asks = place is Place.REQUEST and name.startswith(_READS)
        faults = (_AT_READING[number % len(_AT_READING)],) if asks else APPLIES[place]
        for fault in faults:
            yield Cell(place, number, name, fault)


@contextmanager
def opened(folder: Path, tiny: str, postgres: str) -> Iterator[Yard]:
    """A yard on the engine of this machine; nothing of it is left there."""
    folder.mkdir(parents=True, exist_ok=True)
    with make_shop(folder, tiny, postgres) as shop:
        yield Yard(shop, f"{shop.name}-foreign")
