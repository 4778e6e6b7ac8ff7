"""Which tables and columns revisions make, read from their text: enough to know a schema again.

What is computed (a name in a variable, SQL that is put together) is not seen, so that nothing here
proves anything; it finds likely revisions, and tables whose absence is worth a look.
"""

from __future__ import annotations

import ast
import re
import warnings
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass

Tables = dict[str, frozenset[str]]
"""Table -> its columns, both in lower case; no columns where only SQL made it."""

_NAME = r'(?:"?\w+"?\.)?"?(\w+)"?'
_SQL = (
    ("create", re.compile(rf"\bCREATE\s+TABLE\s+(?:IF\s+NOT\s+EXISTS\s+)?{_NAME}", re.I)),
    ("drop", re.compile(rf"\bDROP\s+TABLE\s+(?:IF\s+EXISTS\s+)?{_NAME}", re.I)),
    (
        "rename",
        re.compile(rf'\bALTER\s+TABLE\s+(?:IF\s+EXISTS\s+)?{_NAME}\s+RENAME\s+TO\s+"?(\w+)', re.I),
    ),
)
_OPERATIONS = {
    "create_table": "create",
    "drop_table": "drop",
    "rename_table": "rename",
    "add_column": "add",
    "drop_column": "remove",
    "alter_column": "alter",
}
_SECOND = 2


@dataclass(frozen=True, slots=True)
class TableChange:
    """One operation of an upgrade on a table or a column of it."""

    kind: str
    """`create`, `drop`, `rename`, `add` and `remove` (columns), `alter` (a column's name)."""
    table: str
    columns: tuple[str, ...] = ()
    new_name: str = ""


def table_changes(source: bytes) -> tuple[TableChange, ...]:
    """What the upgrade of a revision does to tables, in the order of its text."""
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # an invalid escape is the file's business
            tree = ast.parse(source)
    except (SyntaxError, ValueError, RecursionError):
        return ()
    bodies = [s for s in tree.body if "downgrade" not in getattr(s, "name", "")]
    return tuple(change for body in bodies for change in _changes(body, {}))


def apply_changes(tables: Tables, changes: Iterable[TableChange]) -> None:
    """Do to `tables` what the changes do."""
    for change in changes:
        if change.kind == "create":
            tables[change.table] = frozenset(change.columns)
        elif change.table in tables:
            columns = tables.pop(change.table)
            if change.kind != "drop":
                name = change.new_name if change.kind == "rename" else change.table
                tables[name] = _changed(columns, change)


def made_tables(changes: Mapping[str, tuple[TableChange, ...]]) -> dict[str, str]:
    """The tables that exist after all of the changes, and the revision that created each."""
    made: dict[str, str] = {}
    for revision, steps in changes.items():
        for change in steps:
            if change.kind == "create":
                made[change.table] = revision
            elif change.kind == "drop":
                made.pop(change.table, None)
            elif change.kind == "rename" and change.table in made:
                made[change.new_name] = made.pop(change.table)
    return made


def _changed(columns: frozenset[str], change: TableChange) -> frozenset[str]:
    """The columns of a table that stays."""
    named = frozenset(change.columns)
    if change.kind == "add":
        return columns | named
    if change.kind == "remove":
        return columns - named
    renamed = change.kind == "alter" and change.new_name and named <= columns
    return columns - named | {change.new_name} if renamed else columns


def _changes(node: ast.AST, batches: Mapping[str, str]) -> Iterator[TableChange]:
    """The changes below a node; `batches` are the names that stand for one table."""
    if isinstance(node, ast.With):
        batches = {**batches, **dict(_batches(node))}
    if isinstance(node, ast.Call):
        yield from _call(node, batches)
    for child in ast.iter_child_nodes(node):
        yield from _changes(child, batches)


def _batches(node: ast.With) -> Iterator[tuple[str, str]]:
    """`with op.batch_alter_table("t") as batch:` makes `batch` stand for t."""
    for item in node.items:
        call, name = item.context_expr, item.optional_vars
        if isinstance(call, ast.Call) and _called(call) == "batch_alter_table":
            table = _text(call.args[0]) if call.args else None
            if table and isinstance(name, ast.Name):
                yield name.id, table.lower()


def _call(node: ast.Call, batches: Mapping[str, str]) -> Iterator[TableChange]:
    called = _called(node)
    if called == "execute":
        texts = (_text(n) for argument in node.args for n in ast.walk(argument))
        yield from (change for text in texts if text for change in _sql(text))
        return
    kind = _OPERATIONS.get(called)
    if kind is None:
        return
    owner = node.func.value if isinstance(node.func, ast.Attribute) else None
    batch = batches.get(owner.id) if isinstance(owner, ast.Name) else None
    names = [batch] if batch else []
    for argument in node.args:
        names.extend(name.lower() for name in _names(argument))
    if names:
        yield _operation(kind, names, node)


def _operation(kind: str, names: list[str], node: ast.Call) -> TableChange:
    if kind == "rename":
        return TableChange(kind, names[0], new_name=names[-1])
    if kind == "alter":
        given = {k.arg: _text(k.value) for k in node.keywords}
        return TableChange(
            kind, names[0], tuple(names[1:2]), (given.get("new_column_name") or "").lower()
        )
    return TableChange(kind, names[0], tuple(names[1:]))


def _names(argument: ast.expr) -> Iterator[str]:
    """A literal name, or the name that a `Column(...)` begins with."""
    if text := _text(argument):
        yield text
    elif isinstance(argument, ast.Call) and _called(argument) == "Column" and argument.args:
        yield from filter(None, [_text(argument.args[0])])


def _sql(text: str) -> Iterator[TableChange]:
    found = [(m.start(), kind, m) for kind, pattern in _SQL for m in pattern.finditer(text)]
    for _start, kind, match in sorted(found, key=lambda one: one[0]):
        names = [name.lower() for name in match.groups()]
        yield TableChange(kind, names[0], new_name=names[1] if len(names) == _SECOND else "")


def _called(node: ast.Call) -> str:
    function = node.func
    if isinstance(function, ast.Attribute):
        return function.attr
    return function.id if isinstance(function, ast.Name) else ""


def _text(node: ast.AST) -> str | None:
    return node.value if isinstance(node, ast.Constant) and isinstance(node.value, str) else None
