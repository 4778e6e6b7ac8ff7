"""What the doctor of the whole looks at: each point is in order, or has what heals it."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from fidesdev.core.docker_doctor import ERROR, OK, WARNING, Diagnosis

CHECKS = ("config", "files", "git", "revisions", "runner", "server", "database", "docker")
"""In the order in which they are looked at."""


@dataclass(frozen=True, slots=True)
class HealthReport:
    """All that could be looked at: what is wrong leaves out what depends on it."""

    checks: tuple[Diagnosis, ...]

    @property
    def is_healthy(self) -> bool:
        """Whether nothing is wrong."""
        return all(one.severity == OK for one in self.checks)


def summed_up(check: str, parts: Iterable[Diagnosis], *, more: str) -> Diagnosis:
    """Several points as one: the worst of them, else what all say; `more` tells the rest."""
    said = list(parts)
    wrong = [one for one in said if one.severity == ERROR] or [
        one for one in said if one.severity == WARNING
    ]
    if not wrong:
        return Diagnosis(check, OK, ", ".join(one.message for one in said))
    others = sum(one.severity != OK for one in said) - 1
    message = f"{wrong[0].message}{f', and {others} more' if others else ''}"
    hint = wrong[0].hint if not others else f"See all of it with {more!r}."
    return Diagnosis(check, wrong[0].severity, message, hint)
