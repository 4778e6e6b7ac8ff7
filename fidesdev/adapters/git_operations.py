"""What git is in the middle of, and which side of a conflict is then the branch's own."""

from __future__ import annotations

import os
from dataclasses import dataclass
from pathlib import Path

from fidesdev.adapters.git import run_git

_MARKS = {
    "rebase-merge": "rebase",
    "rebase-apply": "rebase",
    "CHERRY_PICK_HEAD": "cherry-pick",  # a rebase has it too
    "REVERT_HEAD": "revert",
    "MERGE_HEAD": "merge",
}
"""Files and folders of the git directory (gitrepository-layout), the telling ones first."""


@dataclass(frozen=True, slots=True)
class GitOperation:
    """A git command that stopped half way."""

    kind: str
    """`merge`, `rebase`, `cherry-pick` or `revert`."""

    @property
    def own_is_first(self) -> bool:
        """Whether the branch's own text stands above `=======`: HEAD's.

        Only in a merge: the others put own commits on top of something else, which is HEAD then.
        """
        return self.kind == "merge"


def read_operation(folder: Path) -> GitOperation | None:
    """What the repository around `folder` is in the middle of; raises `GitUnavailable`."""
    names = [argument for name in _MARKS for argument in ("--git-path", name)]
    found = run_git(folder, "rev-parse", "--path-format=absolute", *names) or b""
    for path, kind in zip(os.fsdecode(found).splitlines(), _MARKS.values(), strict=False):
        if os.path.exists(path):  # noqa: PTH110 - one look
            return GitOperation(kind)
    return None
