"""Whether a plan is one transaction, all of it or nothing: told from the text of its scripts."""

from __future__ import annotations

import ast
import re
import warnings
from collections.abc import Iterable, Iterator
from dataclasses import dataclass

PER_MIGRATION = "transaction_per_migration"
_EXECUTING = {"execute", "exec_driver_sql", "executescript", "text", "DDL"}
_FUNCTIONS = {"up": "upgrade", "down": "downgrade"}
_TRACES = re.compile(rb"commit|rollback|pragma|vacuum|attach|\bend\b", re.IGNORECASE)
"""Text without any of these stays in its transaction: a quick look before the exact one."""
_ENDS_TRANSACTION = re.compile(
    r"(?:^|;)\s*(?:COMMIT|ROLLBACK|END)(?:\s+(?:WORK|TRANSACTION))?\s*(?:;|$)", re.IGNORECASE
)
_NEEDS_NONE = re.compile(
    r"\s*(VACUUM|ATTACH|DETACH|PRAGMA\s+(?:foreign_keys|journal_mode|synchronous))\b(?!\s*;?\s*$)"
    r"|\s*(VACUUM)\b",
    re.IGNORECASE,
)
"""What SQLite refuses, or silently ignores, inside a transaction; merely asking it is fine."""


@dataclass(frozen=True, slots=True)
class StepSource:
    """One step of a plan, with the text that it runs."""

    direction: str
    revision: str
    source: bytes


@dataclass(frozen=True, slots=True)
class Atomicity:
    """Why a plan is not one transaction; one without a reason is."""

    reasons: tuple[str, ...]
    explicit_begin: bool = True
    """Whether SQLite may be told to begin a transaction that all steps run in."""

    @property
    def atomic(self) -> bool:
        """Whether a failing step leaves nothing of the others."""
        return not self.reasons


def atomicity(backend: str, env: bytes, steps: Iterable[StepSource]) -> Atomicity:
    """Judge a plan by env.py and the functions that its steps run; `backend` as in a URL.

    A file that does not parse counts as harmless: running it will fail before anything is done.
    """
    steps = tuple(steps)
    outside = tuple(_outside(steps)) if backend == "sqlite" else ()
    reasons = [reason for step in steps for reason in _leaving(step)]
    if len(steps) > 1 and _asks_per_migration(env):
        reasons.insert(0, "env.py asks for a transaction per migration")
    return Atomicity((*reasons, *outside), explicit_begin=not outside)


def _asks_per_migration(env: bytes) -> bool:
    """Whether env.py gives the option, as a keyword or as a key, another value than False."""
    tree = _parsed(env) if PER_MIGRATION.encode() in env else None
    for node in ast.walk(tree) if tree else ():
        given: list[ast.expr] = []
        if isinstance(node, ast.keyword) and node.arg == PER_MIGRATION:
            given = [node.value]
        elif isinstance(node, ast.Dict):
            pairs = zip(node.keys, node.values, strict=True)
            given = [
                v for k, v in pairs if isinstance(k, ast.Constant) and k.value == PER_MIGRATION
            ]
        if any(not (isinstance(v, ast.Constant) and v.value is False) for v in given):
            return True
    return False


def _leaving(step: StepSource) -> Iterator[str]:
    """Why the step commits before the plan's end."""
    nodes = tuple(_run(step))
    if any(isinstance(node, ast.Attribute) and node.attr == "autocommit_block" for node in nodes):
        yield f"{step.revision} leaves the transaction by autocommit_block()"
    elif _ends(nodes) or any(map(_ENDS_TRANSACTION.search, _statements(nodes))):
        yield f"{step.revision} ends the transaction itself"
    elif "AUTOCOMMIT" in _texts(nodes):
        yield f"{step.revision} uses a connection in autocommit mode"


def _ends(nodes: tuple[ast.AST, ...]) -> bool:
    """Whether a connection's commit or rollback is called; a session's on it ends nothing."""
    sessions = {
        target.id
        for node in nodes
        if isinstance(node, ast.Assign) and "session" in ast.unparse(node.value).lower()
        for target in node.targets
        if isinstance(target, ast.Name)
    }
    ends = (
        ast.unparse(node.value)
        for node in nodes
        if isinstance(node, ast.Attribute) and node.attr in {"commit", "rollback"}
    )
    return any("session" not in owner.lower() and owner not in sessions for owner in ends)


def _outside(steps: Iterable[StepSource]) -> Iterator[str]:
    """Which steps run what has no effect in a transaction of SQLite."""
    for step in steps:
        found = (_NEEDS_NONE.match(text) for text in _statements(_run(step)))
        if match := next(filter(None, found), None):
            words = " ".join((match[1] or match[2]).split())
            yield f"{step.revision} runs {words}, which is for outside of a transaction"


def _statements(nodes: Iterable[ast.AST]) -> Iterator[str]:
    """Every text that is executed, or given a name and so may be."""
    for node in nodes:
        if isinstance(node, ast.Call) and _name(node.func) in _EXECUTING:
            yield from _texts(part for given in node.args for part in ast.walk(given))
        elif isinstance(node, ast.Assign) and not isinstance(node.value, ast.Call):
            yield from _texts(ast.walk(node.value))


def _texts(nodes: Iterable[ast.AST]) -> Iterator[str]:
    for node in nodes:
        if isinstance(node, ast.Constant) and isinstance(node.value, str):
            yield node.value


def _name(function: ast.expr) -> str:
    if isinstance(function, ast.Attribute):
        return function.attr
    return function.id if isinstance(function, ast.Name) else ""


def _run(step: StepSource) -> Iterator[ast.AST]:
    """Everything in the function that the step runs and in the module's functions that it names."""
    tree = _parsed(step.source) if _TRACES.search(step.source) else None
    if tree is None:
        return
    functions = {node.name: node for node in tree.body if isinstance(node, ast.FunctionDef)}
    waiting, seen = [_FUNCTIONS[step.direction]], set[str]()
    while waiting:
        name = waiting.pop()
        if name in functions and name not in seen:
            seen.add(name)
            nodes = tuple(ast.walk(functions[name]))
            waiting += [node.id for node in nodes if isinstance(node, ast.Name)]
            yield from nodes


def _parsed(source: bytes) -> ast.Module | None:
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # an invalid escape is the file's business
            return ast.parse(source)
    except (SyntaxError, ValueError, RecursionError, MemoryError):
        return None
