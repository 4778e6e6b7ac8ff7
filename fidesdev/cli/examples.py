"""The question that each verb answers, its examples and its relatives: `examples.txt`, read.

A verb's part of the file is its name in brackets, then lines that begin with `?` (the question),
`$` (an example, a comment after it if need be) and `>` (related verbs and `help TOPIC`).
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import cache
from pathlib import Path

_FILE = Path(__file__).with_suffix(".txt")
_HEADINGS = {"?": "Answers", "$": "Examples", ">": "See also"}


@dataclass(frozen=True, slots=True)
class Usage:
    """What the help of one verb ends with."""

    question: str
    examples: tuple[str, ...]
    """Without the program's name."""
    related: tuple[str, ...]


def usage_of(command: str) -> Usage:
    """What is written about the command; empty where nothing is."""
    lines = _parts().get(command, [])
    return Usage(
        question=" ".join(_marked(lines, "?")),
        examples=tuple(_marked(lines, "$")),
        related=tuple(name for text in _marked(lines, ">") for name in text.split(", ")),
    )


def commands() -> tuple[str, ...]:
    """Every command that the file has, without importing any."""
    return tuple(_parts())


def sections(command: str) -> Iterator[tuple[str, list[str]]]:
    """Heading and lines of each part of the command's help."""
    usage = usage_of(command)
    shown = {
        "?": [usage.question] if usage.question else [],
        "$": [f"fidesdev {example}" for example in usage.examples],
        ">": [", ".join(usage.related)] if usage.related else [],
    }
    return ((_HEADINGS[mark], lines) for mark, lines in shown.items() if lines)


@cache
def _parts() -> Mapping[str, list[str]]:
    parts: dict[str, list[str]] = {}
    lines: list[str] = []
    for line in _FILE.read_text(encoding="utf-8").splitlines():
        if line.startswith("["):
            lines = parts.setdefault(line[1:-1], [])
        elif line:
            lines.append(line)
    return parts


def _marked(lines: list[str], mark: str) -> Iterator[str]:
    return (line[1:].strip() for line in lines if line[0] == mark)
