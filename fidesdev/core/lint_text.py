"""Hazards in the text of a revision, which its statements no longer show."""

from __future__ import annotations

import ast
import warnings
from collections.abc import Collection, Iterable, Iterator, Sequence

from fidesdev.core.lint_statements import Hazard

_UNNAMED = {
    "create_unique_constraint",
    "create_foreign_key",
    "create_check_constraint",
    "create_exclude_constraint",
}
_OF_COLUMNS = {"Column", "alter_column"}
_MADE_ANEW = {
    "alter_column",
    "create_check_constraint",
    "create_exclude_constraint",
    "create_foreign_key",
    "create_primary_key",
    "create_unique_constraint",
    "drop_column",
    "drop_constraint",
}
"""What SQLite's ALTER TABLE cannot, so that Alembic copies the table."""
_DEFAULTS = {"server_default", "default"}
_COMPUTED = {"now", "utcnow", "today", "uuid1", "uuid4", "random", "randint", "token_hex", "time"}
_MODULES = {"datetime", "date", "uuid", "random", "secrets", "time", "dt", "timezone"}


def text_hazards(
    source: bytes, *, own_packages: Collection[str] = (), folder: Sequence[str] = ()
) -> Iterator[Hazard]:
    """What the text of the upgrade shows.

    `own_packages` are the project's, importable by name. What is in `folder`, the one of env.py
    as the parts of its path, was written for revisions and is theirs.
    """
    nodes = list(_upgrade(source))
    passing = _names_in_columns(nodes)
    for node in nodes:
        yield from _imports(node, own_packages, tuple(folder), passing)
        if isinstance(node, ast.Call):
            yield from _unnamed(node)
            yield from _computed(node)


def rebuilt_tables(source: bytes) -> Iterator[tuple[str, int]]:
    """The tables that `batch_alter_table` makes anew on SQLite, and the line that does.

    None where the script sets `PRAGMA foreign_keys` itself.
    """
    nodes = list(_upgrade(source))
    if any("foreign_keys" in str(getattr(node, "value", "")).lower() for node in nodes):
        return
    for block, batch, _name in _batches(nodes):
        called = {_called(node) for node in ast.walk(block)}
        anew = _keyword_is(batch, "recreate", "always") or called & _MADE_ANEW
        table = _text(batch, 0, "table_name")
        if table and anew and not _keyword_is(batch, "recreate", "never"):
            yield table, batch.lineno


def indexed_tables(source: bytes) -> Iterator[tuple[str, str]]:
    """Index and table of each `drop_index`, whose SQL names the index alone."""
    if b"drop_index" not in source:
        return
    nodes = list(_upgrade(source))
    calls = [node for node in nodes if _called(node) == "drop_index"]
    found = [(_text(node, 0, "index_name"), _text(node, 1, "table_name")) for node in calls]
    for block, batch, name in _batches(nodes):
        table = _text(batch, 0, "table_name")
        inside = (node for node in ast.walk(block) if _called(node) == "drop_index")
        found += [(_text(node, 0, "index_name"), table) for node in inside if _owner(node) == name]
    yield from ((index, table) for index, table in found if index and table)


def cascading_tables(source: bytes) -> Iterator[str]:
    """The tables whose rows take others along: what `ForeignKey(..., ondelete="CASCADE")` names."""
    for node in _upgrade(source):
        if not (isinstance(node, ast.Call) and _keyword_is(node, "ondelete", "cascade")):
            continue
        inner = (one for argument in node.args for one in ast.walk(argument))
        texts = (str(one.value).lower() for one in inner if isinstance(one, ast.Constant))
        if _called(node) == "create_foreign_key":
            yield from list(texts)[2:3]
        else:
            yield from (text.split(".")[-2] for text in texts if "." in text)


def _upgrade(source: bytes) -> Iterator[ast.AST]:
    """Everything in the file but its downgrade."""
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # an invalid escape is the file's business
            tree = ast.parse(source)
    except (SyntaxError, ValueError, RecursionError):
        return
    for body in tree.body:
        if "downgrade" not in getattr(body, "name", ""):
            yield from ast.walk(body)


def _batches(nodes: Iterable[ast.AST]) -> Iterator[tuple[ast.With, ast.Call, str]]:
    """Each block of `with op.batch_alter_table(...) as name:`, the call, and the name."""
    for block in (node for node in nodes if isinstance(node, ast.With)):
        for item in block.items:
            call, name = item.context_expr, item.optional_vars
            if isinstance(call, ast.Call) and _called(call) == "batch_alter_table":
                yield block, call, name.id if isinstance(name, ast.Name) else ""


def _names_in_columns(nodes: Iterable[ast.AST]) -> frozenset[str]:
    """The names that stand nowhere but in columns, as the types that autogenerate writes do."""
    every = [node for node in nodes if isinstance(node, ast.Name)]
    calls = (node for node in nodes if _called(node) in _OF_COLUMNS)
    inside = {id(inner) for call in calls for inner in ast.walk(call)}
    return frozenset(one.id for one in every) - {one.id for one in every if id(one) not in inside}


def _imports(
    node: ast.AST,
    own_packages: Collection[str],
    folder: tuple[str, ...],
    passing: Collection[str],
) -> Iterator[Hazard]:
    bound = {alias.asname or alias.name.partition(".")[0] for alias in getattr(node, "names", ())}
    if isinstance(node, ast.Import):
        names = [alias.name for alias in node.names]
    elif isinstance(node, ast.ImportFrom) and node.level == 0:
        names = [node.module or ""]
    else:
        return
    for name in names:
        parts = tuple(name.split("."))
        beside = any(folder[-n:] == parts[:n] for n in range(1, len(parts) + 1))
        if parts[0] in own_packages and not (beside or bound.issubset(passing)):
            yield Hazard("model-import", f"imports {name}", getattr(node, "lineno", None))


def _unnamed(node: ast.Call) -> Iterator[Hazard]:
    called = _called(node)
    if called in _UNNAMED and node.args:
        first = node.args[0]
        if isinstance(first, ast.Constant) and first.value is None:
            table = "".join(f"{ast.unparse(one)}, " for one in node.args[1:2])
            yield Hazard("unnamed-constraint", f"{called}(None, {table}...)", node.lineno)


def _computed(node: ast.Call) -> Iterator[Hazard]:
    for keyword in node.keywords:
        if keyword.arg not in _DEFAULTS:
            continue
        for inner in ast.walk(keyword.value):
            if isinstance(inner, ast.Call) and _is_computed(inner):
                message = f"{keyword.arg}={ast.unparse(keyword.value)}"
                yield Hazard("computed-default", message, inner.lineno)


def _is_computed(node: ast.Call) -> bool:
    """Whether Python computes the value; `sa.func.now()` leaves it to the database."""
    function = node.func
    if isinstance(function, ast.Name):
        return function.id in {"uuid4", "uuid1", "utcnow"}
    if not isinstance(function, ast.Attribute) or function.attr not in _COMPUTED:
        return False
    owner = ast.unparse(function.value).rpartition(".")[2]
    return owner in _MODULES


def _keyword_is(node: ast.Call, name: str, value: str) -> bool:
    given = (keyword.value for keyword in node.keywords if keyword.arg == name)
    return any(isinstance(one, ast.Constant) and str(one.value).lower() == value for one in given)


def _text(call: ast.AST, place: int, name: str) -> str:
    """An argument that is written out, in lower case, also as `op.f("...")`; else nothing."""
    if not isinstance(call, ast.Call):
        return ""
    given = [keyword.value for keyword in call.keywords if keyword.arg == name]
    value = next(iter([*given, *call.args[place : place + 1]]), None)
    if isinstance(value, ast.Call) and _called(value) == "f":
        return _text(value, 0, "name")
    return str(value.value).lower() if isinstance(value, ast.Constant) else ""


def _owner(call: ast.AST) -> str:
    """The name before the dot of a call."""
    function = call.func if isinstance(call, ast.Call) else None
    owner = function.value if isinstance(function, ast.Attribute) else None
    return owner.id if isinstance(owner, ast.Name) else ""


def _called(node: ast.AST) -> str:
    """The last name of what is called; empty where nothing is."""
    function = node.func if isinstance(node, ast.Call) else None
    if isinstance(function, ast.Attribute):
        return function.attr
    return function.id if isinstance(function, ast.Name) else ""
