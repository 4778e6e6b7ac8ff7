"""Texts that people type: checked, and matched with the names that are known."""

from __future__ import annotations

from collections.abc import Iterable
from difflib import get_close_matches

from fidesdev.errors import UsageError


def checked_text(option: str, text: str) -> str:
    """The text if a database can hold it; raises `UsageError` for NUL and broken UTF-8."""
    if not is_plain(text):
        raise UsageError(
            f"{option} holds a byte that no text can have",
            hint=f"Give {option} as UTF-8 text.",
        )
    return text


def is_plain(text: object) -> bool:
    """Whether PostgreSQL can store the text."""
    if not isinstance(text, str) or "\x00" in text:
        return False
    try:
        text.encode()
    except UnicodeEncodeError:
        return False
    return True


def match_label(kind: str, text: str, labels: Iterable[str]) -> str:
    """The label that is meant, whatever its case and whether it is written with `-` or `_`."""
    known, name = list(labels), label_of(text)
    if name in known:
        return name
    raise UsageError(
        f"this database has no {kind} {text!r}", hint=suggestion(name, known), text=text
    )


def label_of(text: str) -> str:
    """A label as Fides writes it: `Privacy Center` is `privacy_center`."""
    return text.strip().lower().replace("-", "_").replace(" ", "_")


def nearest(text: str, known: Iterable[str]) -> tuple[str, ...]:
    """Up to three spellings that may have been meant, the nearest first."""
    return tuple(get_close_matches(text, list(known), n=3, cutoff=0.5))


def suggestion(text: str, known: Iterable[str]) -> str:
    """A sentence with what was probably meant and everything that may be chosen."""
    options = list(known)
    near = nearest(text, options)
    meant = f"Did you mean '{near[0]}'? " if near else ""
    return f"{meant}Choose from: {', '.join(options)}."
