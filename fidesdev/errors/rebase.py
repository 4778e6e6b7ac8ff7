"""Own revisions cannot be given another parent: exit 1."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from fidesdev.errors.migration import MigrationError


class RebaseError(MigrationError):
    """Own revisions cannot be given another parent; files and database are as they were."""

    code = "rebase"


class UpstreamAhead(RebaseError):
    """Upstream has revisions that this checkout lacks, so that nothing can stand on them yet."""

    code = "upstream_ahead"

    def __init__(self, ref: str, missing: tuple[str, ...]) -> None:
        super().__init__(
            f"{ref} has {len(missing)} revision{'s' * (len(missing) > 1)} that this checkout "
            f"lacks: {', '.join(missing)}",
            hint=f"Bring them in with 'git merge {ref}' or 'git rebase {ref}', then run "
            "'fidesdev db rebase' again.",
            ref=ref,
            missing=list(missing),
        )


class RebaseUnfinished(RebaseError):
    """An earlier rebase of this checkout was cut short, and nothing was done about it yet."""

    code = "rebase_unfinished"

    def __init__(self) -> None:
        super().__init__(
            "an earlier rebase of this checkout was cut short",
            hint="'fidesdev db rebase' (without '--dry-run') finishes it or takes it back first.",
        )


class ConflictUnresolved(RebaseError):
    """A conflict in a revision file is about more than its parents."""

    code = "conflict"

    def __init__(self, path: str, line: int) -> None:
        super().__init__(
            f"{path}:{line}: git left a conflict there that is about more than down_revision",
            hint="Resolve it in an editor, then run 'fidesdev db rebase' again; the parents can "
            "stay as they are.",
            path=path,
            line=line,
        )


class SeveralHeadsLeft(RebaseError):
    """The own revisions would end in several heads also where they are to move to."""

    code = "several_heads"

    def __init__(self, heads: tuple[str, ...]) -> None:
        super().__init__(
            f"there would still be {len(heads)} heads: {', '.join(heads)}",
            hint=f"Put one branch on top of the other first: 'fidesdev db rebase --onto "
            f"{heads[0]}'; or join them with 'fidesdev db merge-heads'.",
            heads=list(heads),
        )


class ParentsSkipped(RebaseError):
    """Revisions were re-pointed by hand after the database had applied them."""

    code = "parents_skipped"

    def __init__(self, skipped: Mapping[str, frozenset[str]]) -> None:
        lost = sorted({id_ for ids in skipped.values() for id_ in ids})
        super().__init__(
            f"the database counts {', '.join(lost)} as applied and never had it: "
            f"{', '.join(sorted(skipped))} was re-pointed after it had been applied",
            hint="See what would heal it with 'fidesdev db doctor', then rebase.",
            skipped={id_: sorted(ids) for id_, ids in sorted(skipped.items())},
        )


class NotWritten(RebaseError, OSError):
    """A revision file could not be written."""

    code = "not_written"

    def __init__(self, path: str, reason: str) -> None:
        super().__init__(
            f"cannot write {path}: {reason}",
            hint="See who may write there with 'ls -ld', then run the command again.",
            path=path,
            reason=reason,
        )


class RevisionChanged(RebaseError):
    """A revision file was changed by somebody else while it was to be rewritten."""

    code = "revision_changed"

    def __init__(self, path: str) -> None:
        super().__init__(
            f"{path} was changed by somebody else in the meantime",
            hint="See what changed with 'git diff', then run the command again.",
            path=path,
        )


class NotTakenBack(RebaseError):
    """A rebase failed, and not everything could be put back; the message says what is where."""

    code = "not_taken_back"

    def __init__(self, reason: str, left: str, **facts: Any) -> None:
        super().__init__(
            f"{reason}\n  and taking the rebase back failed: {left}",
            hint="Once that is mended, 'fidesdev db rebase' takes it back first.",
            **facts,
        )
