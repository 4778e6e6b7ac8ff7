"""What the upgrade of a revision touches: tables, columns, types and indexes, read from its text.

What is computed (a name in a variable, SQL that is put together) is not seen.
"""

from __future__ import annotations

import ast
import re
import warnings
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass

CREATE, DROP, RENAME, ALTER, USE = "create", "drop", "rename", "alter", "use"
TABLE, COLUMN, TYPE, INDEX = "table", "column", "type", "index"


@dataclass(frozen=True, slots=True)
class Touch:
    """One thing that one statement of an upgrade touches."""

    kind: str
    """`table`, `column`, `type` or `index`; a constraint counts as an index: both are names that
    a table has once."""
    name: str
    """In lower case, without a schema; a column as `table.column`."""
    action: str
    """`create`, `drop`, `rename`, `alter` or `use`."""
    line: int

    @property
    def table(self) -> str | None:
        """The table that a table or a column belongs to."""
        return self.name.partition(".")[0] if self.kind in {TABLE, COLUMN} else None


_NAME = r'(?:"?\w+"?\.)?"?(\w+)"?'
_ALTER = r"ALTER\s+TABLE\s+(?:IF\s+EXISTS\s+)?(?:ONLY\s+)?"
_TABLE = _ALTER + _NAME
_SOME_TABLE = _ALTER + r'(?:"?\w+"?\.)?"?\w+"?'
_SQL = tuple(
    (kind, action, re.compile(rf"\b{pattern}", re.IGNORECASE))
    for kind, action, pattern in (
        (TABLE, CREATE, rf"CREATE\s+TABLE\s+(?:IF\s+NOT\s+EXISTS\s+)?{_NAME}"),
        (TABLE, DROP, rf"DROP\s+TABLE\s+(?:IF\s+EXISTS\s+)?{_NAME}"),
        (TABLE, RENAME, rf"{_TABLE}\s+RENAME\s+TO\b"),
        (TABLE, CREATE, rf"{_SOME_TABLE}\s+RENAME\s+TO\s+{_NAME}"),
        (TABLE, ALTER, rf"{_TABLE}\s+(?:ADD|DROP|ALTER|VALIDATE)\b"),
        (TABLE, USE, rf"(?:UPDATE|INSERT\s+INTO|DELETE\s+FROM|FROM|JOIN|TRUNCATE)\s+{_NAME}"),
        (COLUMN, CREATE, rf"{_TABLE}\s+ADD\s+COLUMN\s+(?:IF\s+NOT\s+EXISTS\s+)?{_NAME}"),
        (COLUMN, DROP, rf"{_TABLE}\s+DROP\s+COLUMN\s+(?:IF\s+EXISTS\s+)?{_NAME}"),
        (COLUMN, RENAME, rf"{_TABLE}\s+RENAME\s+COLUMN\s+{_NAME}"),
        (COLUMN, CREATE, rf"{_TABLE}\s+RENAME\s+COLUMN\s+\"?\w+\"?\s+TO\s+{_NAME}"),
        (COLUMN, ALTER, rf"{_TABLE}\s+ALTER\s+COLUMN\s+{_NAME}"),
        (TYPE, CREATE, rf"CREATE\s+TYPE\s+{_NAME}"),
        (TYPE, DROP, rf"DROP\s+TYPE\s+(?:IF\s+EXISTS\s+)?{_NAME}"),
        (TYPE, RENAME, rf"ALTER\s+TYPE\s+{_NAME}\s+RENAME\s+TO\b"),
        (TYPE, ALTER, rf"ALTER\s+TYPE\s+{_NAME}\s+(?:ADD\s+VALUE|RENAME\s+VALUE)\b"),
        (
            INDEX,
            CREATE,
            r"CREATE\s+(?:UNIQUE\s+)?INDEX\s+(?:CONCURRENTLY\s+)?(?:IF\s+NOT\s+EXISTS\s+)?" + _NAME,
        ),
        (INDEX, DROP, rf"DROP\s+INDEX\s+(?:CONCURRENTLY\s+)?(?:IF\s+EXISTS\s+)?{_NAME}"),
    )
)
_INDEXES = {
    "create_index": (CREATE, 1),
    "drop_index": (DROP, 1),
    "create_unique_constraint": (CREATE, 1),
    "create_check_constraint": (CREATE, 1),
    "create_exclude_constraint": (CREATE, 1),
    "create_primary_key": (CREATE, 1),
    "create_foreign_key": (CREATE, 2),
    "drop_constraint": (DROP, 1),
}
"""Operations on a name that a table has once, and how many tables follow the name."""
_COLUMNS = {"add_column": CREATE, "drop_column": DROP, "alter_column": ALTER}
_ENUMS = {"Enum", "ENUM"}


def touches(source: bytes) -> tuple[Touch, ...]:
    """What the upgrade touches, in the order of its text, nothing twice on a line."""
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # an invalid escape is the file's business
            tree = ast.parse(source)
    except (SyntaxError, ValueError, RecursionError):
        return ()
    bodies = [one for one in tree.body if "downgrade" not in getattr(one, "name", "")]
    found = (touch for body in bodies for touch in _below(body, {}))
    return tuple(dict.fromkeys(found))


def _below(node: ast.AST, batches: Mapping[str, str]) -> Iterator[Touch]:
    """The touches below a node; `batches` are the names that stand for one table."""
    if isinstance(node, ast.With):
        batches = {**batches, **dict(_batches(node))}
    if isinstance(node, ast.Call):
        yield from _call(node, batches)
    for child in ast.iter_child_nodes(node):
        yield from _below(child, batches)


def _batches(node: ast.With) -> Iterator[tuple[str, str]]:
    for item in node.items:
        call, name = item.context_expr, item.optional_vars
        if isinstance(call, ast.Call) and _called(call) == "batch_alter_table" and call.args:
            table = _text(call.args[0])
            if table and isinstance(name, ast.Name):
                yield name.id, table


def _call(node: ast.Call, batches: Mapping[str, str]) -> Iterator[Touch]:
    reader = _READERS.get(_called(node))
    if reader is None:
        return
    owner = node.func.value if isinstance(node.func, ast.Attribute) else None
    batch = batches.get(owner.id) if isinstance(owner, ast.Name) else None
    names = [text for argument in node.args if (text := _name(argument)) is not None]
    yield from reader(node, names, batch)


def _table(node: ast.Call, names: list[str], _batch: str | None) -> Iterator[Touch]:
    """`create_table(t, ...)` and its like."""
    action = {"batch_alter_table": ALTER}.get(_called(node), _called(node).partition("_")[0])
    for name in names[:1]:
        yield Touch(TABLE, name, action, node.lineno)
        if action == CREATE:
            yield from _parts(node, name)
    if action == RENAME and len(names) > 1:
        yield Touch(TABLE, names[1], CREATE, node.lineno)


def _parts(node: ast.Call, table: str) -> Iterator[Touch]:
    """The columns of a new table, and the types that come with them."""
    for inner in ast.walk(node):
        if (made := _enum_name(inner)) and _makes_type(inner):
            yield Touch(TYPE, made, CREATE, node.lineno)
        if isinstance(inner, ast.Call) and _called(inner) == "Column" and (column := _name(inner)):
            yield Touch(COLUMN, f"{table}.{column}", CREATE, node.lineno)


def _enum_name(node: ast.AST | None) -> str | None:
    if isinstance(node, ast.Call) and _called(node) in _ENUMS:
        return _keyword(node, "name")
    return None


def _makes_type(node: ast.AST) -> bool:
    keywords = node.keywords if isinstance(node, ast.Call) else []
    values = [one.value for one in keywords if one.arg == "create_type"]
    return not any(isinstance(value, ast.Constant) and value.value is False for value in values)


def _created(node: ast.Call, _names: list[str], _batch: str | None) -> Iterator[Touch]:
    """`Enum(..., name="x").create(...)`, and `drop`."""
    owner = node.func.value if isinstance(node.func, ast.Attribute) else None
    if name := _enum_name(owner):
        yield Touch(TYPE, name, _called(node), node.lineno)


def _column(node: ast.Call, names: list[str], batch: str | None) -> Iterator[Touch]:
    """`add_column(t, Column(c))` and its like."""
    names = [batch, *names] if batch else names
    if len(names) < 2:  # noqa: PLR2004 - a table and a column
        return
    table, column = names[:2]
    action, new = _COLUMNS[_called(node)], _keyword(node, "new_column_name")
    yield Touch(TABLE, table, ALTER, node.lineno)
    yield Touch(COLUMN, f"{table}.{column}", RENAME if new else action, node.lineno)
    if new:
        yield Touch(COLUMN, f"{table}.{new}", CREATE, node.lineno)


def _index(node: ast.Call, names: list[str], batch: str | None) -> Iterator[Touch]:
    """`create_index(name, table, columns)` and its like."""
    action, count = _INDEXES[_called(node)]
    name = names[0] if names and node.args and _name(node.args[0]) else _keyword(node, "name")
    given = (_keyword(node, key) for key in ("table_name", "source_table", "referent_table"))
    tables = [batch] if batch else [*names[1 : 1 + count], *filter(None, given)]
    if name:
        yield Touch(INDEX, name, action, node.lineno)
    for table in filter(None, tables):
        yield Touch(TABLE, table, ALTER, node.lineno)
        for argument in node.args:
            columns = argument.elts if isinstance(argument, ast.List | ast.Tuple) else ()
            for column in filter(None, map(_text, columns)):
                yield Touch(COLUMN, f"{table}.{column}", USE, node.lineno)


def _enum(node: ast.Call, _names: list[str], _batch: str | None) -> Iterator[Touch]:
    """A type of its own, used by a column."""
    if name := _enum_name(node):
        yield Touch(TYPE, name, USE, node.lineno)


def _foreign_key(node: ast.Call, _names: list[str], _batch: str | None) -> Iterator[Touch]:
    """`ForeignKey("t.c")`, and the list of `ForeignKeyConstraint`."""
    lists = [one.elts if isinstance(one, ast.List | ast.Tuple) else [one] for one in node.args]
    for text in filter(None, (_text(one) for items in lists for one in items)):
        table, dot, column = text.rpartition(".")
        if dot:
            name = table.rpartition(".")[2]
            yield Touch(TABLE, name, USE, node.lineno)
            yield Touch(COLUMN, f"{name}.{column}", USE, node.lineno)


def _used(node: ast.Call, names: list[str], _batch: str | None) -> Iterator[Touch]:
    """`table("t", ...)`, which statements are made from."""
    yield from (Touch(TABLE, name, USE, node.lineno) for name in names[:1])


def _statements(node: ast.Call, _names: list[str], _batch: str | None) -> Iterator[Touch]:
    texts = (_literal(one) for argument in node.args for one in ast.walk(argument))
    for text in filter(None, texts):
        for kind, action, pattern in _SQL:
            for match in pattern.finditer(text):
                name = ".".join(part.lower() for part in match.groups())
                yield Touch(kind, name, action, node.lineno)


_Reader = Callable[[ast.Call, list[str], str | None], Iterator[Touch]]
_READERS: Mapping[str, _Reader] = {
    **dict.fromkeys(("create_table", "drop_table", "rename_table", "batch_alter_table"), _table),
    **dict.fromkeys(_COLUMNS, _column),
    **dict.fromkeys(_INDEXES, _index),
    **dict.fromkeys(_ENUMS, _enum),
    **dict.fromkeys(("create", "drop"), _created),
    **dict.fromkeys(("ForeignKey", "ForeignKeyConstraint"), _foreign_key),
    **dict.fromkeys(("table", "Table"), _used),
    **dict.fromkeys(("execute", "text"), _statements),
}
"""What reads a call, by the name that is called."""


def _name(argument: ast.expr) -> str | None:
    """A literal name, `op.f("name")`, or the name that a `Column(...)` begins with."""
    if text := _text(argument):
        return text
    if isinstance(argument, ast.Call) and _called(argument) in {"Column", "f"} and argument.args:
        return _text(argument.args[0])
    return None


def _keyword(node: ast.Call, name: str) -> str | None:
    found = (keyword.value for keyword in node.keywords if keyword.arg == name)
    value = next(found, None)
    return None if value is None else _name(value)


def _called(node: ast.Call) -> str:
    function = node.func
    if isinstance(function, ast.Attribute):
        return function.attr
    return function.id if isinstance(function, ast.Name) else ""


def _text(node: ast.AST) -> str | None:
    text = _literal(node)
    return None if text is None else text.lower()


def _literal(node: ast.AST) -> str | None:
    return node.value if isinstance(node, ast.Constant) and isinstance(node.value, str) else None
