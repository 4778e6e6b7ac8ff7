"""The checks by code: how severe a finding is, what it means, and what heals it."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Literal

Severity = Literal["error", "warning"]
SEVERITIES = ("off", "warning", "error")
"""What the configuration may say of a code."""


@dataclass(frozen=True, slots=True)
class Check:
    """One thing that can be wrong with revision files."""

    code: str
    severity: Severity
    """Unless the configuration says otherwise."""
    summary: str
    explanation: str
    remedy: str
    compares: bool = False
    """Whether it needs the revisions of another git ref."""
    on_request: bool = False
    """Whether it runs only when it is named."""


_CHECKS = (
    Check(
        "heads",
        "error",
        "a lineage has more than one head",
        "Two revisions were written on the same one, so that 'head' is ambiguous: 'upgrade head' "
        "fails, and so does 'revision'. Heads under branch labels of their own are meant to be "
        "there, and independent lineages do not count together.",
        "Give the revisions that are not published yet a new parent with 'fidesdev db rebase', "
        "or join published ones with 'fidesdev db merge-heads'.",
    ),
    Check(
        "merge-result",
        "error",
        "what the merge with upstream would have is broken",
        "Each side can be fine by itself and their merge still have two heads, an id twice or a "
        "parent that is gone. git sees no conflict there, since the files have different names. "
        "The merge is computed file by file from git's objects; nothing is checked out.",
        "Move your own revisions onto upstream's head with 'fidesdev db rebase'.",
        compares=True,
    ),
    Check(
        "down-revision",
        "error",
        "an own revision is not written on upstream's head",
        "Upstream went on since the revision was written. Once merged, both would be heads; and "
        "a database that has the one skips the other silently after a careless edit.",
        "Move it with 'fidesdev db rebase'.",
        compares=True,
    ),
    Check(
        "edited",
        "warning",
        "a published revision was changed",
        "Databases that have applied it never see the change. Code is compared, not its form: "
        "comments, docstrings, type annotations and layout may change.",
        "Take the change back with 'git checkout REF -- FILE' and write a new revision with "
        "'fidesdev db revision'.",
        compares=True,
    ),
    Check(
        "deleted",
        "error",
        "a published revision was deleted",
        "A database that has applied it cannot be upgraded or downgraded any more: its row names "
        "a revision that no file defines.",
        "Bring the file back with 'git checkout REF -- FILE'.",
        compares=True,
    ),
    Check(
        "ids",
        "error",
        "ids or labels do not tell revisions apart",
        "An id or label that is there twice makes Alembic take either file; an id that begins "
        "like another makes the short form ambiguous; and the version table holds 32 characters.",
        "Give the revision that is not published yet another id.",
    ),
    Check(
        "docstring",
        "warning",
        "the docstring says otherwise than the code",
        "'Revises:' and 'Revision ID:' are text for people; Alembic reads the assignments. They "
        "disagree mostly where a parent was changed by hand.",
        "Correct the line of the docstring; 'fidesdev db rebase' keeps both in step.",
    ),
    Check(
        "filename",
        "warning",
        "the file's name does not contain the id",
        "The file cannot be found by the id that Alembic shows. Not looked at where most files "
        "of the project are named otherwise.",
        "Rename the file so that it contains the id; Alembic does not mind.",
    ),
    Check(
        "orphans",
        "error",
        "a revision names a parent or dependency that no file defines",
        "Alembic refuses to load the whole tree: a KeyError in every command.",
        "Bring the missing file back, or write the revision on one that exists.",
    ),
    Check(
        "cycles",
        "error",
        "revisions are written on each other",
        "None of them can be first, so Alembic refuses to load the tree.",
        "Correct down_revision or depends_on of one of them.",
    ),
    Check(
        "empty-downgrade",
        "warning",
        "upgrade does something and downgrade nothing",
        "After a downgrade the version table says that the change is gone while it is still "
        "there, so that the next upgrade fails or doubles it.",
        "Write the downgrade; where the change cannot be taken back, say so with an ignore.",
    ),
    Check(
        "conflict-markers",
        "error",
        "a merge left its markers in the file",
        "The file does not parse. The first side of the conflict was read for the other checks.",
        "Resolve the conflict, then 'git add' the file.",
    ),
    Check(
        "unreadable",
        "error",
        "the file is no revision",
        "Alembic imports every Python file of the versions folder and stops at one that does not "
        "parse or that assigns no revision; one that computes its own id or parent is a riddle "
        "to everything that does not run it.",
        "Mend the file, or move it out of the versions folder.",
    ),
    Check(
        "ignore",
        "warning",
        "an ignore comment does nothing",
        "'# fidesdev: ignore[CODE] reason' in a revision file silences the findings of CODE in "
        "that file. Without a reason, with an unknown code, or with nothing to silence it only "
        "misleads.",
        "Delete the comment, or write its reason behind the bracket.",
    ),
    Check(
        "models",
        "error",
        "the models and the migrated schema differ",
        "Alembic's own comparison, run by the project's env.py on the configured database, which "
        "has to be at the heads. It imports the project, so it only runs when it is named.",
        "Write the missing revision with 'fidesdev db revision --autogenerate'.",
        on_request=True,
    ),
    Check(
        "roundtrip",
        "error",
        "downgrade and upgrade do not lead back to the same schema",
        "One's own revisions up, down and up again on scratch databases, the schemas compared, as "
        "'fidesdev db roundtrip' does. It needs a server, so it only runs when it is named.",
        "Correct the downgrade.",
        on_request=True,
    ),
)

CHECKS: Mapping[str, Check] = {check.code: check for check in _CHECKS}


def nearest(code: str, codes: Iterable[str] = CHECKS) -> str | None:
    """The code that was probably meant."""
    from difflib import get_close_matches

    return next(iter(get_close_matches(code, list(codes), n=1)), None)
