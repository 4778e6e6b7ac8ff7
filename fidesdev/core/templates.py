"""Templates: databases at some revisions, kept so that a new one like them is a mere copy.

A template is found by a fingerprint of all that decides what is in it, so a stale one is never
taken for a fresh one; it merely is not asked for any more.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from hashlib import sha256
from typing import Any

from fidesdev.core.snapshots import mark, read_mark

KEPT = 4
"""Templates of one project; older ones are dropped when a new one is made."""

_FORMAT = "fidesdev template 1"
"""The number counts the meanings of what is hashed, and of what a template holds."""
_DIGITS = 16
_KIND = "template"
_EXTENSION = re.compile(
    rb"\bcreate\s+extension\s+(?:if\s+not\s+exists\s+)?(?:\\?[\"'])?([\w-]+)", re.IGNORECASE
)


@dataclass(frozen=True, slots=True)
class Ingredients:
    """All that decides what a template holds."""

    heads: frozenset[str]
    scripts: Mapping[str, bytes] = field(repr=False)
    """The text of every revision that is applied, by its id."""
    environment: Mapping[str, bytes] = field(repr=False)
    """The text of env.py and of what lies beside it, by path."""
    options: Mapping[str, Any]
    """How Alembic is called: its section, `-x`, the version table ..."""
    server: Mapping[str, Any]
    """Version, role, locale, encoding, extensions, settings of the database ..."""
    seed: int = 0
    """How many sample rows are asked for."""

    @property
    def fingerprint(self) -> str:
        """Sixteen hexadecimal digits that no other template has."""
        document = [
            _FORMAT,
            sorted(self.heads),
            _hashed(self.scripts),
            _hashed(self.environment),
            self.options,
            self.server,
            self.seed,
        ]
        text = json.dumps(document, sort_keys=True, default=str)
        return sha256(text.encode("utf-8", "surrogatepass")).hexdigest()[:_DIGITS]


@dataclass(frozen=True, slots=True)
class Label:
    """What is written on a template once it is complete."""

    project: str
    """The project folder and the machine that it is on."""
    heads: tuple[str, ...]
    seed: int
    created: datetime
    used: datetime
    """The day on which it was last copied, as far as anybody noted."""

    def __str__(self) -> str:
        """One line of JSON."""
        facts = {
            "project": self.project,
            "heads": list(self.heads),
            "seed": self.seed,
            "created": self.created.isoformat(timespec="seconds"),
            "used": self.used.isoformat(timespec="seconds"),
        }
        return mark(_KIND, facts)

    @classmethod
    def read(cls, text: str | None) -> Label | None:
        """The label that the text is; None for any other text, and for a template half made."""
        facts = read_mark(text, _KIND)
        if facts is None:
            return None
        try:
            created, used = (datetime.fromisoformat(facts[key]) for key in ("created", "used"))
            heads, seed = tuple(facts["heads"]), int(facts["seed"])
            return cls(str(facts["project"]), heads, seed, created, used)
        except (ValueError, TypeError, KeyError):
            return None


def extensions_made(scripts: Iterable[bytes]) -> frozenset[str]:
    """The extensions that the scripts create themselves, as far as their text says so."""
    found = (name for text in scripts for name in _EXTENSION.findall(text))
    return frozenset(name.decode().lower() for name in found)


def stale(
    labels: Mapping[str, Label], project: str, current: str, *, keep: int = KEPT
) -> tuple[str, ...]:
    """Which of the project's templates have not been used for longest, `keep` of them not counted.

    `labels` are by fingerprint; other projects' templates and `current` are never among them.
    """
    own = [name for name, label in labels.items() if label.project == project and name != current]
    own.sort(key=lambda name: labels[name].used, reverse=True)
    return tuple(own[max(keep - 1, 0) :])


def _hashed(texts: Mapping[str, bytes]) -> dict[str, str]:
    return {name: sha256(text).hexdigest() for name, text in texts.items()}
