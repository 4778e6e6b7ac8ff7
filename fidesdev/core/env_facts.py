"""What env.py says of the models and of its database, read from its text, never executed."""

from __future__ import annotations

import ast
import re
import warnings
from collections.abc import Iterator
from dataclasses import dataclass

_NAMES_A_DATABASE = re.compile(r"(?:^|_)(?:URL|URI|DSN)(?:_|$)|SQLALCHEMY", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class EnvFacts:
    """What can be told without running it; empty where it says nothing."""

    metadata: str = ""
    """The expression after `target_metadata =`."""
    module: str = ""
    """Where the first name of that expression is imported from."""
    variables: tuple[str, ...] = ()
    """Environment variables that it reads and that are named like a database's URL."""
    url: str = ""
    """The expression that it sets `sqlalchemy.url` to."""


def read_env(source: bytes) -> EnvFacts:
    """The facts of env.py; none of a text that does not parse."""
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # an invalid escape is env.py's business
            tree = ast.parse(source)
    except (SyntaxError, ValueError, RecursionError, MemoryError):
        return EnvFacts()
    metadata = _metadata(tree)
    return EnvFacts(
        metadata=ast.unparse(metadata) if metadata else "",
        module=_imported_from(tree, metadata) if metadata else "",
        variables=tuple(dict.fromkeys(_variables(tree))),
        url=next(_urls(tree), ""),
    )


def _metadata(tree: ast.Module) -> ast.expr | None:
    """The last value of `target_metadata` that is not None."""
    found = None
    for node in ast.walk(tree):
        if isinstance(node, ast.Assign | ast.AnnAssign) and node.value is not None:
            targets = node.targets if isinstance(node, ast.Assign) else [node.target]
            names = [target.id for target in targets if isinstance(target, ast.Name)]
            is_none = isinstance(node.value, ast.Constant) and node.value.value is None
            if "target_metadata" in names and not is_none:
                found = node.value
    return found


def _imported_from(tree: ast.Module, expression: ast.expr) -> str:
    names = {node.id for node in ast.walk(expression) if isinstance(node, ast.Name)}
    for node in ast.walk(tree):
        if isinstance(node, ast.ImportFrom):
            if any((alias.asname or alias.name) in names for alias in node.names):
                return "." * node.level + (node.module or "")
        elif isinstance(node, ast.Import):
            for alias in node.names:
                if (alias.asname or alias.name.partition(".")[0]) in names:
                    return alias.name
    return ""


def _variables(tree: ast.Module) -> Iterator[str]:
    for node in ast.walk(tree):
        name = _read_variable(node)
        if name and _NAMES_A_DATABASE.search(name):
            yield name


def _read_variable(node: ast.AST) -> str | None:
    """The name in `os.environ["X"]`, `os.environ.get("X")` or `os.getenv("X")`."""
    if isinstance(node, ast.Subscript) and ast.unparse(node.value).endswith("environ"):
        return _text(node.slice)
    if isinstance(node, ast.Call) and node.args:
        called = ast.unparse(node.func)
        if called.endswith(("environ.get", "getenv")):
            return _text(node.args[0])
    return None


def _urls(tree: ast.Module) -> Iterator[str]:
    """What `set_main_option("sqlalchemy.url", ...)` is given."""
    for node in ast.walk(tree):
        if isinstance(node, ast.Call) and len(node.args) > 1:
            is_setter = ast.unparse(node.func).endswith(("set_main_option", "set_section_option"))
            if is_setter and _text(node.args[-2]) == "sqlalchemy.url":
                yield ast.unparse(node.args[-1])


def _text(node: ast.AST) -> str | None:
    if isinstance(node, ast.Constant) and isinstance(node.value, str):
        return node.value
    return None
