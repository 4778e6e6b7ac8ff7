"""Which packages env.py needs, read from its text, never executed."""

from __future__ import annotations

import ast
import warnings
from collections.abc import Iterator

_MISSING = {"ImportError", "ModuleNotFoundError", "Exception", "BaseException"}
"""Whoever catches one of these can do without what it imports."""


def required_modules(source: bytes) -> tuple[str, ...]:
    """The top-level names of all that it imports, in order; nothing where it does not parse.

    Left out is what only a type checker imports, and what may be missing.
    """
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # an invalid escape is env.py's business
            tree = ast.parse(source)
    except (SyntaxError, ValueError, RecursionError, MemoryError):
        return ()
    return tuple(dict.fromkeys(_imported(tree)))


def _imported(node: ast.AST) -> Iterator[str]:
    if isinstance(node, ast.Import):
        yield from (alias.name.partition(".")[0] for alias in node.names)
    elif isinstance(node, ast.ImportFrom) and node.module and not node.level:
        yield node.module.partition(".")[0]
    for child in _executed(node):
        yield from _imported(child)


def _executed(node: ast.AST) -> Iterator[ast.AST]:
    """The children whose imports have to work."""
    if isinstance(node, ast.Try) and any(_forgives(handler) for handler in node.handlers):
        yield from (*node.orelse, *node.finalbody)
    elif isinstance(node, ast.If) and "TYPE_CHECKING" in ast.unparse(node.test):
        yield from node.orelse
    else:
        yield from ast.iter_child_nodes(node)


def _forgives(handler: ast.ExceptHandler) -> bool:
    if handler.type is None:
        return True
    kinds = handler.type.elts if isinstance(handler.type, ast.Tuple) else [handler.type]
    return any(isinstance(kind, ast.Name) and kind.id in _MISSING for kind in kinds)
