"""The calls that the upgrade of a revision makes, read from its text: `op.create_table("t", ...)`.

What is computed (a name in a variable, SQL that is put together) is not seen.
"""

from __future__ import annotations

import ast
import warnings
from collections.abc import Iterator, Mapping
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Called:
    """One call, whatever it is a part of."""

    node: ast.Call
    name: str
    """What is called, without its owner."""
    batch: str | None
    """The table that its owner stands for: `with op.batch_alter_table("t") as batch:`."""

    @property
    def line(self) -> int:
        """Where it begins."""
        return self.node.lineno

    @property
    def names(self) -> list[str]:
        """The literal names among its arguments, in lower case; the batch's table comes first."""
        found = [] if self.batch is None else [self.batch]
        return found + [name for one in self.node.args if (name := name_of(one)) is not None]

    @property
    def texts(self) -> Iterator[str]:
        """Every literal text in its arguments, as it is written."""
        found = (text_of(one) for argument in self.node.args for one in ast.walk(argument))
        yield from filter(None, found)

    def keyword(self, name: str) -> str | None:
        """The literal name that a keyword is given, in lower case."""
        return keyword_of(self.node, name)


def upgrade_calls(source: bytes) -> Iterator[Called]:
    """All calls outside of `downgrade` and its helpers, in the order of the text."""
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # an invalid escape is the file's business
            tree = ast.parse(source)
    except (SyntaxError, ValueError, RecursionError):
        return
    for body in tree.body:
        if "downgrade" not in getattr(body, "name", ""):
            yield from _below(body, {})


def name_of(argument: ast.expr) -> str | None:
    """A literal name, `op.f("name")`, or the name that a `Column(...)` begins with."""
    if text := text_of(argument):
        return text.lower()
    if isinstance(argument, ast.Call) and called(argument) in {"Column", "f"} and argument.args:
        inner = text_of(argument.args[0])
        return None if inner is None else inner.lower()
    return None


def keyword_of(node: ast.Call, name: str) -> str | None:
    """The literal name that a keyword of a call is given, in lower case."""
    return next((name_of(one.value) for one in node.keywords if one.arg == name), None)


def called(node: ast.Call) -> str:
    """What is called, without its owner; empty for what has no name."""
    function = node.func
    if isinstance(function, ast.Attribute):
        return function.attr
    return function.id if isinstance(function, ast.Name) else ""


def text_of(node: ast.AST) -> str | None:
    """A literal text."""
    return node.value if isinstance(node, ast.Constant) and isinstance(node.value, str) else None


def _below(node: ast.AST, batches: Mapping[str, str]) -> Iterator[Called]:
    """The calls below a node; `batches` are the names that stand for one table."""
    if isinstance(node, ast.With):
        batches = {**batches, **dict(_batches(node))}
    if isinstance(node, ast.Call):
        owner = node.func.value if isinstance(node.func, ast.Attribute) else None
        batch = batches.get(owner.id) if isinstance(owner, ast.Name) else None
        yield Called(node, called(node), batch)
    for child in ast.iter_child_nodes(node):
        yield from _below(child, batches)


def _batches(node: ast.With) -> Iterator[tuple[str, str]]:
    for item in node.items:
        call, name = item.context_expr, item.optional_vars
        if isinstance(call, ast.Call) and called(call) == "batch_alter_table" and call.args:
            table = text_of(call.args[0])
            if table and isinstance(name, ast.Name):
                yield name.id, table.lower()
