"""pg_dump and pg_restore: the right one of those that are installed, run with its progress."""

from __future__ import annotations

import re
import subprocess
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from fidesdev.adapters.client_programs import client_places, conninfo, program_missing
from fidesdev.core.snapshot_files import DumpContents, database_entries, read_contents
from fidesdev.core.url import DatabaseUrl
from fidesdev.errors import NotADump, ProgramTooOld

_STEP = re.compile(r"^pg_\w+: (?:dumping contents of|processing data for) table")
_KEPT = 200
"""Lines of what a program said."""
_UNSUPPORTED = "unsupported version"


@dataclass(frozen=True, slots=True)
class Programs:
    """Where to look for programs, and for which server."""

    url: DatabaseUrl
    environ: Mapping[str, str] = field(repr=False)
    server_version: int
    """As libpq tells it: 180006."""
    every: float = 1.0
    """Seconds between two words about the progress."""

    def dump(self) -> Path:
        """A pg_dump that is not older than the server; raises `CommandMissing`, `ProgramTooOld`."""
        found = [(place / "pg_dump", _version(place / "pg_dump"))
                 for place in client_places("pg_dump", self.url, self.environ)]  # fmt: skip
        if not found:
            raise program_missing("pg_dump", self.url, self.environ)
        for program, version in found:
            if _major(version) >= self._major:
                return program
        newest = max((version for _program, version in found), key=_major)
        server = f"the server at {self.url.address}, which is PostgreSQL {self._major}"
        raise ProgramTooOld("pg_dump", found=newest, wanted=str(self._major), because=server)

    def restore(self, file: Path) -> Path:
        """The pg_restore nearest to the server that can read the file.

        Raises `NotADump`, `ProgramTooOld` or `CommandMissing`.
        """
        found = [(place / "pg_restore", _version(place / "pg_restore"))
                 for place in client_places("pg_restore", self.url, self.environ)]  # fmt: skip
        found.sort(key=lambda one: (_major(one[1]) < self._major, _major(one[1])))
        if not found:
            raise program_missing("pg_restore", self.url, self.environ)
        for program, _its_version in found:
            done = _listed(program, file)
            if done.returncode == 0:
                return program
        if _UNSUPPORTED in done.stderr:
            newest = max((version for _program, version in found), key=_major)
            wanted = str(max(_major(newest) + 1, self._major))
            raise ProgramTooOld("pg_restore", found=newest, wanted=wanted, because=str(file))
        raise NotADump(str(file), "dump in pg_dump's custom format", reason=_last_line(done.stderr))

    @property
    def _major(self) -> int:
        return self.server_version // 10000

    def run(
        self, argv: Sequence[str | Path], on_step: Callable[[int], object]
    ) -> tuple[int, list[str]]:
        """The program's exit code and what it said; it is told the database, not in `argv`.

        `on_step` hears now and then how many tables are done. The program ends with this process.
        """
        password = dict(self.url.params).get("password", self.url.password)
        secret = {"PGPASSWORD": password} if password else {}
        with subprocess.Popen(
            (*argv, "--verbose", "--no-password", "--dbname", conninfo(self.url)),
            env={**self.environ, "LC_ALL": "C", **secret},
            stdin=subprocess.DEVNULL,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.PIPE,
            text=True,
            encoding="utf-8",
            errors="replace",
        ) as process:
            try:
                lines = _followed(process, on_step, self.every)
            except BaseException:
                process.terminate()
                raise
        return process.returncode, lines


def read_dump(program: Path, file: Path) -> DumpContents:
    """What the dump holds, by a pg_restore that can read it."""
    listing = _listed(program, file).stdout
    done = subprocess.run(
        (program, "--create", "--file", "-", "--use-list", "/dev/stdin", file),
        input=database_entries(listing),
        capture_output=True,
        text=True,
        encoding="utf-8",
        errors="replace",
        check=False,
    )
    return read_contents(listing, done.stdout)


def _listed(program: Path, file: Path) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        (program, "--create", "--list", file),
        capture_output=True,
        text=True,
        encoding="utf-8",
        errors="replace",
        env={"LC_ALL": "C"},
        check=False,
    )


def _followed(
    process: subprocess.Popen[str], on_step: Callable[[int], object], every: float
) -> list[str]:
    lines: list[str] = []
    steps, told = 0, time.monotonic()
    assert process.stderr is not None
    for line in process.stderr:
        lines = [*lines[-_KEPT:], line.rstrip("\n")]
        steps += _STEP.match(line) is not None
        if time.monotonic() - told >= every:
            told = time.monotonic()
            on_step(steps)
    return lines


def _version(program: Path) -> str:
    """Such as `18.6`; `0` where it does not run here."""
    try:
        done = subprocess.run(
            (program, "--version"), capture_output=True, text=True, timeout=30, check=False
        )
    except (OSError, subprocess.TimeoutExpired):
        return "0"
    found = re.search(r"\d+(\.\d+|\w+)?", done.stdout.partition(")")[2])
    return found[0] if found else "0"


def _major(version: str) -> int:
    found = re.match(r"\d+", version)
    return int(found[0]) if found else 0


def _last_line(text: str) -> str:
    """The first reason of several: what follows is pg_restore trying another format."""
    lines = [line.partition("error: ")[2] or line for line in text.splitlines() if line.strip()]
    return lines[0] if lines else "it cannot be read"
