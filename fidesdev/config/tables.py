"""The tables inside `[fidesdev]` whose keys have types of their own."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from typing import Any, TypeVar

from fidesdev.config.keys import Values, wrong_type
from fidesdev.config.settings import DockerSettings, SnapshotSettings
from fidesdev.errors import UnknownKey

_SIZE = re.compile(r"(\d+(?:\.\d+)?)\s*([kmgt]?)i?b?", re.IGNORECASE)
_POWERS = {"": 0, "k": 1, "m": 2, "g": 3, "t": 4}
_T = TypeVar("_T", SnapshotSettings, DockerSettings)

Reader = Callable[[object], Any]
"""A raw value -> the typed one; None where it cannot mean that."""


def snapshot_settings(values: Values) -> SnapshotSettings:
    """The table `[fidesdev.snapshots]`, with its defaults."""
    known = {
        "automatic": (_flag, "true or false"),
        "keep": (_count, "a whole number, 0 or more"),
        "max_size": (_bytes, 'a size, as in "500MB" or "2GB"'),
        "spares": (_count, "a whole number, 0 or more"),
    }
    return _read(values, "fidesdev.snapshots", known, SnapshotSettings())


def docker_settings(values: Values) -> DockerSettings:
    """The table `[fidesdev.docker]`, with its defaults."""
    a_list = 'a list of strings, as in ["one", "two"]'
    known = {
        "files": (_names, a_list),
        "image": (_text, "a string"),
        "profiles": (_names, a_list),
        "project": (_text, "a string"),
        "services": (_names, a_list),
    }
    return _read(values, "fidesdev.docker", known, DockerSettings())


def bytes_of(text: str) -> int | None:
    """The bytes that `500MB` or `1.5 GiB` means, in powers of 1024; None for any other text."""
    found = _SIZE.fullmatch(text.strip())
    return found and int(float(found[1]) * 1024 ** _POWERS[found[2].lower()])


def _read(values: Values, key: str, known: Mapping[str, tuple[Reader, str]], defaults: _T) -> _T:
    """The defaults with what the table says instead; raises `UnknownKey` or `WrongType`."""
    from dataclasses import replace
    from difflib import get_close_matches

    said: dict[str, Any] = {}
    source = values.found[key].source
    for name, raw in values.entries(key).items():
        if name not in known:
            near = next(iter(get_close_matches(name, known, n=1)), None)
            raise UnknownKey(f"{key}.{name}", source=str(source), nearest=near, known=tuple(known))
        read, wanted = known[name]
        said[name] = read(raw)
        if said[name] is None:
            raise wrong_type(f"{key}.{name}", raw, wanted, source)
    return replace(defaults, **said)


def _flag(raw: object) -> bool | None:
    return raw if isinstance(raw, bool) else None


def _count(raw: object) -> int | None:
    return raw if isinstance(raw, int) and not isinstance(raw, bool) and raw >= 0 else None


def _bytes(raw: object) -> int | None:
    return bytes_of(raw) if isinstance(raw, str) else _count(raw)


def _text(raw: object) -> str | None:
    return raw if isinstance(raw, str) else None


def _names(raw: object) -> tuple[str, ...] | None:
    if not isinstance(raw, list) or not all(isinstance(item, str) for item in raw):
        return None
    return tuple(raw)
