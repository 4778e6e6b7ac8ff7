"""A sample of the fault matrix, and that it sees what it looks for.

All of it: `python -m tests.fault_matrix`.
"""

from __future__ import annotations

import random
from pathlib import Path

import pytest

from fidesdev.core.url import DatabaseUrl
from tests.fault_matrix.cells import Cell, Judged, judge, undisturbed
from tests.fault_matrix.runs import Line
from tests.fault_matrix.scenes import Scene, opened
from tests.fault_matrix.table import table
from tests.fault_matrix.verbs import VERBS, Verb
from tests.fault_matrix.watching import Fault, Place
from tests.wire import Wire

SAMPLE = 3
"""Cells of each verb on each kind of database."""


@pytest.mark.parametrize("backend", ["sqlite", "postgresql"])
@pytest.mark.parametrize("verb", VERBS, ids=lambda verb: verb.name)
def test_a_fault_anywhere_leaves_what_the_next_command_heals(
    verb: Verb, backend: str, tmp_path: Path, request: pytest.FixtureRequest
) -> None:
    server = request.getfixturevalue("server") if backend == "postgresql" else None
    with opened(verb, tmp_path / "scene", server) as scene:
        known = undisturbed(scene)
        chosen = random.Random(f"{verb.name} {backend}").sample(known.cells, SAMPLE)
        judged = [judge(scene, cell, known) for cell in chosen]
    assert [(one.cell, one.problems, one.text) for one in judged if one.problems] == []
    assert any(one.reached for one in judged)


@pytest.mark.parametrize(
    ("verb", "name", "fault"),
    [
        ("goto", "remove test.db.fidesdev-lock", Fault.STOPPED),
        ("goto", "rename test.db.fidesdev-snapshots/fidesdev_snapshot_#.json.new", Fault.FULL),
        ("goto", "write test.db.fidesdev-lock", Fault.CLOCK),
        ("rebase", "write test.db.fidesdev-journal.jsonl", Fault.KILLED),
        ("rebase", "remove .fidesdev/rebase.json", Fault.DENIED),
        ("undo", "write test.db.fidesdev-journal.jsonl", Fault.KILLED),
    ],
)
def test_what_once_went_wrong(verb: str, name: str, fault: Fault, tmp_path: Path) -> None:
    (chosen,) = (one for one in VERBS if one.name == verb)
    with opened(chosen, tmp_path / "scene", None) as scene:
        known = undisturbed(scene)
        cell = [one for one in known.cells if (one.name, one.fault) == (name, fault)][-1]
        judged = judge(scene, cell, known)
    assert judged.reached
    assert not judged.problems, judged.text


class Vandal(Scene):
    """A scene in which a command drops a table besides what it does."""

    def run(self, *arguments: str, wire: Wire | None = None, **more: object) -> object:  # type: ignore[override]
        ended = super().run(*arguments, wire=wire, **more)  # type: ignore[arg-type]
        self.project.sql("DROP TABLE IF EXISTS t_comm")
        return ended


def test_harm_is_seen(tmp_path: Path) -> None:
    (verb,) = (one for one in VERBS if one.name == "upgrade")
    with opened(verb, tmp_path / "scene", None) as scene:
        known = undisturbed(scene)
        cell = next(one for one in known.cells if one.fault is Fault.DENIED)
        vandal = Vandal(verb, scene.folder, scene.project, None)
        judged = judge(vandal, cell, known)
    assert judged.reached
    assert any("the version table says" in problem for problem in judged.problems)


def test_every_kind_of_point_is_found(tmp_path: Path, server: DatabaseUrl) -> None:
    (verb,) = (one for one in VERBS if one.name == "rebase")
    with opened(verb, tmp_path / "scene", server) as scene:
        cells = undisturbed(scene).cells
    names = {(one.place, one.name) for one in cells}
    assert (Place.FILE, "rename migrations/versions/.mmm1.py.rebase") in names
    assert (Place.PROGRAM, "git status") in names
    assert (Place.STATEMENT, 'DROP TABLE "t_mmm1"') in names
    assert {one.fault for one in cells} == set(Fault)


def test_the_table_counts_what_is_green_and_names_what_is_red() -> None:
    killed = Cell(Place.FILE, 1, "write a", Fault.KILLED)
    lines = [
        Line("goto", "sqlite", Judged(killed, True)),
        Line("goto", "sqlite", Judged(killed, True, ("a is torn",))),
        Line("goto", "sqlite", Judged(Cell(Place.FILE, 2, "write b", Fault.FULL), False)),
    ]
    text = table(lines)
    assert "goto     sqlite      files             2     1 of 2" in text
    assert "RED goto on sqlite, kill -9 at files 1, write a: a is torn" in text
    assert "3 cells: 2 green, 1 red, 1 not reached" in text
