"""Whether a revision still does what it did, wherever it stands in the graph."""

from __future__ import annotations

import ast

from fidesdev.core.header import IDENTIFIERS
from fidesdev.core.same_code import is_same_code


def is_same_upgrade(one: bytes, other: bytes) -> bool:
    """Whether only comments, docstrings, layout or the four identifiers differ."""
    return is_same_code(_without_header(one), _without_header(other))


def _without_header(source: bytes) -> bytes:
    """The program without its identifiers; as it is where it does not parse."""
    try:
        tree = ast.parse(source)
    except (SyntaxError, ValueError, RecursionError):
        return source
    tree.body = [statement for statement in tree.body if not _is_identifier(statement)]
    return ast.unparse(tree).encode()


def _is_identifier(statement: ast.stmt) -> bool:
    if isinstance(statement, ast.Assign):
        targets = statement.targets
    elif isinstance(statement, ast.AnnAssign):
        targets = [statement.target]
    else:
        return False
    return any(isinstance(target, ast.Name) and target.id in IDENTIFIERS for target in targets)
