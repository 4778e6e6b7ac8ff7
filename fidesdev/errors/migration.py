"""The migrations and the database do not fit: exit 1."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from fidesdev.errors.base import FidesdevError


class MigrationError(FidesdevError, RuntimeError):
    """The migrations and the database do not fit."""

    code = "migration"


class GraphError(MigrationError):
    """The revision files contradict each other; `problems` names every one with its file."""

    code = "graph"

    def __init__(self, problems: tuple[str, ...]) -> None:
        count = "1 problem" if len(problems) == 1 else f"{len(problems)} problems"
        super().__init__(
            f"the revision files do not form a graph ({count}):\n"
            + "\n".join(f"  {problem}" for problem in problems),
            hint="Mend the files named above, then run 'fidesdev db heads'.",
            problems=list(problems),
        )


class UnknownApplied(MigrationError, LookupError):
    """The version table holds revisions that no file of this checkout has.

    `sources` says where each one's source is: `journal`, `working tree`, `git:REF` or None.
    """

    code = "unknown_revision"

    def __init__(
        self,
        ids: frozenset[str],
        sources: Mapping[str, str | None] | None = None,
        *,
        hint: str | None = None,
        **facts: Any,
    ) -> None:
        found = {id_: (sources or {}).get(id_) for id_ in sorted(ids)}
        names = ", ".join(f"{id_} ({place})" if place else id_ for id_, place in found.items())
        super().__init__(
            f"the database is at {names}, which no revision file of this checkout has",
            hint=hint
            or "Make the database match this checkout with 'fidesdev db sync', or check out the "
            "branch that has it; see 'fidesdev db status'.",
            revisions=sorted(ids),
            sources=found,
            **facts,
        )


class SourceNotFound(UnknownApplied):
    """Unknown revisions whose source, or whose parents' source, was found nowhere.

    `missing` names what was looked for in vain, `searched` where.
    """

    def __init__(
        self,
        ids: frozenset[str],
        sources: Mapping[str, str | None],
        *,
        missing: Mapping[str, str],
        searched: tuple[str, ...],
        advice: str = "",
    ) -> None:
        lost = "; ".join(f"{id_}: {reason}" for id_, reason in sorted(missing.items()))
        first = min(ids - {id_ for id_ in ids if sources.get(id_)} or ids)
        super().__init__(
            ids,
            sources,
            hint=f"{advice}Restore a snapshot of the database; or forget the row and keep its "
            f"tables ('fidesdev db stamp --forget {first}'); or let an empty revision pass for it, "
            f"on what it was written on ('alembic revision -m pass-through --rev-id {first} "
            "--splice --head PARENT').",
            missing=dict(missing),
            searched=list(searched),
        )
        self.args = (f"{self}; {lost} (searched: {', '.join(searched) or 'nothing'})",)


class NotApplied(MigrationError):
    """A downgrade names a revision that the database does not have."""

    code = "not_applied"

    def __init__(self, text: str, ids: tuple[str, ...]) -> None:
        super().__init__(
            f"cannot downgrade to {text!r}: {', '.join(ids)} is not applied",
            hint=f"To end exactly there from anywhere: 'fidesdev db goto {text}'.",
            text=text,
            revisions=list(ids),
        )


class NotEnoughApplied(MigrationError):
    """Fewer revisions are applied than are to be done again."""

    code = "not_enough_applied"

    def __init__(self, wanted: int, applied: tuple[str, ...]) -> None:
        super().__init__(
            f"cannot redo {wanted}: {len(applied)} revisions are applied",
            hint="See them with 'fidesdev db history --applied'.",
            wanted=wanted,
            applied=len(applied),
        )


class StalePlan(MigrationError):
    """The database moved between planning and running; nothing was run."""

    code = "stale_plan"

    def __init__(self, planned: list[str], found: list[str]) -> None:
        super().__init__(
            "the database moved after the plan was made: "
            f"planned from {', '.join(planned) or 'base'}, found {', '.join(found) or 'base'}",
            hint="Run the command again; nothing was changed.",
            planned=planned,
            found=found,
        )


class StepFailed(MigrationError):
    """A migration script raised; the facts say what was kept and where the database is now."""

    code = "step_failed"

    def __init__(self, step: str, reason: str, *, advice: str | None, **facts: Any) -> None:
        self.traceback = str(facts.pop("traceback", ""))
        where = f"{facts['path']}:{facts['line']}" if facts["line"] else facts["path"]
        lines = [f"{step} failed ({where}): {reason}"]
        if facts["statement"]:
            lines.append("  statement: " + " ".join(str(facts["statement"]).split()))
        for title in ("kept", "rolled_back"):
            names = ", ".join(facts[title]) or "nothing"
            lines.append(f"  {title.replace('_', ' ')}: {names}")
        lines.append(f"  the database is at {', '.join(facts['now']) or 'base'}")
        super().__init__(
            "\n".join(lines),
            hint=advice or f"Mend {facts['path']}, then run the command again.",
            reason=reason,
            **facts,
        )


class EnvFailed(MigrationError):
    """The project's env.py raised, or did not do what it is there for."""

    code = "env_failed"

    def __init__(self, message: str, *, hint: str, **facts: Any) -> None:
        self.traceback = str(facts.pop("traceback", ""))
        super().__init__(message, hint=hint, **facts)


class RunnerDied(MigrationError):
    """The process that ran the migrations is gone; what it had not committed was rolled back."""

    code = "runner_died"

    def __init__(self, how: str, now: list[str]) -> None:
        super().__init__(
            f"the process that ran the migrations ended ({how}); "
            f"the database is at {', '.join(now) or 'base'}",
            hint="Run the command again; 'fidesdev db status' says what is left to do.",
            how=how,
            now=now,
        )


class LockLost(MigrationError):
    """The server ended the connection that held the migration lock; the migrations stopped."""

    code = "lock_lost"

    def __init__(self, reason: str, now: list[str]) -> None:
        super().__init__(
            f"{reason}\n  the database is at {', '.join(now) or 'base'}",
            hint="Run the command again; 'fidesdev db status' says what is left to do.",
            now=now,
        )


class Interrupted(MigrationError):
    """Ctrl-C; while migrations ran, `now` is where the database stands, read again."""

    code = "interrupted"
    exit_code = 130

    def __init__(self, now: list[str] | None = None) -> None:
        if now is None:
            super().__init__("interrupted")
            return
        super().__init__(
            f"interrupted; the database is at {', '.join(now) or 'base'}",
            hint="See what is left to do with 'fidesdev db status'.",
            now=now,
        )
