"""The points of one process at which it changes something, found from outside the product."""

from __future__ import annotations

import errno
import os
import re
import resource
import signal
import socket
import sqlite3
import sys
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from enum import StrEnum
from functools import partial
from typing import Any


class Fault(StrEnum):
    """What goes wrong at a point."""

    KILLED = "kill -9"
    RAISED = "exception"
    STOPPED = "Ctrl-C"
    CUT = "cut"
    """The connection is gone."""
    FULL = "disk full"
    """From there on: no file grows any more, or the server says that it cannot extend one."""
    DENIED = "denied"
    CLOCK = "clock"
    """It is a day earlier from there on."""


class Place(StrEnum):
    """Where the points are."""

    FILE = "files"
    STATEMENT = "statements"
    PROGRAM = "programs"
    REQUEST = "requests"


APPLIES = {
    Place.FILE: tuple(fault for fault in Fault if fault is not Fault.CUT),
    Place.STATEMENT: (Fault.KILLED, Fault.RAISED, Fault.STOPPED, Fault.FULL),
    Place.PROGRAM: (Fault.KILLED, Fault.RAISED, Fault.STOPPED, Fault.DENIED),
    Place.REQUEST: (Fault.KILLED, Fault.RAISED, Fault.STOPPED, Fault.CUT),
}
"""The faults that can happen at a point of this process."""

_CHANGES = {"os.rename", "os.remove", "os.mkdir", "os.rmdir", "os.truncate", "os.link"}
_PROGRAMS = {"subprocess.Popen", "os.posix_spawn", "os.exec"}
_WRITES = os.O_WRONLY | os.O_RDWR | os.O_CREAT | os.O_TRUNC | os.O_APPEND
_READS_ONLY = ("SELECT", "PRAGMA", "EXPLAIN")
VARYING = re.compile(r"[0-9a-f]{12,}|\d[\d.:T-]{5,}\d|(?<=\.)\d+(?=\.|$)")
_DAY = 86_400


class Surprise(Exception):
    """What nobody expects."""


@dataclass
class Watch:
    """Counts the points of this process from 1, and has the fault happen at one of them."""

    root: str
    """Files elsewhere are nobody's business."""
    moment: int = 0
    fault: Fault | None = None
    told: Callable[[str], None] = lambda _name: None
    """Hears of the point at which the fault happens, before it does."""
    seen: list[tuple[Place, str]] = field(default_factory=list)
    _paused: bool = False

    def begin(self) -> None:
        """Watch from now on; it cannot be undone."""
        sys.addaudithook(self._audit)
        _watch_sqlite(self._statement)

    def end(self) -> None:
        """What happens from now on is nobody's business."""
        self._paused = True

    def _audit(self, event: str, arguments: tuple[Any, ...]) -> None:
        if self._paused:
            return
        if event == "open":
            path, _mode, flags = arguments
            if flags & _WRITES:
                self._file("write", path)
        elif event in _CHANGES:
            self._file(event.removeprefix("os."), arguments[0])
        elif event in _PROGRAMS:
            self._pass(Place.PROGRAM, _command(arguments))
        elif event == "http.client.send":
            self._request(*arguments)

    def _file(self, way: str, path: object) -> None:
        if not isinstance(path, str | bytes | os.PathLike):
            return
        name = os.path.abspath(os.fsdecode(path))  # noqa: PTH100 - a Path would take longer
        if not name.startswith(self.root + os.sep) or "__pycache__" in name:
            return
        self._pass(Place.FILE, f"{way} {VARYING.sub('#', name[len(self.root) + 1 :])}")

    def _request(self, connection: Any, data: object) -> None:
        if isinstance(data, bytes) and b" HTTP/1." in data[:300]:
            line = data.partition(b" HTTP/")[0].decode()
            cut = partial(connection.sock.shutdown, socket.SHUT_RDWR)
            self._pass(
                Place.REQUEST, VARYING.sub("#", line), cut if self.fault is Fault.CUT else None
            )

    def _statement(self, connection: sqlite3.Connection, statement: str) -> None:
        words = statement.split(None, 2)
        if self._paused or not words or words[0].upper() in _READS_ONLY:
            return
        self._pass(Place.STATEMENT, " ".join(words[:2]), connection.interrupt)

    def _pass(self, place: Place, name: str, disturb: Callable[[], None] | None = None) -> None:
        self.seen.append((place, name))
        if len(self.seen) != self.moment or self.fault is None:
            return
        self._paused = True
        self.told(f"{place} {name}")
        try:
            if place is Place.STATEMENT and self.fault is Fault.STOPPED:
                self._stop_soon()
            else:
                _happen(self.fault, place, disturb)
        finally:
            self._paused = False

    def _stop_soon(self) -> None:
        """Ctrl-C while the statement runs: SQLite's trace would swallow it."""

        def stop() -> None:
            while self._paused:
                time.sleep(0.001)
            os.kill(os.getpid(), signal.SIGINT)

        threading.Thread(target=stop, daemon=True).start()


def _happen(fault: Fault, place: Place, disturb: Callable[[], None] | None) -> None:
    if fault is Fault.KILLED:
        os.kill(os.getpid(), signal.SIGKILL)
    elif fault is Fault.STOPPED:
        signal.raise_signal(signal.SIGINT)
    elif fault is Fault.FULL:
        resource.setrlimit(resource.RLIMIT_FSIZE, (0, resource.RLIM_INFINITY))
    elif fault is Fault.DENIED:
        raise PermissionError(errno.EACCES, os.strerror(errno.EACCES))
    elif fault is Fault.CLOCK:
        _turn_back_the_clock()
    elif disturb:
        disturb()
    else:
        raise Surprise(f"at {place}")


def _turn_back_the_clock() -> None:
    import time_machine

    time_machine.travel(time.time() - _DAY).start()


def _command(arguments: tuple[Any, ...]) -> str:
    program, given = arguments[0], arguments[1]
    words = [os.fsdecode(word) for word in given][1:4]
    name = os.path.basename(os.fsdecode(program))  # noqa: PTH119 - as it was typed
    return " ".join([name, *(word for word in words if not word.startswith(("-C", "/")))])


def _watch_sqlite(statement: Callable[[sqlite3.Connection, str], None]) -> None:
    """Have every SQLite connection tell its statements before they run."""

    class Watched(sqlite3.Connection):
        def __init__(self, *arguments: Any, **more: Any) -> None:
            super().__init__(*arguments, **more)
            self.set_trace_callback(lambda text: statement(self, text))

    opened = sqlite3.connect

    def connect(*arguments: Any, **more: Any) -> sqlite3.Connection:
        more.setdefault("factory", Watched)
        made: sqlite3.Connection = opened(*arguments, **more)
        return made

    sqlite3.connect = sqlite3.dbapi2.connect = connect  # type: ignore[assignment]
