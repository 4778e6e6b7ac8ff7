"""What env.py says of the version table, read from its text, never executed."""

from __future__ import annotations

import ast
import re
import warnings
from collections.abc import Iterator

DEFAULT_TABLE = "alembic_version"
_EVERY_SCHEMA = re.compile(
    rb"""^[^#\n]*\binclude_schemas\b["']?\s*[=:](?!=|\s*False\b)""", re.MULTILINE
)


def read_version_table(source: bytes) -> tuple[str, str | None]:
    """Table and schema that env.py passes to `context.configure`: literally or by a constant.

    What is not literal, or differs between two calls, counts as not said.
    """
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # an invalid escape is env.py's business
            tree = ast.parse(source)
    except (SyntaxError, ValueError, RecursionError, MemoryError):
        return DEFAULT_TABLE, None
    table = _agreed(tree, "version_table")
    return (DEFAULT_TABLE if table is None else table), _agreed(tree, "version_table_schema")


def compares_every_schema(source: bytes) -> bool:
    """Whether Alembic's autogenerate and check look at every schema, our journal's included.

    Not where env.py names that schema itself: it leaves it out then.
    """
    return _EVERY_SCHEMA.search(source) is not None and b"fidesdev" not in source


def _agreed(tree: ast.Module, keyword: str) -> str | None:
    """The one text that every `configure(keyword=...)` gives."""
    constants = _constants(tree)
    values = [_text(node, constants) for node in _passed(tree, keyword)]
    return values[0] if len(set(values)) == 1 else None


def _passed(tree: ast.Module, keyword: str) -> Iterator[ast.expr]:
    for node in ast.walk(tree):
        if isinstance(node, ast.Call) and _name(node.func) == "configure":
            yield from (given.value for given in node.keywords if given.arg == keyword)


def _name(function: ast.expr) -> str | None:
    if isinstance(function, ast.Attribute):
        return function.attr
    return function.id if isinstance(function, ast.Name) else None


def _text(node: ast.expr, constants: dict[str, str]) -> str | None:
    if isinstance(node, ast.Constant) and isinstance(node.value, str):
        return node.value
    return constants.get(node.id) if isinstance(node, ast.Name) else None


def _constants(tree: ast.Module) -> dict[str, str]:
    """Module-level names that are set once, to a text."""
    texts: dict[str, str] = {}
    for statement in tree.body:
        if isinstance(statement, ast.Assign) and len(statement.targets) == 1:
            target, value = statement.targets[0], statement.value
        elif isinstance(statement, ast.AnnAssign) and statement.value:
            target, value = statement.target, statement.value
        else:
            continue
        text = _text(value, {})
        if isinstance(target, ast.Name) and text is not None:
            texts[target.id] = text
    stored = [
        node.id
        for node in ast.walk(tree)
        if isinstance(node, ast.Name) and isinstance(node.ctx, ast.Store)
    ]
    return {name: text for name, text in texts.items() if stored.count(name) == 1}
