"""Conflicts that are only about what a revision is written on, and what solves them."""

from __future__ import annotations

from fidesdev.core.conflicts import conflict_line, first_side, second_side
from fidesdev.core.header import HeaderError, read_header
from fidesdev.core.rewriting import moved_header


def own_side(source: bytes, *, own_is_first: bool) -> bytes:
    """The text without markers, as the branch itself has it."""
    return first_side(source) if own_is_first else second_side(source)


def side_with(source: bytes, parents: tuple[str, ...], *, name: str) -> bytes | None:
    """The side that is written on `parents`; None where neither is."""
    for side in (first_side(source), second_side(source)):
        try:
            if read_header(side, name=name).parents == parents:
                return side
        except HeaderError:
            continue
    return None


def is_about_parents(source: bytes, *, name: str) -> bool:
    """Whether the sides of all conflicts differ in nothing but the parents."""
    sides = (first_side(source), second_side(source))
    if any(conflict_line(side) is not None for side in sides):
        return False
    try:
        first, second = (moved_header(side, (), name=name) for side in sides)
    except HeaderError:
        return False
    return first == second
