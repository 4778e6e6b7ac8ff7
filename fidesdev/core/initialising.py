"""What `fidesdev init` finds in an Alembic project, and the settings that say the rest."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace

from fidesdev.core.url import MASK

HEAD = (
    "# What fidesdev cannot find by itself in this project; everything else it does.\n"
    "# What is in force, and who said so: fidesdev config show --origin\n"
)
NEXT = (
    ("fidesdev doctor", "whether everything answers"),
    ("fidesdev db status", "where the database stands"),
    ("fidesdev config show --origin", "every setting, and who said it"),
)
Value = str | bool | tuple[str, ...] | Mapping[str, str]


@dataclass(frozen=True, slots=True)
class Found:
    """One thing that was looked for."""

    what: str
    """`alembic`, `models`, `runner`, `compose`, `database` or `upstream`."""
    value: str | None
    """None: it was not found, or there are several."""
    why: str
    """How it was found, or why not."""
    choices: tuple[str, ...] = ()
    """What it may be, where it is not told which."""
    option: str = ""
    """The option that says which."""
    hint: str | None = None
    settings: Mapping[str, Value] = field(default_factory=dict, repr=False)
    """Section and key -> value, of what has to be written down; no password in a report."""


@dataclass(frozen=True, slots=True)
class InitReport:
    """What was found, and the file that was written or would be."""

    project: str
    path: str
    found: tuple[Found, ...]
    content: str
    """The settings, passwords hidden; empty where everything is found without them."""
    exists: bool
    """Whether the file is there already: it is left as it is."""
    executed: bool
    next: tuple[tuple[str, str], ...] = NEXT
    """What to type next, and what for."""

    @property
    def is_open(self) -> bool:
        """Whether something has to be said first, since several things may be meant."""
        return any(one.value is None and one.choices for one in self.found)


def settings_of(found: Iterable[Found]) -> dict[str, Value]:
    """Every setting to write, in order."""
    return {key: value for one in found for key, value in one.settings.items()}


def masked(one: Found) -> Found:
    """The same with the password hidden."""
    shown = {k: MASK if k.endswith(".password") else v for k, v in one.settings.items()}
    return replace(one, settings=shown)


def toml_text(settings: Mapping[str, Value]) -> str:
    """The settings as TOML, a table for each section."""
    sections: dict[str, list[str]] = {}
    for key, value in settings.items():
        section, _, name = key.rpartition(".")
        sections.setdefault(section, []).append(f"{name} = {_value(value)}")
    tables = (f"[{section}]\n" + "\n".join(lines) for section, lines in sections.items())
    return "\n\n".join(tables) + "\n" * bool(sections)


def _value(value: Value) -> str:
    match value:
        case bool():
            return str(value).lower()
        case str():
            return json.dumps(value, ensure_ascii=False)
        case Mapping():
            entries = (f"{name} = {_value(item)}" for name, item in value.items())
            return f"{{ {', '.join(entries)} }}"
    return f"[{', '.join(map(_value, value))}]"
