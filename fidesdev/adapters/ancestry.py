"""Where two lines of commits parted, and whether the clone reaches that far back."""

from __future__ import annotations

from pathlib import Path

from fidesdev.adapters.git import run_git


def merge_base(top: Path, one: str, other: str) -> str | None:
    """The best commit that both descend from; None where the clone has none."""
    found = run_git(top, "merge-base", one, other)
    return found.decode().strip() if found else None


def is_shallow(top: Path) -> bool:
    """Whether the clone lacks the commits before some that it has."""
    return run_git(top, "rev-parse", "--is-shallow-repository") == b"true\n"
