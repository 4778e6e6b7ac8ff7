"""Every verb of the command line."""

from __future__ import annotations

from collections.abc import Iterator
from functools import cache

from typer._click import Command, Context
from typer.core import TyperGroup

from fidesdev.cli.app import program
from fidesdev.cli.invocation import PROGRAM


@cache
def verbs() -> dict[str, Context]:
    """The context of each verb that help shows, by its path: `db goto`."""
    return {ctx.command_path.partition(" ")[2]: ctx for ctx in _below(program(), None, PROGRAM)}


def _below(command: Command, parent: Context | None, name: str) -> Iterator[Context]:
    ctx = Context(command, info_name=name, parent=parent, obj={})
    if not isinstance(command, TyperGroup):
        yield ctx
        return
    for inner_name, inner in command.commands.items():
        if not inner.hidden:
            yield from _below(inner, ctx, inner_name)
