"""New text for a revision file whose parents change: two places, and every other byte stays."""

from __future__ import annotations

import ast
import re
import tokenize
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace
from functools import cached_property

from fidesdev.core.header import Header, HeaderError, read_header

_BOM = b"\xef\xbb\xbf"
_DEFINITION = re.compile(r"^(?:(?:def|class|async)\b|@)", re.MULTILINE)
_NEWLINE = re.compile(r"\r\n|\r|\n")
_STRING = re.compile(r"([uUrR]?)('''|\"\"\"|'|\")((?:(?!\2).)*)\2", re.DOTALL)
"""One string token without its own quotes inside."""
_REVISES = re.compile(r"(?:\A|(?<=[\r\n]))[ \t]*Revises:([ \t]*)([^\r\n]*?)(?=[ \t]*(?:[\r\n]|\Z))")


def moved_header(source: bytes, parents: tuple[str, ...], *, name: str = "") -> bytes:
    """The file with other parents: in `down_revision`, and in the docstring's `Revises:` line.

    Quotes, annotations, containers of the same length, comments, line ends, byte order mark and
    encoding stay as they are. Raises `HeaderError` where the header is computed, or where the
    parents cannot be changed without changing more.
    """
    before = read_header(source, name=name)
    if "down_revision" in before.computed:
        raise HeaderError(
            "down_revision is computed, so its text cannot be rewritten", line=before.line
        )
    text = _decoded(source)
    edits = [*_parents_edits(text, parents), *_docstring_edits(text, parents)]
    for edit in sorted(edits, key=lambda one: one.start, reverse=True):
        text = replace(text, text=text.text[: edit.start] + edit.new + text.text[edit.end :])
    after = text.encoded
    _assert_moved(before, read_header(after, name=name), parents)
    return after


@dataclass(frozen=True)
class _Text:
    """A file as characters, and the way back to its bytes."""

    text: str
    encoding: str
    bom: bytes

    @property
    def encoded(self) -> bytes:
        return self.bom + self.text.encode(self.encoding, "surrogateescape")

    @cached_property
    def tree(self) -> ast.Module:
        """The whole file, or what stands before its first definition where that alone parses."""
        try:
            return ast.parse(self.text)
        except (SyntaxError, ValueError):
            definition = _DEFINITION.search(self.text)
            return ast.parse(self.text[: definition.start() if definition else 0])

    @cached_property
    def lines(self) -> list[int]:
        """Where each line begins."""
        return [0, *(found.end() for found in _NEWLINE.finditer(self.text))]

    def span(self, node: ast.expr) -> tuple[int, int]:
        """Where the node begins and ends."""
        assert node.end_lineno is not None
        assert node.end_col_offset is not None
        return (
            self._position(node.lineno, node.col_offset),
            self._position(node.end_lineno, node.end_col_offset),
        )

    def of(self, node: ast.expr) -> str:
        """The node's own text."""
        start, end = self.span(node)
        return self.text[start:end]

    def holds(self, id_: str) -> bool:
        """Whether the id can stand between quotes as it is."""
        if not id_.isprintable() or any(character in id_ for character in "'\"\\"):
            return False
        try:
            id_.encode(self.encoding)
        except UnicodeEncodeError:
            return False
        return True

    def _position(self, line: int, column: int) -> int:
        """The index of a place that ast names by line and UTF-8 bytes."""
        start = self.lines[line - 1]
        end = self.lines[line] if line < len(self.lines) else len(self.text)
        before = self.text[start:end].encode("utf-8", "surrogatepass")[:column]
        return start + len(before.decode("utf-8", "surrogatepass"))


@dataclass(frozen=True, slots=True)
class _Edit:
    start: int
    end: int
    new: str


def _decoded(source: bytes) -> _Text:
    bom = _BOM if source.startswith(_BOM) else b""
    body = source[len(bom) :]
    lines = iter(body.splitlines(keepends=True))
    try:
        encoding, _read = tokenize.detect_encoding(lambda: next(lines, b""))
    except SyntaxError as error:
        raise HeaderError(f"its encoding is not known: {error.msg}") from error
    text = _Text(body.decode(encoding, "surrogateescape"), encoding, bom)
    if text.encoded != source:
        raise HeaderError(f"its encoding {encoding} does not lead back to the same bytes")
    return text


def _parents_edits(text: _Text, parents: tuple[str, ...]) -> Iterator[_Edit]:
    """The change of the value that `down_revision` has in the end."""
    value = _assigned(text.tree, "down_revision")
    if value is None:
        raise HeaderError("no plain assignment of down_revision is to be found")
    items = value.elts if isinstance(value, (ast.Tuple, ast.List)) else [value]
    texts = [item for item in items if _is_text(item)]
    if parents and len(items) == len(texts) == len(parents):
        for item, id_ in zip(texts, parents, strict=True):
            yield _Edit(*text.span(item), _literal(text, id_, like=[item]))
        return
    like = [*texts, *filter(None, [_assigned(text.tree, "revision")])]
    written = [_literal(text, id_, like=like) for id_ in parents]
    yield _Edit(*text.span(value), _listed(written, is_list=isinstance(value, ast.List)))


def _assigned(tree: ast.Module, name: str) -> ast.expr | None:
    """What the name is plainly set to last."""
    found = None
    for statement in tree.body:
        match statement:
            case ast.Assign(targets=targets, value=value):
                names = [target.id for target in targets if isinstance(target, ast.Name)]
            case ast.AnnAssign(target=ast.Name(id=target), value=ast.expr() as value):
                names = [target]
            case _:
                continue
        found = value if name in names else found
    return found


def _is_text(node: ast.expr) -> bool:
    return isinstance(node, ast.Constant) and isinstance(node.value, str)


def _literal(text: _Text, id_: str, *, like: Iterable[ast.expr]) -> str:
    """The id in quotes, with the prefix and the quotes of the first of `like` that has any."""
    if not text.holds(id_):
        return ascii(id_)
    prefix, quotes = "", '"'
    for node in like:
        if found := _STRING.match(text.of(node)):
            prefix, quotes = found[1], found[2]
            break
    return f"{prefix}{quotes}{id_}{quotes}"


def _listed(written: list[str], *, is_list: bool) -> str:
    if len(written) < 2:  # noqa: PLR2004 - one parent needs no container
        return written[0] if written else "None"
    opening, closing = "[]" if is_list else "()"
    return f"{opening}{', '.join(written)}{closing}"


def _docstring_edits(text: _Text, parents: tuple[str, ...]) -> Iterator[_Edit]:
    """The change of the `Revises:` line, if the docstring has one."""
    match text.tree.body[:1]:
        case [ast.Expr(value=ast.Constant(value=str()) as node)]:
            start, end = text.span(node)
        case _:
            return
    whole = _STRING.fullmatch(text.text[start:end])
    if whole:
        start, end = start + whole.start(3), start + whole.end(3)
    found = _REVISES.search(text.text[start:end])
    if found and all(text.holds(id_) for id_ in parents):
        new = ", ".join(parents)
        gap = " " if new and not (found[1] or found[2]) else ""
        yield _Edit(start + found.start(2), start + found.end(2), gap + new)


def _assert_moved(before: Header, after: Header, parents: tuple[str, ...]) -> None:
    """Nothing but the parents and what the docstring says of them may have changed."""
    meant = replace(before, parents=parents, revises=after.revises, line=after.line)
    if "Revises:" in before.message:  # no empty line stands before it
        meant = replace(meant, message=after.message)
    if after != meant or (before.revises is None) != (after.revises is None):
        raise HeaderError(
            "the parents cannot be changed without changing more: "
            f"{_difference(meant, after)} shares its text with down_revision",
            line=before.line,
        )


def _difference(meant: Header, found: Header) -> str:
    names = ("revision", "parents", "depends_on", "labels", "message", "created", "computed")
    return ", ".join(n for n in names if getattr(meant, n) != getattr(found, n)) or "Revises"
