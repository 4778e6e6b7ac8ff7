"""A cluster, which is what PostgreSQL calls a data directory: made once, whole."""

from __future__ import annotations

import os
import secrets
import shutil
import sys
from pathlib import Path

from fidesdev.adapters import postmaster
from fidesdev.adapters.postgres_programs import VARIABLE, Programs
from fidesdev.adapters.unprivileged import Placement, give, run
from fidesdev.errors import ServerFailed

ADMINISTRATOR = "postgres"
"""The role that initdb makes; every other role of ours has the same password."""
_BUILTIN_LOCALES_SINCE = 17
_NEWEST = 12
"""How many lines of the log a failure shows."""


def initialise(placement: Placement, programs: Programs) -> None:
    """Make the cluster beside its place and put it there whole."""
    directory = placement.directory
    new = directory / "data.new"
    shutil.rmtree(new, ignore_errors=True)
    log = postmaster.log_file(directory)
    password = write_private(placement, "password", secrets.token_urlsafe(24) + "\n")
    with postmaster.open_log(placement) as output:
        read = log.stat().st_size
        code = run(
            placement.account,
            [
                *(programs.directory / "initdb", "-D", new, "--no-sync"),
                *("-U", ADMINISTRATOR, "-A", "scram-sha-256", "--pwfile", password),
                *("-E", "UTF8", *_locale(programs)),
            ],
            stdout=output,
            stderr=output,
            cwd=directory,
            env=environment(),
        )
    if code != 0:
        raise start_failed(log, read)
    new.rename(postmaster.data_directory(directory))


def check_major(directory: Path, programs: Programs) -> None:
    """Raise `ServerFailed` when the cluster is of another major version than the programs."""
    data = postmaster.data_directory(directory)
    major = (data / "PG_VERSION").read_text("utf-8").strip()
    if major != programs.major:
        raise ServerFailed(
            f"{data} was made by PostgreSQL {major},"
            f" and the programs in {programs.directory} are {programs.version}",
            hint=f"Set {VARIABLE} to the bin directory of a PostgreSQL {major}, or set another"
            f" [fidesdev].data_dir, or remove {directory} to begin anew (its databases are lost).",
            data_major=major,
            programs_version=programs.version,
        )


def read_password(directory: Path) -> str:
    """The password of the roles; raises `ServerFailed` when its file is gone."""
    try:
        return (directory / "password").read_text("utf-8").strip()
    except FileNotFoundError:
        raise ServerFailed(
            f"the password file of the embedded PostgreSQL is gone: {directory / 'password'}",
            hint=f"Put it back, or remove {directory} to begin anew (its databases are lost).",
        ) from None


def write_private(placement: Placement, name: str, text: str) -> Path:
    """Write a file of the server's directory that only the account can read; its path."""
    path = placement.directory / name
    path.touch(mode=0o600)
    path.write_text(text, "utf-8")
    give(path, placement.account)
    return path


def environment() -> dict[str, str]:
    """Ours without what would lead the programs elsewhere, in a locale that every system has."""
    kept = {key: value for key, value in os.environ.items() if not key.startswith("PG")}
    return kept | {"LC_ALL": "C"}


def start_failed(log: Path, offset: int) -> ServerFailed:
    """The failure with the newest lines that the log got since it had `offset` bytes."""
    with log.open("rb") as file:
        file.seek(offset)
        text = file.read().decode("utf-8", "replace")
    newest = text.splitlines()[-_NEWEST:]
    shown = "".join(f"\n  {line}" for line in newest)
    return ServerFailed(
        f"the embedded PostgreSQL did not start{':' if shown else ''}{shown}",
        hint=f"The whole log is {log}. Mend the cause, then run 'fidesdev db start'.",
        log=newest,
    )


def _locale(programs: Programs) -> tuple[str, ...]:
    """Text in code point order and upper case beyond ASCII, the same on every system."""
    if int(programs.major) >= _BUILTIN_LOCALES_SINCE:
        return ("--locale=C", "--locale-provider=builtin", "--builtin-locale=C.UTF-8")
    letters = "en_US.UTF-8" if sys.platform == "darwin" else "C.UTF-8"
    return ("--locale=C", f"--lc-ctype={letters}")
