"""The header of one revision file: read from its text, never executed.

Parsing whole files costs more than Alembic's own import of their byte code, so only what stands
before the first top-level `def`, `class` or decorator is parsed, unless the rest of the file
mentions one of the four identifiers.
"""

from __future__ import annotations

import ast
import re
import warnings
from collections.abc import Iterable, Iterator, Mapping, Set
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any

IDENTIFIERS = ("revision", "down_revision", "branch_labels", "depends_on")

_FIELDS = dict(zip(IDENTIFIERS, ("revision", "parents", "labels", "depends_on"), strict=True))
_DYNAMIC = frozenset({"exec", "globals", "locals", "setattr", "vars"})
"""Through these a module can set names that its text does not show."""
_DEFINITION = re.compile(rb"^(?:(?:def|class|async)\b|@)", re.MULTILINE)
_TRACES = (
    *(b"revision", b"branch_labels", b"depends_on", b"import *", b"import*"),
    *(name.encode() + b"(" for name in _DYNAMIC),
)
"""Text without any of these cannot set an identifier: a quick look before the exact one."""
_MENTION = re.compile(
    rb"\b(?:%b)\b|\b(?:%b)\(|import ?\*"
    % ("|".join(IDENTIFIERS).encode(), "|".join(_DYNAMIC).encode())
)
_CREATED = re.compile(r"Create Date:[ \t]*(\d{4}-\d\d-\d\d(?:[ T]\d\d:\d\d(?::\d\d)?)?)")
_REVISES = re.compile(r"^[ \t]*Revises:[ \t]*(.*)$", re.MULTILINE)


class HeaderError(ValueError):
    """A file that is no revision; the text is one line of reason."""

    def __init__(self, reason: str, *, line: int = 1, likely_id: str | None = None) -> None:
        super().__init__(reason)
        self.line = line
        self.likely_id = likely_id
        """What the file seems to call itself: for leaving out errors that merely follow."""


@dataclass(frozen=True, slots=True)
class Header:
    """What a revision file says of itself; a computed identifier is empty here."""

    revision: str = ""
    parents: tuple[str, ...] = ()
    depends_on: tuple[str, ...] = ()
    labels: tuple[str, ...] = ()
    message: str = ""
    """The first paragraph of the docstring, on one line: what Alembic calls `doc`."""
    created: str | None = None
    """`Create Date:` of the docstring as ISO 8601 without a zone; None if there is no date."""
    revises: str | None = None
    """`Revises:` of the docstring, as written; one public file in twenty is wrong there."""
    computed: tuple[str, ...] = ()
    """The identifiers that only running the file can tell."""
    line: int = 1
    """Where the first computed identifier is set, or else `revision`."""


def read_header(source: bytes, *, name: str = "") -> Header:
    """The header of a revision file; raises `HeaderError` where there is none.

    `name` is the file's: Alembic takes `ae1027a6acf.py` for a revision of that id when the file
    assigns none (`_legacy_rev` in alembic/script/base.py).
    """
    tree, text = _parse(source)
    literals, unsure = _assignments(tree, text.splitlines())
    known = [key for key in IDENTIFIERS if key in literals and key not in unsure]
    values = {key: _value(literals[key]) for key in known}
    lines = {key: literals[key].lineno for key in known}
    if "revision" not in values and "revision" not in unsure:
        values["revision"] = _legacy_id(name)
    line = next(iter(unsure.values()), lines.get("revision", 1))
    if "down_revision" not in values and "down_revision" not in unsure:
        raise HeaderError("no down_revision is assigned", line=line, likely_id=_likely_id(values))
    return Header(**_fields(values, lines), **_docstring(tree), computed=tuple(unsure), line=line)


def with_values(header: Header, values: Mapping[str, object]) -> Header:
    """The header completed by what running the file gave for its computed identifiers."""
    found = {name: values.get(name) for name in header.computed}
    return replace(header, **_fields(found, dict.fromkeys(found, header.line)))


def _parse(source: bytes) -> tuple[ast.Module, bytes]:
    """The part of the file that matters, as a tree and as text."""
    definition = _DEFINITION.search(source)
    start = definition.start() if definition else len(source)
    if not _mentions(source, start):
        try:
            return _tree(source[:start]), source[:start]
        except HeaderError:
            pass  # a line of the docstring looked like a definition
    return _tree(source), source


def _mentions(text: bytes, start: int = 0) -> bool:
    """Whether `text` from `start` on has anything that may set an identifier."""
    traced = any(text.find(word, start) >= 0 for word in _TRACES)
    return traced and _MENTION.search(text, start) is not None


def _tree(source: bytes) -> ast.Module:
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # an invalid escape is the file's business
            return ast.parse(source)
    except SyntaxError as error:
        reason, line = error.msg, error.lineno or 1
    except (ValueError, RecursionError, MemoryError) as error:  # null bytes; endless nesting
        reason, line = str(error) or type(error).__name__, 1
    likely = re.search(rb"^revision\b[^=\n]*=\s*['\"]([^'\"\n]+)", source, re.MULTILINE)
    likely_id = likely[1].decode(errors="replace") if likely else None
    raise HeaderError(f"it does not parse: {reason}", line=line, likely_id=likely_id)


def _assignments(
    tree: ast.Module, lines: list[bytes]
) -> tuple[dict[str, ast.expr], dict[str, int]]:
    """What each identifier was last plainly set to, and the lines of those set in other ways."""
    literals: dict[str, ast.expr] = {}
    unsure: dict[str, int] = {}
    aliased: set[str] = set()
    for statement in sorted(tree.body, key=_is_definition):
        names, value = _plain(statement)
        if value is not None and _is_literal(value):
            literals.update(dict.fromkeys(names, value))
            for name in names:
                unsure.pop(name, None)
            aliased.update(names if len(names) > 1 else ())
            continue
        for name in _changed(statement, lines):
            unsure[name] = statement.lineno
    lists = {name for name, node in literals.items() if isinstance(node, ast.List)}
    for name in lists and lists & (aliased | _read(tree)):
        unsure.setdefault(name, literals[name].lineno)  # whoever reads a list can change it
    return literals, {name: unsure[name] for name in IDENTIFIERS if name in unsure}


def _is_definition(statement: ast.stmt) -> bool:
    return isinstance(statement, (ast.FunctionDef, ast.AsyncFunctionDef, ast.ClassDef))


def _plain(statement: ast.stmt) -> tuple[list[str], ast.expr | None]:
    """The names and the value of `name = value` or `name: type = value`, if one concerns us."""
    if isinstance(statement, ast.Assign):
        targets = statement.targets
    elif isinstance(statement, ast.AnnAssign) and statement.value is not None:
        targets = [statement.target]
    else:
        return [], None
    names = [target.id for target in targets if isinstance(target, ast.Name)]
    if len(names) < len(targets) or not any(name in IDENTIFIERS for name in names):
        return [], None
    return names, statement.value


def _is_literal(node: ast.expr) -> bool:
    if isinstance(node, (ast.Tuple, ast.List)):
        return all(isinstance(item, ast.Constant) for item in node.elts)
    return isinstance(node, ast.Constant)


def _value(node: ast.expr) -> object:
    """The value of what `_is_literal` accepts."""
    if isinstance(node, (ast.Tuple, ast.List)):
        return tuple(_value(item) for item in node.elts)
    return node.value if isinstance(node, ast.Constant) else node


def _changed(statement: ast.stmt, lines: list[bytes]) -> Iterator[str]:
    """Every name that the statement may bind in the module, some more to be on the safe side."""
    nodes: Iterable[ast.AST] = ()
    if isinstance(statement, (ast.Import, ast.ImportFrom)):
        nodes = (statement, *statement.names)
    elif isinstance(statement, ast.AnnAssign) and statement.value is None:
        pass  # a type without a value sets nothing
    elif _mentions(b"\n".join(lines[statement.lineno - 1 : statement.end_lineno])):
        nodes = ast.walk(statement)
        if _is_definition(statement):  # what its body binds is its own, unless declared global
            nodes = (statement, *(node for node in nodes if isinstance(node, ast.Global)))
    for node in nodes:
        yield from _bound(node)


def _bound(node: ast.AST) -> Iterable[str]:
    """The names that one node binds: by assignment, deletion, import, `except` or `match`."""
    match node:
        case (
            ast.Name(id=name, ctx=ast.Store() | ast.Del())
            | ast.Attribute(attr=name, ctx=ast.Store() | ast.Del())  # module.revision = ...
        ):
            return (name,)
        case ast.Name(id=name) if name in _DYNAMIC:
            return IDENTIFIERS
        case ast.ImportFrom(module=module, names=[ast.alias(name="*")]):
            return () if (module or "").startswith("sqlalchemy") else IDENTIFIERS
        case ast.alias(name=name, asname=asname):
            return ((asname or name).partition(".")[0],)
        case ast.Global(names=names):
            return names
    bound = getattr(node, "rest", None) or getattr(node, "name", None)
    return (bound,) if isinstance(bound, str) else ()


def _read(tree: ast.Module) -> set[str]:
    """Every name that is read somewhere."""
    return {
        node.id
        for node in ast.walk(tree)
        if isinstance(node, ast.Name) and isinstance(node.ctx, ast.Load)
    }


def _legacy_id(name: str) -> str:
    if legacy := re.match(r"([a-f0-9]+)\.py$", name):
        return legacy[1]
    raise HeaderError("no revision is assigned")


def _likely_id(values: Mapping[str, object]) -> str | None:
    id_ = values.get("revision")
    return id_ if isinstance(id_, str) else None


def _fields(values: Mapping[str, object], lines: Mapping[str, int]) -> dict[str, Any]:
    """The identifiers' values as fields of a `Header`, checked."""
    fields: dict[str, Any] = {}
    readers = {"revision": _id, **dict.fromkeys(IDENTIFIERS[1:], _names)}
    for name, value in values.items():
        try:
            fields[_FIELDS[name]] = readers[name](value)
        except ValueError as error:
            reason = f"{name} is {value!r}{error}"
            line, likely_id = lines.get(name, 1), _likely_id(values)
            raise HeaderError(reason, line=line, likely_id=likely_id) from None
    return fields


def _id(value: object) -> str:
    if not isinstance(value, str) or not value:
        raise ValueError(", which is no text")
    if illegal := sorted({"@", "-", "+"}.intersection(value)):
        raise ValueError(f", and Alembic refuses {' '.join(illegal)}")
    return value


def _names(value: object) -> tuple[str, ...]:
    """What Alembic makes of None, one text, or several in whatever collection; none twice."""
    if isinstance(value, str):
        return (value,)
    if value is None or value == (None,):
        return ()
    items = sorted(value, key=str) if isinstance(value, Set) else value
    items = tuple(items) if isinstance(items, Iterable) else (items,)
    if not all(isinstance(item, str) for item in items):
        raise ValueError(", which names no revisions")
    return tuple(dict.fromkeys(items))


def _docstring(tree: ast.Module) -> dict[str, Any]:
    """What the docstring says, as fields of a `Header`."""
    text = ast.get_docstring(tree, clean=False) or ""
    message = " ".join(line.strip() for line in text.strip().split("\n\n")[0].splitlines())
    revises = _REVISES.search(text)
    return {
        "message": message,
        "created": _created(text),
        "revises": revises[1].strip() if revises else None,
    }


def _created(text: str) -> str | None:
    match = _CREATED.search(text)
    try:
        return datetime.fromisoformat(match[1]).isoformat() if match else None
    except ValueError:  # the 31st of February
        return None
