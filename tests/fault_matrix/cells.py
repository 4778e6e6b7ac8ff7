"""One fault at one point: carried out, and judged."""

from __future__ import annotations

import signal
from collections.abc import Iterator
from dataclasses import dataclass, field

from tests.fault_matrix.acting import Outcome
from tests.fault_matrix.scenes import TIDYING, Scene, State
from tests.fault_matrix.watching import APPLIES, Fault, Place
from tests.wire import When, Wire

BUG = 70
_CODES = {Fault.KILLED: -signal.SIGKILL, Fault.STOPPED: 130}
_SERVER = {
    Fault.FULL: ("53100", "could not extend file: No space left on device"),
    Fault.DENIED: ("42501", "permission denied"),
}
_RAISED = "DO $$ BEGIN RAISE EXCEPTION '{1}' USING ERRCODE = '{0}'; END $$"
_ON_THE_WIRE = (Fault.KILLED, Fault.STOPPED, Fault.CUT, Fault.FULL, Fault.DENIED)
_WHEN = {Fault.KILLED: When.DURING, Fault.STOPPED: When.DURING, Fault.CUT: When.AFTER}
_READS = ("SELECT", "SHOW", "SET", "WITH", "BEGIN", "ROLLBACK")


@dataclass(frozen=True, slots=True)
class Cell:
    """A point of a verb, and what goes wrong there."""

    place: Place
    number: int
    """From 1: of the points of the process, or of the statements that a server gets."""
    name: str
    fault: Fault
    on_wire: bool = False


@dataclass(frozen=True, slots=True)
class Judged:
    """A cell, and what was wrong after it."""

    cell: Cell
    reached: bool
    problems: tuple[str, ...] = ()
    text: str = field(default="", repr=False)
    """What the command said."""


@dataclass(frozen=True, slots=True)
class Undisturbed:
    """A verb that nothing happened to."""

    before: State
    after: State
    leftovers: frozenset[str]
    cells: tuple[Cell, ...] = field(repr=False)


def undisturbed(scene: Scene) -> Undisturbed:
    """What the verb does, and every cell that it has."""
    scene.reset()
    before, then = scene.state(), scene.leftovers()
    wire = Wire(scene.project.url, 0, When.DURING) if scene.server else None
    ended = scene.run(*scene.verb.arguments, wire=wire)
    assert ended.code == 0, ended.text
    after, first = scene.state(), scene.leftovers()
    _tidy(scene)
    cells = [*_cells_of(ended), *_cells_on(wire)]
    return Undisturbed(before, after, then | first | scene.leftovers(), tuple(cells))


def judge(scene: Scene, cell: Cell, known: Undisturbed) -> Judged:
    """Have the fault happen, and look; then see whether the next command heals."""
    scene.reset()
    wire = _wire(scene, cell) if cell.on_wire else None
    aim = (0, None) if cell.on_wire else (cell.number, cell.fault)
    ended = scene.run(*scene.verb.arguments, aim=aim, wire=wire)
    try:
        found = tuple(_problems(scene, cell, known, ended))
    except Exception as error:
        found = (f"cannot be looked at: {type(error).__name__}: {error}",)
    return Judged(cell, bool(ended.reached), found, ended.text if found else "")


def _cells_of(ended: Outcome) -> Iterator[Cell]:
    for number, (place, name) in enumerate(ended.seen, 1):
        for fault in APPLIES[place]:
            yield Cell(place, number, name, fault)


def _cells_on(wire: Wire | None) -> Iterator[Cell]:
    """Every fault at a statement that changes something, and one of them at one that reads."""
    for number, statement in enumerate(wire.statements if wire else (), 1):
        name = " ".join(statement.split())[:60]
        reads = name.upper().startswith(_READS)
        faults = (_ON_THE_WIRE[number % len(_ON_THE_WIRE)],) if reads else _ON_THE_WIRE
        for fault in faults:
            yield Cell(Place.STATEMENT, number, name, fault, on_wire=True)


def _wire(scene: Scene, cell: Cell) -> Wire:
    when = _WHEN.get(cell.fault, When.DURING)
    wire = Wire(scene.project.url, cell.number, when, cell.fault is Fault.KILLED)
    wire.sends = signal.SIGINT if cell.fault is Fault.STOPPED else None
    wire.instead = _RAISED.format(*_SERVER[cell.fault]) if cell.fault in _SERVER else ""
    return wire


def _problems(scene: Scene, cell: Cell, known: Undisturbed, ended: Outcome) -> Iterator[str]:
    state = scene.state()
    if state.rows not in (known.before.rows, known.after.rows):
        yield f"the version table says {sorted(state.rows)}"
    if state.tables != _owner(state, known).tables:
        yield f"the version table says {sorted(state.rows)}, there are {sorted(state.tables)}"
    for name, text in state.texts.items():
        if text not in (known.before.texts.get(name), known.after.texts.get(name)):
            yield f"{name} is neither as before nor as afterwards"
    yield from told(cell, ended, is_done=state == known.after)
    yield from _healed(scene, known, state)


def _owner(state: State, known: Undisturbed) -> State:
    """Whichever of both ends the rows belong to; the tables tell where they are the same."""
    same = known.before.rows == known.after.rows
    is_done = state.tables == known.after.tables if same else state.rows == known.after.rows
    return known.after if is_done else known.before


def told(cell: Cell, ended: Outcome, *, is_done: bool) -> Iterator[str]:
    """Whether the command said what there was to say."""
    code = ended.code
    if code == 0:
        if not is_done:
            yield "it said that it was done, and was not"
    elif cell.fault in _CODES:
        if code != _CODES[cell.fault]:
            yield f"it ended with {code}"
    elif code is None or code < 0 or (code == BUG and not _is_surprise(cell)):
        yield f"it ended with {code}, as though it had a bug"
    elif code != BUG and "hint: " not in ended.text:
        yield "it gave no hint"


def _is_surprise(cell: Cell) -> bool:
    """Whether nobody can expect the fault."""
    return cell.fault is Fault.RAISED and cell.place is not Place.STATEMENT


def _healed(scene: Scene, known: Undisturbed, state: State) -> Iterator[str]:
    """Whether the same again, or whatever comes next, leaves all as though nothing had happened."""
    if state != known.after or scene.verb.repeats:
        again = scene.run(*scene.verb.arguments)
        if again.code != 0:
            yield f"the same again ended with {again.code}: {again.text[-600:]}"
            return
    else:
        _tidy(scene)
    healed = scene.state()
    if healed != known.after:
        yield f"the same again left {healed}"
    if left := scene.leftovers() - known.leftovers:
        yield f"left behind: {', '.join(sorted(left))}"
    if count := scene.connections():
        yield f"{count} connections are left"
    yield from scene.journal_lies(healed.rows)


def _tidy(scene: Scene) -> None:
    """Something that has nothing to do with what went wrong."""
    ended = scene.run("snapshot", "save", TIDYING)
    assert ended.code == 0, f"the next command ended with {ended.code}: {ended.text[-600:]}"
