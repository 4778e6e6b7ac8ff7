"""What `fidesdev hooks` reports, and the optional file that names the heads."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from enum import StrEnum

from fidesdev.core.checks import CheckReport
from fidesdev.core.reports import MoveReport

HOOKS = ("post-checkout", "post-merge", "pre-commit", "pre-push")
"""The git hooks that can be installed."""
HEAD_FILE = "head.txt"
"""Its name in the script folder."""


class State(StrEnum):
    """How a hook stands."""

    INSTALLED = "installed"
    OUTDATED = "outdated"
    """It has our block, and `install` would write another one now."""
    FOREIGN = "foreign"
    """There is a hook, and it has nothing of ours."""
    ABSENT = "absent"


class Change(StrEnum):
    """What is done to a hook."""

    CREATED = "created"
    ADDED = "added"
    """Our block, to a hook that was there."""
    UPDATED = "updated"
    REMOVED = "removed"
    """Our block; the rest of the file is as it was."""
    DELETED = "deleted"
    """The file, which `install` had created."""
    UNCHANGED = "unchanged"
    BY_HAND = "by hand"
    """Somebody else writes the file; `snippet` is what to add where `note` says."""


@dataclass(frozen=True, slots=True)
class HookState:
    """How one hook stands."""

    hook: str
    state: State
    path: str
    note: str | None = None


@dataclass(frozen=True, slots=True)
class HooksStatus:
    """How every hook stands."""

    folder: str
    """Where git looks for hooks, or where the manager keeps them."""
    manager: str
    """`git`, `husky`, `lefthook`, `pre-commit` or `elsewhere`: who writes the hooks."""
    hooks: tuple[HookState, ...]
    on_switch: str
    head_file: str | None
    """None where the project has none."""
    head_file_stale: bool


@dataclass(frozen=True, slots=True)
class HookChange:
    """What was done to one hook, or would be."""

    hook: str
    change: Change
    path: str
    note: str | None = None
    snippet: str | None = None


@dataclass(frozen=True, slots=True)
class HooksChanged:
    """What `install` or `uninstall` did, or would do."""

    folder: str
    manager: str
    hooks: tuple[HookChange, ...]
    head_file: HookChange | None
    executed: bool


@dataclass(frozen=True, slots=True)
class HookRun:
    """What a hook found when git called it."""

    hook: str
    outcome: str
    """`nothing`, `told`, `synced`, `passed`, `blocked` or `failed`."""
    message: str | None = None
    hint: str | None = None
    move: MoveReport | None = None
    check: CheckReport | None = None
    head_file: str | None = None
    """The path of the head file, where it was rewritten and staged."""

    @property
    def exit_code(self) -> int:
        """3 for what stops git, else 0: a hook that cannot do its work lets git go on."""
        return 3 if self.outcome == "blocked" else 0


def head_file_text(heads: Iterable[str]) -> str:
    """The content of a head file: one head a line, so that parallel revisions conflict in git."""
    return "".join(f"{head}\n" for head in sorted(heads))


def is_stale(text: str, heads: Iterable[str]) -> bool:
    """Whether a head file names other heads than these, whatever its line endings."""
    named = [line.strip() for line in text.splitlines() if line.strip()]
    return named != sorted(heads)


def switch_summary(move: MoveReport) -> str:
    """What bringing the database to the checkout takes, as the rest of a sentence."""
    directions = [step.direction for step in move.steps]
    words = {"down": "unapplies", "up": "applies"}
    parts = [f"{words[way]} {directions.count(way)}" for way in words if way in directions]
    if not parts:
        return "rewrites the version table"
    one = len(parts) == 1 and len(directions) == 1
    return f"{' and '.join(parts)} revision{'' if one else 's'}"
