"""Files in the middle of a merge: where git's markers are, and what either side says."""

from __future__ import annotations

import re
from collections.abc import Callable

_CONFLICT = re.compile(
    rb"^<{7}(?: [^\r\n]*)?(?:\r?\n)"  # <<<<<<< HEAD
    rb"(?P<first>(?s:.*?))"
    rb"(?:^\|{7}(?: [^\r\n]*)?(?:\r?\n)(?s:.*?))?"  # ||||||| the common ancestor, if git shows it
    rb"^={7}(?:\r?\n)"
    rb"(?P<second>(?s:.*?))"
    rb"^>{7}(?: [^\r\n]*)?(?:\r?\n|\Z)",
    re.MULTILINE,
)


def conflict_line(source: bytes) -> int | None:
    """The line of the first conflict; None where there is none."""
    if b"<<<<<<<" not in source:
        return None
    found = _CONFLICT.search(source)
    return source.count(b"\n", 0, found.start()) + 1 if found else None


def first_side(source: bytes) -> bytes:
    """The text with what stood above each `=======`: HEAD's, be it a merge or a rebase.

    In a rebase HEAD is upstream, so that "ours" and "theirs" change places.
    """
    return _side(source, lambda found: found["first"])


def second_side(source: bytes) -> bytes:
    """The text with what stood below each `=======`: what is merged or re-applied."""
    return _side(source, lambda found: found["second"])


def _side(source: bytes, chosen: Callable[[re.Match[bytes]], bytes]) -> bytes:
    return _CONFLICT.sub(chosen, source) if b"<<<<<<<" in source else source
