"""Whether a revision can be taken back, judged from its text."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterable

_FUNCTION = re.compile(rb"^def (?:upgrade|downgrade)\b", re.MULTILINE)
_PLAIN_DOWNGRADE = re.compile(
    rb"^def downgrade\([^)]*\)(?: *-> *\w+)?:\s*(?:#[^\n]*+\s+)*+(?!pass\b|raise\b|return\b)[a-z]",
    re.MULTILINE,
)
"""A downgrade that begins with a statement: it acts, and no ast (1 ms a file) need say so."""
_TOP_LEVEL = re.compile(rb"^[^\s#)\]}]", re.MULTILINE)


def is_reversible(source: bytes) -> bool | None:
    """False where `upgrade` does something and `downgrade` nothing, or raises; None: cannot tell.

    A revision whose `upgrade` does nothing, such as a merge, is reversible.
    """
    if _PLAIN_DOWNGRADE.search(source):
        return True
    try:
        functions = _functions(_sliced(source))
    except (SyntaxError, ValueError):  # a slice ends inside a string: the whole file is needed
        try:
            functions = _functions([source])
        except (SyntaxError, ValueError):
            return None
    if "upgrade" not in functions:
        return None
    return not _acts(functions["upgrade"]) or _acts(functions.get("downgrade"))


def _sliced(source: bytes) -> Iterable[bytes]:
    """The text of the two functions: a file's ast costs much more than theirs."""
    for match in _FUNCTION.finditer(source):
        following = _TOP_LEVEL.search(source, match.end())
        yield source[match.start() : following.start() if following else len(source)]


def _functions(sources: Iterable[bytes]) -> dict[str, ast.FunctionDef]:
    statements = (statement for source in sources for statement in ast.parse(source).body)
    return {node.name: node for node in statements if isinstance(node, ast.FunctionDef)}


def _acts(function: ast.FunctionDef | None) -> bool:
    """Whether the function does anything before it ends or raises."""
    effects = [] if function is None else [s for s in function.body if not _is_empty(s)]
    return bool(effects) and not isinstance(effects[0], ast.Raise)


def _is_empty(statement: ast.stmt) -> bool:
    constant = isinstance(statement, ast.Expr) and isinstance(statement.value, ast.Constant)
    returns = isinstance(statement, ast.Return) and statement.value is None
    return constant or returns or isinstance(statement, ast.Pass)
