"""git, read-only: where the checkout stands, and which commit a file comes from."""

from __future__ import annotations

import subprocess
from dataclasses import dataclass
from pathlib import Path

_SECONDS = 10


@dataclass(frozen=True, slots=True)
class Checkout:
    """Where HEAD is, and whether tracked files differ from it."""

    branch: str | None
    commit: str | None
    dirty: bool


def read_checkout(folder: Path) -> Checkout | None:
    """HEAD of the repository around `folder`; None where there is no repository or no git."""
    lines = _lines(folder, "status", "--porcelain=v2", "--branch", "--untracked-files=no")
    if lines is None:
        return None
    facts = dict(line[2:].split(" ", 1) for line in lines if line.startswith("# branch."))
    branch, commit = facts.get("branch.head"), facts.get("branch.oid")
    return Checkout(
        branch=None if branch == "(detached)" else branch,
        commit=None if commit == "(initial)" else commit,
        dirty=any(not line.startswith("#") for line in lines),
    )


def last_commit(folder: Path, path: str) -> str | None:
    """The commit that last touched the file; None when git does not know it."""
    lines = _lines(folder, "log", "-1", "--format=%H", "--", path)
    return lines[0] if lines else None


def _lines(folder: Path, *arguments: str) -> list[str] | None:
    """The lines that git prints, or None when it fails or is not installed."""
    try:
        done = subprocess.run(
            ["git", "-C", str(folder), *arguments],
            capture_output=True,
            text=True,
            errors="replace",
            check=False,
            timeout=_SECONDS,
            stdin=subprocess.DEVNULL,
        )
    except (OSError, subprocess.TimeoutExpired):
        return None
    return done.stdout.splitlines() if done.returncode == 0 else None
