"""The worker in a process of its own: requests and events as JSON, one a line, through pipes."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import threading
from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import IO, Any, Protocol

from fidesdev.errors import CommandMissing, RunnerFailed

Facts = Mapping[str, Any]
Listen = Callable[[Facts], None]

BOOTSTRAP = (
    "import os, sys\n"
    "sys.path[:] = [folder for folder in sys.path if folder]\n"
    "def read(count):\n"
    "    data = b''\n"
    "    while len(data) < count:\n"
    "        more = os.read(0, count - len(data))\n"
    "        if not more: sys.exit(1)\n"
    "        data += more\n"
    "    return data\n"
    "exec(compile(read(int(read(10))), '<fidesdev worker>', 'exec'), {'__name__': '__main__'})\n"
)
"""Reads ten digits, and so many bytes of worker; it takes not a byte more from stdin."""

_SECONDS_TO_GIVE_UP = 15.0
_SECONDS_TO_LEAVE = 5.0
_KEPT_STDERR = 2000


class Session(Protocol):
    """A worker that answers one request after the other."""

    def request(self, operation: str, job: Facts, listen: Listen) -> Facts | None:
        """None once it is done, or what the worker says of its failure."""

    def close(self) -> None:
        """Let go of the lock and of the process, if it is another one."""


@dataclass(frozen=True, slots=True)
class Start:
    """How the worker becomes a process of its own."""

    argv: Sequence[str]
    cwd: Path
    environ: Mapping[str, str]
    name: str
    """What a person calls the place: a path, or a service."""
    remedy: str
    """What to do where it does not start."""


class Piped:
    """The worker in a process of its own, which dies with this one."""

    def __init__(self, start: Start, folder: str, variables: Mapping[str, str]) -> None:
        self._start = start
        self._number = 0
        self._process = _popen(start)
        assert self._process.stderr is not None
        self._stderr = _Relay(self._process.stderr)
        try:
            self._greet()
            opened = self.request("open", {"folder": folder, "variables": variables}, _ignore)
            if opened:
                raise self._unfit(opened["message"])
        except BaseException:
            self.close()
            raise

    @property
    def pid(self) -> int:
        """Of the process that was started here."""
        return self._process.pid

    def request(self, operation: str, job: Facts, listen: Listen) -> Facts | None:
        self._number += 1
        request = {"operation": operation, "job": job, "number": self._number}
        try:
            if not self._send(request):
                return self._died()
            return self._answer(listen)
        except KeyboardInterrupt:
            self._interrupt()
            raise

    def interrupt(self) -> None:
        """Have it end the request that another thread waits for, with everything rolled back."""
        self._send({"operation": "interrupt"})

    def kill(self) -> None:
        """End it at once; whoever waits for an answer learns that it died."""
        self._process.kill()

    def close(self) -> None:
        """Ask it to leave, then make it: it ends by itself when its stdin does."""
        process = self._process
        if process.poll() is None:
            self._send({"operation": "close", "job": {}, "number": self._number + 1})
        with suppress(BrokenPipeError):
            if process.stdin:
                process.stdin.close()
        try:
            process.wait(_SECONDS_TO_LEAVE)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()
        self._stderr.join()
        if process.stdout:
            process.stdout.close()

    def _greet(self) -> None:
        """Send the worker its own source, and wait for what it says of itself."""
        source = Path(__file__).with_name("worker.py").read_bytes()
        if not self._write(b"%010d" % len(source) + source):
            raise self._unfit(f"it ended before it answered ({self._end()})")
        greeting = self._line()
        if greeting is None:
            raise self._unfit(f"it ended before it answered ({self._end()})")
        if greeting["event"] != "ready":
            raise self._unfit(greeting["message"], missing_module=greeting.get("missing_module"))

    def _answer(self, listen: Listen) -> Facts | None:
        while (event := self._line()) is not None:
            if event["event"] not in {"done", "failed"}:
                listen(event)
            elif event["number"] == self._number:
                facts: Facts | None = event.get("facts")
                return facts
        return self._died()

    def _interrupt(self) -> None:
        """Pass Ctrl-C on, and wait until the worker has rolled back."""
        late = threading.Timer(_SECONDS_TO_GIVE_UP, self.kill)
        late.start()
        try:
            self.interrupt()
            self._answer(_ignore)
        finally:
            late.cancel()

    def _died(self) -> Facts:
        return {"code": "runner_died", "message": self._end()}

    def _end(self) -> str:
        """How the process ended; it has, or listens no more."""
        try:
            code = self._process.wait(_SECONDS_TO_LEAVE)
        except subprocess.TimeoutExpired:
            self._process.kill()
            code = self._process.wait()
        return f"killed by signal {-code}" if code < 0 else f"exit code {code}"

    def _unfit(self, reason: str, **facts: Any) -> RunnerFailed:
        self._process.kill()
        self._process.wait()
        self._stderr.join()
        last = self._stderr.last_line
        said = f"{reason}: {last}" if last else reason
        return RunnerFailed(self._start.name, said, remedy=self._start.remedy, **facts)

    def _send(self, message: Facts) -> bool:
        return self._write(json.dumps(message).encode() + b"\n")

    def _write(self, data: bytes) -> bool:
        assert self._process.stdin is not None
        try:
            self._process.stdin.write(data)
            self._process.stdin.flush()
        except (BrokenPipeError, ValueError):  # it is gone, or was closed
            return False
        return True

    def _line(self) -> dict[str, Any] | None:
        assert self._process.stdout is not None
        line = self._process.stdout.readline()
        if not line.endswith(b"\n"):
            return None
        event: dict[str, Any] = json.loads(line)
        return event


class _Relay:
    """Passes a process's stderr on, and remembers the end of it."""

    def __init__(self, stream: IO[bytes]) -> None:
        self._stream, self._kept = stream, ""
        self._thread = threading.Thread(target=self._pass_on, daemon=True)
        self._thread.start()

    @property
    def last_line(self) -> str:
        lines = self._kept.strip().splitlines()
        return lines[-1].strip() if lines else ""

    def join(self) -> None:
        self._thread.join(_SECONDS_TO_LEAVE)

    def _pass_on(self) -> None:
        with self._stream:
            while chunk := os.read(self._stream.fileno(), 4096):
                text = chunk.decode(errors="replace")
                self._kept = (self._kept + text)[-_KEPT_STDERR:]
                sys.stderr.write(text)
                sys.stderr.flush()


def _popen(start: Start) -> subprocess.Popen[bytes]:
    try:
        return subprocess.Popen(
            start.argv,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            cwd=start.cwd,
            env=dict(start.environ),
            start_new_session=True,  # Ctrl-C is ours to pass on
        )
    except OSError as error:
        raise CommandMissing(
            f"cannot start {start.argv[0]}: {error.strerror or error}",
            hint="See [fidesdev] runner in 'fidesdev config show'.",
            command=start.argv[0],
        ) from error


def _ignore(_event: Facts) -> None:
    """Listen to nothing."""
