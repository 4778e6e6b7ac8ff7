"""What `db check` answers, and what it says of its codes."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace

from fidesdev.core.check_codes import CHECKS, Check
from fidesdev.core.findings import Finding


@dataclass(frozen=True, slots=True)
class Skipped:
    """Checks that could not be made."""

    codes: tuple[str, ...]
    reason: str
    """One line, with what to type against it."""


@dataclass(frozen=True, slots=True)
class CheckReport:
    """Everything that was found, errors first."""

    findings: tuple[Finding, ...]
    checked: tuple[str, ...]
    """The codes that were looked for."""
    skipped: tuple[Skipped, ...] = ()
    revisions: int = 0
    """How many revision files were read."""
    against: str | None = None
    """The git ref that the checkout was compared with."""

    def fails(self, *, strict: bool = False) -> bool:
        """Whether a finding is an error; with `strict`, whether there is any."""
        return any(strict or found.severity == "error" for found in self.findings)


@dataclass(frozen=True, slots=True)
class Explanation:
    """What a code means."""

    code: str
    severity: str
    """By default."""
    summary: str
    explanation: str
    remedy: str


@dataclass(frozen=True, slots=True)
class Explanations:
    """What `--explain` answers."""

    checks: tuple[Explanation, ...]


def explain(codes: Iterable[str]) -> Explanations:
    """The meaning of the codes of `db check`."""
    return explained(one for code, one in CHECKS.items() if code in codes)


def explained(checks: Iterable[Check]) -> Explanations:
    """The checks as they are told."""
    return Explanations(
        tuple(
            Explanation(one.code, one.severity, one.summary, one.explanation, one.remedy)
            for one in checks
        )
    )


def judged(
    findings: Iterable[Finding], checked: Iterable[str], severities: Mapping[str, str]
) -> tuple[Finding, ...]:
    """The findings of the codes checked, as severe as configured: errors first, then by file."""
    codes = list(checked)
    kept = [
        replace(found, severity=severities.get(found.code, found.severity))
        for found in findings
        if found.code in codes
    ]
    return tuple(sorted(kept, key=lambda one: (one.severity != "error", codes.index(one.code))))
