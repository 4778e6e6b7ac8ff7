"""Whether taking a revision back can lose what only a copy brings back, judged from its text."""

from __future__ import annotations

import ast
import warnings

_KEEPING = frozenset(
    {
        "add_column",
        "create_check_constraint",
        "create_exclude_constraint",
        "create_foreign_key",
        "create_index",
        "create_primary_key",
        "create_table",
        "create_table_comment",
        "create_unique_constraint",
        "drop_constraint",
        "drop_index",
        "drop_table_comment",
        "rename_table",
    }
)
"""Operations after which every row still has every value."""
_BLOCKS = frozenset({"autocommit_block", "batch_alter_table"})


def can_lose_rows(source: bytes) -> bool:
    """False where `downgrade` does nothing but operations that keep every value; doubt is True."""
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # an invalid escape is the file's business
            tree = ast.parse(source)
    except (SyntaxError, ValueError, RecursionError, MemoryError):
        return True
    for node in tree.body:
        if isinstance(node, ast.FunctionDef) and node.name == "downgrade":
            return not all(map(_keeps, node.body))
    return True


def _keeps(statement: ast.stmt) -> bool:
    if isinstance(statement, ast.With):
        opened = [item.context_expr for item in statement.items]
        return all(_name(one) in _BLOCKS for one in opened) and all(map(_keeps, statement.body))
    if isinstance(statement, ast.Expr):
        return isinstance(statement.value, ast.Constant) or _call_keeps(statement.value)
    return isinstance(statement, ast.Pass)


def _call_keeps(call: ast.expr) -> bool:
    if _name(call) == "alter_column" and isinstance(call, ast.Call):
        return all(keyword.arg not in {"type_", None} for keyword in call.keywords)
    return _name(call) in _KEEPING


def _name(call: ast.expr) -> str:
    """What is called, without its owner: `op`, or the batch of a table."""
    function = call.func if isinstance(call, ast.Call) else None
    return function.attr if isinstance(function, ast.Attribute) else ""
