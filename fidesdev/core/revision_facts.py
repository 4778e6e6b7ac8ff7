"""All that the checks need to know of one revision file, read from its text once."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from dataclasses import dataclass
from hashlib import sha1
from typing import Any

from fidesdev.core.conflicts import conflict_line, first_side
from fidesdev.core.header import Header, HeaderError, read_header
from fidesdev.core.ignores import Ignore, read_ignores
from fidesdev.core.reversal import is_reversible

UNKNOWN_LABEL = "label of "
"""Begins what stands for a branch label that is computed: no real one has a space."""

_PLACED = frozenset({"revision", "down_revision"})
"""Identifiers without which a file has no place in the graph."""
_SAYS_ID = re.compile(rb"^[ \t]*Revision ID:[ \t]*(.*?)[ \t\r]*$", re.MULTILINE)
_SAYS = re.compile(r"^[ \t]*(Revision ID|Revises):[ \t]*(.*?)[ \t]*$", re.MULTILINE)
_WORD = re.compile(r"[^\s,()\[\]'\"`]+")
_NOTHING = {"none", "base", "<base>", "-", "null"}


@dataclass(frozen=True, slots=True)
class FileFacts:
    """What the text of one revision file says, wherever the file is."""

    digest: str
    """What tells two texts apart: git's object id (SHA-1) of the text with plain line ends."""
    id: str = ""
    """Empty where the file does not tell; a file that does not parse may still tell."""
    parents: tuple[str, ...] = ()
    depends_on: tuple[str, ...] = ()
    labels: tuple[str, ...] = ()
    """One that only running the file can tell is `UNKNOWN_LABEL` and the revision's id."""
    line: int = 1
    """Where `revision` is assigned, or what is wrong with the header."""
    parents_line: int = 1
    """Where `down_revision` is assigned."""
    problem: str = ""
    """Why the file is no revision."""
    conflict: int | None = None
    """The line of git's first conflict marker."""
    docstring: tuple[tuple[int, str], ...] = ()
    """Lines of the docstring that say otherwise than the code, and what is wrong."""
    empty_downgrade: int | None = None
    """The line of a downgrade that does nothing although upgrade does something."""
    ignores: tuple[Ignore, ...] = ()


@dataclass(frozen=True, slots=True)
class RevisionText:
    """A revision file: where it is, and what it says."""

    path: str
    """Relative to the project folder where it is inside, else absolute."""
    facts: FileFacts

    @property
    def name(self) -> str:
        """The last part of the path."""
        return self.path.rpartition("/")[2]


def text_digest(source: bytes) -> str:
    """The id that git gives to a file of this content, once it has made CRLF a plain line end."""
    source = source.replace(b"\r\n", b"\n")
    return sha1(b"blob %d\0" % len(source) + source, usedforsecurity=False).hexdigest()


def read_facts(source: bytes, *, name: str) -> FileFacts:
    """What the file says; one that is no revision says why."""
    conflict = conflict_line(source)
    text = source if conflict is None else first_side(source)
    found: dict[str, Any] = {
        "digest": text_digest(source),
        "conflict": conflict,
        "ignores": read_ignores(source),
    }
    try:
        header = read_header(text, name=name)
    except HeaderError as error:
        likely, line = error.likely_id or "", error.line
        return FileFacts(**found, id=likely, line=line, problem="" if conflict else str(error))
    return FileFacts(
        **found,
        id=header.revision,
        parents=header.parents,
        depends_on=header.depends_on,
        labels=_labels(header),
        line=header.line,
        parents_line=_line(text, rb"^down_revision\b[^\n=]*=(?!=)") or header.line,
        problem=_riddle(header),
        docstring=tuple(_disagreements(text, header)),
        empty_downgrade=_empty_downgrade(text),
    )


def to_entry(facts: FileFacts) -> list[Any]:
    """The facts as JSON keeps them."""
    return [
        *(facts.digest, facts.id, facts.parents, facts.depends_on, facts.labels),
        *(facts.line, facts.parents_line, facts.problem, facts.conflict, facts.docstring),
        *(facts.empty_downgrade, [(i.line, i.codes, i.reason) for i in facts.ignores]),
    ]


def from_entry(entry: list[Any]) -> FileFacts:
    """The facts that `to_entry` made into `entry`."""
    digest, id_, parents, needs, labels, line, parents_line, problem, conflict, *more = entry
    docstring, empty, ignores = more
    return FileFacts(
        *(digest, id_, tuple(parents), tuple(needs), tuple(labels), line, parents_line, problem),
        *(conflict, tuple((number, text) for number, text in docstring), empty),
        tuple(Ignore(number, tuple(codes), reason) for number, codes, reason in ignores),
    )


def _riddle(header: Header) -> str:
    names = [name for name in header.computed if name in _PLACED]
    return f"{' and '.join(names)} is no literal: only running the file can tell" if names else ""


def _labels(header: Header) -> tuple[str, ...]:
    is_known = "branch_labels" not in header.computed
    return header.labels if is_known else (f"{UNKNOWN_LABEL}{header.revision}",)


def _line(source: bytes, pattern: bytes) -> int | None:
    found = re.search(pattern, source, re.MULTILINE)
    return source.count(b"\n", 0, found.start()) + 1 if found else None


def _empty_downgrade(source: bytes) -> int | None:
    """The line of a downgrade that does nothing; one that raises says at least that it does."""
    if is_reversible(source) is not False:
        return None
    try:
        tree = ast.parse(source)
    except (SyntaxError, ValueError):
        return None
    functions = {node.name: node for node in tree.body if isinstance(node, ast.FunctionDef)}
    downgrade = functions.get("downgrade")
    if downgrade is None:
        return functions["upgrade"].lineno
    raises = any(isinstance(statement, ast.Raise) for statement in downgrade.body)
    return None if raises else downgrade.lineno


def _disagreements(source: bytes, header: Header) -> Iterator[tuple[int, str]]:
    """What the docstring says wrongly; parsed only where a quick look finds something."""
    said = _SAYS_ID.search(source)
    if (not said or said[1].decode(errors="replace") == header.revision) and (
        header.revises is None or _same(header.revises, header.parents)
    ):
        return
    start, text = _docstring(source)
    for found in _SAYS.finditer(text):
        kind, written = found[1], found[2]
        true = (header.revision,) if kind == "Revision ID" else header.parents
        if not _same(written, true):
            line = start + text.count("\n", 0, found.start())
            code = "revision" if kind == "Revision ID" else "down_revision"
            yield (
                line,
                f"the docstring says '{kind}: {written}' and {code} is {', '.join(true) or None}",
            )


def _same(written: str, true: tuple[str, ...]) -> bool:
    words = [word for word in _WORD.findall(written) if word.lower() not in _NOTHING]
    return set(words) == set(true)


def _docstring(source: bytes) -> tuple[int, str]:
    """The line on which the docstring begins, and its text."""
    try:
        tree = ast.parse(source)
    except (SyntaxError, ValueError):
        definition = re.search(rb"^(?:def|class)\b", source, re.MULTILINE)
        try:
            tree = ast.parse(source[: definition.start()] if definition else b"")
        except (SyntaxError, ValueError):
            return 1, ""
    match tree.body[:1]:
        case [ast.Expr(value=ast.Constant(value=str(text)), lineno=line)]:
            return line, text
    return 1, ""
