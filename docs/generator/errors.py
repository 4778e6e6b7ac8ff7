"""The codes of errors with their facts, and what the exit codes mean."""

from __future__ import annotations

import ast
from collections.abc import Iterator

from docs.generator.markdown import (
    block,
    class_body,
    code,
    first_paragraph,
    heading,
    plain,
    table,
)
from fidesdev import errors
from fidesdev.cli.help import FOLDER, TOPICS

_OPENING = """\
Every expected failure is one of these: a message, a hint that names the command to type, an exit
code, a stable `code` and facts. In Python they are the classes of `fidesdev.errors`, in one tree.

"""


def error_page() -> str:
    """Every error by its class, in the order of the tree."""
    rows = [
        (code(kind.code), str(kind.exit_code), code(kind.__name__), _meaning(kind), _facts(kind))
        for kind in every(errors.FidesdevError)
    ]
    told = table(("code", "exit code", "class", "meaning", "facts"), rows)
    return heading(1, "Errors", "errors") + _OPENING + told


def topic_page() -> str:
    """What `fidesdev help TOPIC` shows."""
    text = heading(1, "Help topics") + "The screens of `fidesdev help TOPIC`.\n\n"
    for name, about in TOPICS.items():
        screen = (FOLDER / f"{name}.txt").read_text(encoding="utf-8")
        text += heading(2, plain(f"{name}: {about}"), f"topic-{name}") + block(screen)
    return text


def every(kind: type[errors.FidesdevError]) -> Iterator[type[errors.FidesdevError]]:
    """The error and all that are more exact, each before its own."""
    yield kind
    for below in kind.__subclasses__():
        yield from every(below)


def _meaning(kind: type[errors.FidesdevError]) -> str:
    return plain(first_paragraph(kind))


def _facts(kind: type[errors.FidesdevError]) -> str:
    """The keywords of `super().__init__(...)`, which are what JSON shows."""
    calls = (node for part in class_body(kind) for node in ast.walk(part))
    named = [
        keyword.arg
        for node in calls
        if isinstance(node, ast.Call) and ast.unparse(node.func) == "super().__init__"
        for keyword in node.keywords
        if keyword.arg and keyword.arg != "hint"
    ]
    return ", ".join(code(name) for name in dict.fromkeys(named))
