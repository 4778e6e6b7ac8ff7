"""Keys: how a record is named in URLs and files, and how one is made of a name."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Mapping
from typing import Any

from fidesdev.errors import KeyValidationError

_ALLOWED = re.compile(r"[A-Za-z0-9_-]+")


def key_from(data: Mapping[str, Any], *, model: str) -> str:
    """The key given, else the name in snake case; raises `KeyValidationError`."""
    key = data.get("key")
    if key is not None and key != "":
        return checked_key(key, model=model)
    name = data.get("name")
    if not isinstance(name, str) or not name:
        raise KeyValidationError(model, "requires a name or a key")
    made = snake_case(name)
    if not made:
        raise KeyValidationError(model, f"has a name that makes no key: {name!r}", key=None)
    return made


def checked_key(key: object, *, model: str) -> str:
    """The key itself, when it is text of the characters allowed in one.

    Fides allows `.`, `<` and `>` as well when it creates a row, and refuses them when it updates
    one; only what it takes both times is a key here.
    """
    if not isinstance(key, str):
        raise KeyValidationError(model, f"has a key that is no text: {key!r}", key=key)
    if not _ALLOWED.fullmatch(key):
        raise KeyValidationError(model, f"has an invalid key: {key!r}", key=key)
    return key


def snake_case(name: str) -> str:
    """The name as a key: `Café Policy (EU)` is `cafe_policy_eu`; empty if nothing can be kept."""
    plain = unicodedata.normalize("NFKD", name).encode("ascii", "ignore").decode().lower().strip()
    kept = re.sub(r"[^\w\s-]", "", plain)
    return re.sub(r"[\s-]+", "_", kept).strip("_")
