"""Where the programs come from: environments of their own, made once and kept in a cache folder."""

from __future__ import annotations

import os
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path

ROOT = Path(__file__).parents[1]
PEERS = {
    "dslr": ("DSLR", "psycopg2-binary", "setuptools<81"),
    "guard": ("alembic-guard",),
    "pytest-alembic": ("pytest-alembic", "pytest<9", "psycopg2-binary"),
}
"""Environment -> what is installed there from PyPI; Alembic is in ours, which needs it."""


@dataclass(frozen=True)
class Programs:
    """The programs that are compared."""

    folder: Path
    own: str = "ours"
    """The environment of fidesdev and Alembic."""

    def path(self, environment: str, program: str) -> str:
        """Of a program in one of the environments."""
        return str(self.folder / environment / "bin" / program)

    @property
    def fidesdev(self) -> str:
        """Installed from this checkout as a user installs it: its byte code is there."""
        return self.path(self.own, "fidesdev")

    @property
    def alembic(self) -> str:
        """The Alembic that fidesdev runs."""
        return self.path(self.own, "alembic")

    @property
    def python(self) -> str:
        """The interpreter of both."""
        return self.path(self.own, "python")


def programs(folder: Path, peers: frozenset[str]) -> Programs:
    """Install this checkout anew, and each of the peers once."""
    _environment(folder / "ours")
    pip = [str(folder / "ours" / "bin" / "python"), "-m", "pip", "install", "-q"]
    _run([*pip, f"{ROOT}[seed]"])
    _run([*pip, "--force-reinstall", "--no-deps", "--no-cache-dir", str(ROOT)])
    for name in sorted(peers):
        if _environment(folder / name):
            python = str(folder / name / "bin" / "python")
            _run([python, "-m", "pip", "install", "-q", *PEERS[name]])
    return Programs(folder)


def environ(cache: Path, *, spares: bool) -> dict[str, str]:
    """The variables for every command: byte code is written, and no configuration is a person's.

    Unless `spares`, no copy is made behind a command's back.
    """
    kept = {k: v for k, v in os.environ.items() if not k.startswith(("PYTHON", "FIDES", "PG"))}
    setting = '{"keep": 1}' if spares else '{"keep": 1, "spares": 0}'
    return {**kept, "XDG_CACHE_HOME": str(cache), "FIDES__FIDESDEV__SNAPSHOTS": setting}


def _environment(folder: Path) -> bool:
    """Make the environment; False where it is there."""
    if (folder / "bin" / "python").exists():
        return False
    _run([sys.executable, "-m", "venv", str(folder)])
    return True


def _run(command: list[str]) -> None:
    kept = {k: v for k, v in os.environ.items() if not k.startswith("PYTHON")}
    subprocess.run(command, check=True, env=kept)
