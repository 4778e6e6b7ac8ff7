"""Commands as users run them: real processes, with pipes or at a pseudo-terminal."""

from __future__ import annotations

import fcntl
import json
import os
import pty
import select
import struct
import subprocess
import sys
import termios
import time
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from tests.contract import check_document

FIDESDEV = (sys.executable, "-m", "fidesdev")
_SECONDS = 30
_CONTROLLED = """
import fcntl, os, sys, termios
fcntl.ioctl(0, termios.TIOCSCTTY, 0)
os.execv(sys.argv[1], sys.argv[1:])
"""
"""Makes the terminal one that turns Ctrl-C into a signal."""


@dataclass(frozen=True)
class Answer:
    """What one command did."""

    code: int
    out: str
    err: str

    @property
    def json(self) -> dict[str, Any]:
        """The one document on stdout, which is as its schema says."""
        document: dict[str, Any] = json.loads(self.out)
        check_document(document)
        return document


def environment(**more: str) -> dict[str, str]:
    """This process's variables without those that change how a command speaks or connects."""
    ours = ("FIDES", "PG", "DATABASE_URL", "NO_COLOR", "FORCE_COLOR", "COLUMNS")
    kept = {key: value for key, value in os.environ.items() if not key.startswith(ours)}
    return {**kept, "TERM": "xterm-256color", **more}


def fidesdev(*arguments: str, cwd: Path, **variables: str) -> Answer:
    """Run a command with pipes for stdout and stderr, and nobody to answer."""
    done = subprocess.run(
        [*FIDESDEV, *arguments],
        cwd=cwd,
        env=environment(**variables),
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        check=False,
        timeout=_SECONDS,
    )
    return Answer(done.returncode, done.stdout, done.stderr)


def at_terminal(
    argv: tuple[str, ...],
    cwd: Path,
    *,
    typed: Mapping[str, str] | None = None,
    columns: int = 80,
    **variables: str,
) -> tuple[int, str]:
    """Exit code and screen of a program at a terminal; `typed` answers the prompts it maps."""
    ours, theirs = pty.openpty()
    fcntl.ioctl(theirs, termios.TIOCSWINSZ, struct.pack("HHHH", 24, columns, 0, 0))
    process = subprocess.Popen(
        (sys.executable, "-c", _CONTROLLED, *argv),
        cwd=cwd,
        env=environment(**variables),
        stdin=theirs,
        stdout=theirs,
        stderr=theirs,
        start_new_session=True,
    )
    os.close(theirs)
    try:
        screen = _conversation(ours, dict(typed or {}))
        return process.wait(_SECONDS), screen.replace("\r\n", "\n")
    finally:
        process.kill()
        process.wait()
        os.close(ours)


def _conversation(terminal: int, answers: dict[str, str]) -> str:
    """Everything that is shown until the program closes the terminal."""
    shown, deadline = b"", time.monotonic() + _SECONDS
    while time.monotonic() < deadline:
        if not select.select([terminal], [], [], 0.2)[0]:
            continue
        try:
            part = os.read(terminal, 65536)
        except OSError:  # Linux says so where others send nothing
            break
        if not part:
            break
        shown += part
        for prompt in [prompt for prompt in answers if prompt.encode() in shown]:
            os.write(terminal, answers.pop(prompt).encode())
    return shown.decode()
