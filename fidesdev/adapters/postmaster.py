"""One postmaster: what its files say, whether it lives, how it is launched and ended.

A postmaster of ours inherits a locked file, and the kernel holds that lock as long as it or one
of its children lives. So a leftover postmaster.pid is known for what it is although its number
is a zombie's or was given to another process, and another container's server is seen as well.
"""

from __future__ import annotations

import contextlib
import fcntl
import os
import shutil
import signal
import subprocess
import tempfile
import time
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from fidesdev.adapters.unprivileged import Account, Placement, give, run
from fidesdev.errors import ServerFailed

SOCKET_PATH_LIMIT = 100
"""Bytes; `sun_path` holds 108 on Linux and 104 on macOS."""
_LOG_LIMIT = 10_000_000
"""Bytes."""
_PROC = Path("/proc/self")
_ALIVE = "alive.lock"
_DETACH = '"$@" </dev/null &'
"""The shell ends at once, so that init inherits the postmaster and reaps it."""


@dataclass(frozen=True, slots=True)
class PidFile:
    """What postmaster.pid says of the postmaster that wrote it."""

    pid: int
    port: int
    socket_directory: Path


def data_directory(directory: Path) -> Path:
    return directory / "data"


def read_pid_file(directory: Path) -> PidFile | None:
    """The pid file's facts; None when there is none or it is not complete yet."""
    try:
        lines = (data_directory(directory) / "postmaster.pid").read_text("utf-8").splitlines()
        return PidFile(int(lines[0]), int(lines[3]), Path(lines[4]))
    except (FileNotFoundError, IndexError, ValueError):
        return None


def is_alive(directory: Path) -> bool:
    """Whether a process of the server lives, answering or not."""
    path = directory / _ALIVE
    if path.exists():
        with path.open("rb") as file:
            try:
                fcntl.flock(file, fcntl.LOCK_SH | fcntl.LOCK_NB)
            except BlockingIOError:
                return True
    return bool(_postmaster(directory))  # one that somebody started by hand


def clear_leftovers(directory: Path, written: PidFile | None = None) -> None:
    """Remove what a server that does not live any more has left and would stop the next one.

    `written` is its pid file's text where PostgreSQL has removed the file already.
    """
    written = written or read_pid_file(directory)
    if written is not None and written.socket_directory.name.startswith(_prefix(directory)):
        shutil.rmtree(written.socket_directory, ignore_errors=True)
    for leftover in (directory / "socket").glob(".s.PGSQL.*"):
        leftover.unlink(missing_ok=True)
    (data_directory(directory) / "postmaster.pid").unlink(missing_ok=True)


def launch(placement: Placement, argv: Sequence[str | Path], environ: Mapping[str, str]) -> None:
    """Start the postmaster in a session of its own; it may yet die, `is_alive` tells."""
    directory, account = placement.directory, placement.account
    with _locked(directory / _ALIVE, account) as lock, open_log(placement) as log:
        run(
            account,
            ["/bin/sh", "-c", _DETACH, "sh", *argv],
            stdout=log,
            stderr=log,
            cwd=directory,
            env=environ,
            pass_fds=[lock],
            start_new_session=True,
        )


def is_orphaned(directory: Path) -> bool:
    """Whether the postmaster was killed while one of its children is still busy with a query."""
    return is_alive(directory) and not _postmaster(directory)


def end(directory: Path, *, patience: float) -> None:
    """End the server: disconnect clients, write everything; after `patience` seconds, at once.

    Children without a postmaster are asked to cancel what they do; then they end by themselves.
    """
    written = read_pid_file(directory)
    for number in (signal.SIGINT, signal.SIGQUIT):  # PostgreSQL's fast and immediate shutdown
        for pid in _postmaster(directory) or _members(data_directory(directory)):
            with contextlib.suppress(ProcessLookupError):
                os.kill(pid, number)
        if ends_within(directory, patience):
            clear_leftovers(directory, written)
            return
    raise ServerFailed(
        f"the embedded PostgreSQL in {directory} does not stop",
        hint="See which process it is with 'ps ax | grep postgres', and end that.",
        directory=str(directory),
    )


def ends_within(directory: Path, seconds: float) -> bool:
    """Whether the server has ended by then."""
    deadline = time.monotonic() + seconds
    while is_alive(directory):
        if time.monotonic() > deadline:
            return False
        time.sleep(0.01)
    return True


def socket_directory(placement: Placement) -> Path:
    """A directory, nobody else's, where a socket's path is short enough for the system."""
    usual = placement.directory / "socket"
    if len(os.fsencode(usual / ".s.PGSQL.65535.lock")) <= SOCKET_PATH_LIMIT:
        if not usual.exists():
            usual.mkdir(mode=0o700)
            give(usual, placement.account)
        return usual
    temporary = tempfile.gettempdir()
    short = temporary if len(os.fsencode(temporary)) < SOCKET_PATH_LIMIT // 2 else "/tmp"  # noqa: S108 - mkdtemp
    made = Path(tempfile.mkdtemp(prefix=_prefix(placement.directory), dir=short))
    give(made, placement.account)
    return made


def open_log(placement: Placement) -> contextlib.AbstractContextManager[int]:
    """The server's log, open for appending; the former one is kept when it has grown."""
    path = log_file(placement.directory)
    if path.exists() and path.stat().st_size > _LOG_LIMIT:
        path.replace(path.with_suffix(".old.log"))
    return _opened(path, os.O_WRONLY | os.O_APPEND, placement.account)


def log_file(directory: Path) -> Path:
    return directory / "postgres.log"


@contextlib.contextmanager
def exclusively(directory: Path, account: Account, *, patience: float) -> Iterator[None]:
    """Be the only command that starts or stops the server of the directory."""
    with _locked(directory / "command.lock", account, patience=patience):
        yield


@contextlib.contextmanager
def _locked(path: Path, account: Account, *, patience: float = 10) -> Iterator[int]:
    """An exclusively locked file, as long as somebody has the descriptor open."""
    deadline = time.monotonic() + patience
    with _opened(path, os.O_RDWR, account) as descriptor:
        while True:
            try:
                fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
                break
            except BlockingIOError:
                if time.monotonic() > deadline:
                    raise ServerFailed(
                        f"{path} is locked by another process for {patience:.0f} s",
                        hint="See who holds it with 'lsof' and run the command again.",
                        path=str(path),
                    ) from None
                time.sleep(0.02)
        yield descriptor


@contextlib.contextmanager
def _opened(path: Path, flags: int, account: Account) -> Iterator[int]:
    is_new = not path.exists()
    descriptor = os.open(path, flags | os.O_CREAT | os.O_CLOEXEC, 0o600)
    try:
        if is_new:
            give(path, account)
        yield descriptor
    finally:
        os.close(descriptor)


def _prefix(directory: Path) -> str:
    """How a temporary socket directory of the server begins."""
    return f"fidesdev-{directory.stat().st_ino:x}-"


def _postmaster(directory: Path) -> list[int]:
    """The living process that the pid file means; empty when that is gone, a zombie or reused."""
    written = read_pid_file(directory)
    data = data_directory(directory)
    if written is None:
        return []
    if _PROC.exists():
        return [written.pid] if _works_in(_PROC.parent / str(written.pid), data) else []
    command = ["ps", "-ww", "-o", "command=", "-p", str(written.pid)]
    listed = subprocess.run(command, capture_output=True, text=True, check=False).stdout
    return [written.pid] if "postgres" in listed and str(data) in listed else []


def _members(data: Path) -> list[int]:
    """Every living process of the server, as far as the system tells."""
    processes = _PROC.parent.glob("[0-9]*") if _PROC.exists() else ()
    return [int(process.name) for process in processes if _works_in(process, data)]


def _works_in(process: Path, data: Path) -> bool:
    """Whether the process is a postgres in the data directory, where all of a server's work."""
    try:  # a zombie has no directory, and a stranger's cannot be read
        command = (process / "cmdline").read_bytes().partition(b"\0")[0]
        return b"postgres" in command and (process / "cwd").samefile(data)
    except OSError:
        return False
