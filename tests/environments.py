"""Virtual environments with older packages, as the projects have whose migrations are run."""

from __future__ import annotations

import fcntl
import shutil
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path

import pytest


@dataclass(frozen=True)
class Packages:
    """What a project is pinned to."""

    name: str
    alembic: str
    sqlalchemy: str
    python: str = ""
    """A version such as `3.8`; empty: that of the tests."""
    driver: str = "psycopg2-binary"
    """For PostgreSQL; there is no other one."""


MATRIX = (
    Packages("alembic-1.8", "==1.8.1", "==1.4.54"),
    Packages("alembic-1.13", "==1.13.3", "==2.0.36"),
    Packages("current", "", ""),
    Packages("python-3.8", "==1.8.1", "==1.4.27", python="3.8"),
)
ASYNCHRONOUS = Packages("asyncpg", "", "[asyncio]", driver="asyncpg")


def interpreter(packages: Packages, cache: Path) -> Path:
    """The Python of an environment that has the packages; made once, kept in the cache folder."""
    base = _base(packages.python)
    version = packages.python or f"{sys.version_info[0]}.{sys.version_info[1]}"
    home = cache / f"{packages.name}-{version}"
    with (cache / f"{home.name}.lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        if not (home / "made").exists():
            shutil.rmtree(home, ignore_errors=True)
            subprocess.run([base, "-m", "venv", str(home)], check=True)
            pip = [str(home / "bin" / "python"), "-m", "pip", "install", "-q"]
            wanted = [f"alembic{packages.alembic}", f"sqlalchemy{packages.sqlalchemy}"]
            subprocess.run([*pip, *wanted, packages.driver], check=True)
            (home / "made").touch()
    return home / "bin" / "python"


def _base(version: str) -> str:
    """An interpreter of the version, looked for on PATH and among pyenv's."""
    if not version:
        return sys.executable
    if found := shutil.which(f"python{version}"):
        works = subprocess.run([found, "-c", ""], capture_output=True, check=False)
        if works.returncode == 0:  # a shim of pyenv may stand for nothing
            return found
    for path in sorted(Path.home().glob(f".pyenv/versions/{version}.*/bin/python"), reverse=True):
        return str(path)
    pytest.skip(f"no Python {version} on this machine")
