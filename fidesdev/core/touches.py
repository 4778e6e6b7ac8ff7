"""What the upgrade of a revision touches: tables, columns, types and indexes, read from its text.

What is computed (a name in a variable, SQL that is put together) is not seen.
"""

from __future__ import annotations

import ast
import re
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass

from fidesdev.core.operation_calls import (
    Called,
    called,
    keyword_of,
    name_of,
    text_of,
    upgrade_calls,
)

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
    calls = ((call, _READERS.get(call.name)) for call in upgrade_calls(source))
    return tuple(dict.fromkeys(touch for call, read in calls if read for touch in read(call)))


def _table(call: Called) -> Iterator[Touch]:
    """`create_table(t, ...)` and its like."""
    action = ALTER if call.name == "batch_alter_table" else call.name.partition("_")[0]
    names = call.names
    for name in names[:1]:
        yield Touch(TABLE, name, action, call.line)
        if action == CREATE:
            yield from _parts(call.node, name)
    if action == RENAME and len(names) > 1:
        yield Touch(TABLE, names[1], CREATE, call.line)


def _parts(node: ast.Call, table: str) -> Iterator[Touch]:
    """The columns of a new table, and the types that come with them."""
    for inner in ast.walk(node):
        if (made := _enum_name(inner)) and _makes_type(inner):
            yield Touch(TYPE, made, CREATE, node.lineno)
        if isinstance(inner, ast.Call) and called(inner) == "Column" and (column := name_of(inner)):
            yield Touch(COLUMN, f"{table}.{column}", CREATE, node.lineno)


def _enum_name(node: ast.AST | None) -> str | None:
    if isinstance(node, ast.Call) and called(node) in _ENUMS:
        return keyword_of(node, "name")
    return None


def _makes_type(node: ast.AST) -> bool:
    keywords = node.keywords if isinstance(node, ast.Call) else []
    values = [one.value for one in keywords if one.arg == "create_type"]
    return not any(isinstance(value, ast.Constant) and value.value is False for value in values)


def _created(call: Called) -> Iterator[Touch]:
    """`Enum(..., name="x").create(...)`, and `drop`."""
    owner = call.node.func.value if isinstance(call.node.func, ast.Attribute) else None
    if name := _enum_name(owner):
        yield Touch(TYPE, name, call.name, call.line)


def _column(call: Called) -> Iterator[Touch]:
    """`add_column(t, Column(c))` and its like."""
    names = call.names
    if len(names) < 2:  # noqa: PLR2004 - a table and a column
        return
    table, column = names[:2]
    action, new = _COLUMNS[call.name], call.keyword("new_column_name")
    yield Touch(TABLE, table, ALTER, call.line)
    yield Touch(COLUMN, f"{table}.{column}", RENAME if new else action, call.line)
    if new:
        yield Touch(COLUMN, f"{table}.{new}", CREATE, call.line)


def _index(call: Called) -> Iterator[Touch]:
    """`create_index(name, table, columns)` and its like."""
    action, count = _INDEXES[call.name]
    given = call.node.args
    named = [name for name in map(name_of, given) if name is not None]
    name = (name_of(given[0]) if given else None) or call.keyword("name")
    keywords = map(call.keyword, ("table_name", "source_table", "referent_table"))
    tables = [call.batch] if call.batch else [*named[1 : 1 + count], *keywords]
    if name:
        yield Touch(INDEX, name, action, call.line)
    for table in filter(None, tables):
        yield Touch(TABLE, table, ALTER, call.line)
        for column in _listed(call.node):
            yield Touch(COLUMN, f"{table}.{column}", USE, call.line)


def _listed(node: ast.Call) -> Iterator[str]:
    """The literal names in the lists among the arguments."""
    lists = (one.elts for one in node.args if isinstance(one, ast.List | ast.Tuple))
    yield from (text.lower() for one in lists for text in filter(None, map(text_of, one)))


def _enum(call: Called) -> Iterator[Touch]:
    """A type of its own, used by a column."""
    if name := _enum_name(call.node):
        yield Touch(TYPE, name, USE, call.line)


def _foreign_key(call: Called) -> Iterator[Touch]:
    """`ForeignKey("t.c")`, and the list of `ForeignKeyConstraint`."""
    named = (text.lower() for text in filter(None, map(text_of, call.node.args)))
    for text in (*named, *_listed(call.node)):
        table, dot, column = text.rpartition(".")
        if dot:
            name = table.rpartition(".")[2]
            yield Touch(TABLE, name, USE, call.line)
            yield Touch(COLUMN, f"{name}.{column}", USE, call.line)


def _used(call: Called) -> Iterator[Touch]:
    """`table("t", ...)`, which statements are made from."""
    yield from (Touch(TABLE, name, USE, call.line) for name in call.names[:1])


def _statements(call: Called) -> Iterator[Touch]:
    for text in call.texts:
        for kind, action, pattern in _SQL:
            for match in pattern.finditer(text):
                name = ".".join(part.lower() for part in match.groups())
                yield Touch(kind, name, action, call.line)


_Reader = Callable[[Called], Iterator[Touch]]
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
