"""The journal in a file: one JSON document a line, a line when a move begins and one when it ends.

The first line of a move carries the sources that the file does not have yet, so that they are
there even when the process is killed. A line that was cut off by a crash is passed over.
"""

from __future__ import annotations

import contextlib
import fcntl
import json
import os
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import asdict
from datetime import UTC, datetime
from pathlib import Path
from typing import IO, Any

from fidesdev.adapters.own_files import open_own
from fidesdev.adapters.revision_cache import make_folder
from fidesdev.core.journal import (
    JournalMove,
    JournalSource,
    JournalStep,
    Note,
    Origin,
    Outcome,
    PlannedStep,
    RanStep,
)
from fidesdev.errors import JournalFailed

Entry = dict[str, Any]
_EVENTS = {"begin", "snapshot", "end"}


class FileJournal:
    """A journal beside the database that it is about, or in a folder of ours."""

    def __init__(self, path: Path) -> None:
        self._path = path

    def refusal(self) -> str | None:
        """Why the file cannot be written; None where it can."""
        folder = next(above for above in self._path.parents if above.exists())
        place = self._path if self._path.exists() else folder
        sound = folder.is_dir() and os.access(place, os.W_OK)
        return None if sound else f"{self._path} cannot be written"

    def begin(
        self, command: str, before: frozenset[str], origin: Origin, steps: Sequence[PlannedStep]
    ) -> int:
        with self._locked() as file:
            moves = _moves(_entries(file.read()))
            kept = {hash_ for begin, _end in moves.values() for hash_ in begin["sources"]}
            id_ = max(moves, default=0) + 1
            entry = {
                "event": "begin",
                "id": id_,
                "command": command,
                "before": sorted(before),
                "started": _now(),
                **asdict(origin),
                "plan": [step.facts for step in steps],
                "sources": {h: _text(s.source) for s in steps if (h := s.sha256) not in kept and h},
            }
            lost = [key for key, (_begin, end) in moves.items() if end is None]
            _append(file, *(_end(key, Outcome.INTERRUPTED, before) for key in lost), entry)
            return id_

    def remember(self, move: int, snapshot: str) -> None:
        with self._locked() as file:
            _append(file, {"event": "snapshot", "id": move, "snapshot": snapshot})

    def note(self, move: int, steps: Sequence[PlannedStep]) -> Note | None:  # noqa: ARG002
        return None  # SQL cannot write here: `end` does, from what the events told

    def end(
        self,
        move: int,
        outcome: Outcome,
        after: frozenset[str] | None,
        error: str | None,
        steps: Sequence[RanStep],
    ) -> None:
        with contextlib.suppress(JournalFailed), self._locked() as file:
            _append(file, _end(move, outcome, after, error, steps))

    def moves(self, limit: int | None = None) -> tuple[JournalMove, ...]:
        found = [_move(begin, end) for begin, end in self._read().values()]
        return tuple(found[::-1][:limit])

    def source(self, revision: str) -> JournalSource | None:
        moves = self._read()
        texts = {h: text for begin, _end in moves.values() for h, text in begin["sources"].items()}
        found = [
            (step["direction"] == "up", begin, step)
            for begin, end in moves.values()
            for step in begin["plan"]
            if step["revision"] == revision and step["sha256"] in texts and _may_have_run(step, end)
        ]
        if not found:
            return None
        _up, begin, step = max(reversed(found), key=lambda candidate: candidate[0])
        return _source(begin, step, texts[step["sha256"]])

    def close(self) -> None:
        pass  # nothing stays open

    def _read(self) -> dict[int, tuple[Entry, Entry | None]]:
        try:
            return _moves(_entries(self._path.read_bytes()))
        except OSError:
            return {}

    @contextmanager
    def _locked(self) -> Iterator[IO[bytes]]:
        """The file, opened for reading and appending, while no other process writes it.

        Raises `JournalFailed`.
        """
        try:
            make_folder(self._path.parent)
            with open_own(self._path, "a+b") as file:
                fcntl.flock(file, fcntl.LOCK_EX)
                file.seek(0)
                yield file
                file.flush()
                os.fsync(file.fileno())
        except OSError as error:
            raise JournalFailed(str(self._path), error.strerror or str(error)) from error


def _entries(content: bytes) -> Iterator[Entry]:
    """The documents of the lines that are whole."""
    for line in content.splitlines():
        with contextlib.suppress(ValueError):
            entry = json.loads(line)
            if isinstance(entry, dict) and entry.get("event") in _EVENTS and "id" in entry:
                yield entry


def _moves(entries: Iterable[Entry]) -> dict[int, tuple[Entry, Entry | None]]:
    """By id: how a move began, and how it ended; the last word on its end counts."""
    moves: dict[int, tuple[Entry, Entry | None]] = {}
    for entry in entries:
        if entry["event"] == "begin":
            moves[entry["id"]] = (entry, None)
        elif entry["event"] == "snapshot" and entry["id"] in moves:
            moves[entry["id"]][0]["snapshot"] = entry["snapshot"]
        elif entry["id"] in moves:
            moves[entry["id"]] = (moves[entry["id"]][0], entry)
    return moves


def _append(file: IO[bytes], *entries: Entry) -> None:
    """Write a line for each entry, after the end of a line that was cut off."""
    file.seek(0, os.SEEK_END)
    if file.tell():
        file.seek(-1, os.SEEK_END)
        torn = file.read(1) != b"\n"
    else:
        torn = False
    lines = (json.dumps(entry, separators=(",", ":")).encode() + b"\n" for entry in entries)
    file.write(b"\n" * torn + b"".join(lines))


def _may_have_run(step: Entry, end: Entry | None) -> bool:
    """Whether the step was carried out; of a move that was killed nobody knows."""
    if end is None or end["outcome"] == Outcome.INTERRUPTED:
        return True
    return any(ran["number"] == step["number"] for ran in end["steps"])


def _end(
    move: int,
    outcome: Outcome,
    after: frozenset[str] | None,
    error: str | None = None,
    steps: Sequence[RanStep] = (),
) -> Entry:
    return {
        "event": "end",
        "id": move,
        "outcome": outcome.value,
        "after": None if after is None else sorted(after),
        "finished": _now(),
        "error": error,
        "steps": [
            {
                "number": ran.planned.number,
                "started": ran.started.isoformat(),
                "seconds": round(ran.seconds, 3),
            }
            for ran in steps
        ],
    }


def _move(begin: Entry, end: Entry | None) -> JournalMove:
    planned = {step["number"]: step for step in begin["plan"]}
    started = datetime.fromisoformat(begin["started"])
    finished = datetime.fromisoformat(end["finished"]) if end else None
    return JournalMove(
        id=begin["id"],
        command=begin["command"],
        before=tuple(begin["before"]),
        after=tuple(end["after"]) if end and end["after"] is not None else None,
        started=started,
        finished=finished,
        seconds=round((finished - started).total_seconds(), 3) if finished else None,
        outcome=Outcome(end["outcome"]) if end else Outcome.RUNNING,
        error=end["error"] if end else None,
        snapshot=begin.get("snapshot"),
        steps=tuple(_step(planned[ran["number"]], ran) for ran in (end["steps"] if end else ())),
        **{name: begin[name] for name in ("who", "host", "commit", "branch", "dirty", "version")},
    )


def _step(planned: Entry, ran: Entry) -> JournalStep:
    return JournalStep(
        number=planned["number"],
        revision=planned["revision"],
        parents=tuple(planned["parents"]),
        depends_on=tuple(planned["depends_on"]),
        direction=planned["direction"],
        sha256=planned["sha256"],
        path=planned["path"],
        started=datetime.fromisoformat(ran["started"]),
        seconds=ran["seconds"],
    )


def _source(begin: Entry, step: Entry, text: str) -> JournalSource:
    return JournalSource(
        revision=step["revision"],
        source=text.encode("utf-8", "surrogateescape"),
        sha256=step["sha256"],
        branch=begin["branch"],
        commit=begin["commit"],
        parents=tuple(step["parents"]),
        depends_on=tuple(step["depends_on"]),
        path=step["path"],
        applied=datetime.fromisoformat(begin["started"]),
    )


def _text(source: bytes) -> str:
    """The bytes as text that JSON can carry, and from which they can be had back exactly."""
    return source.decode("utf-8", "surrogateescape")


def _now() -> str:
    return datetime.now(UTC).isoformat()
