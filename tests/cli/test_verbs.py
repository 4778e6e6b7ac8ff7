"""What every verb takes, read from the command line itself."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path

import pytest
from typer._click import Command, Context
from typer.core import TyperGroup

import fidesdev
from fidesdev.cli.app import program
from fidesdev.cli.invocation import PROGRAM

GLOBAL = {"-C", "--config", "--database-url", "--test-db", "--json", "-q", "-v", "--no-color"}
READS = {
    "api check",
    "api url",
    "api urls",
    "config check",
    "config path",
    "config show",
    "db check",
    "db current",
    "db drift",  # on a scratch database
    "db graph",  # which writes no more than a picture
    "db heads",
    "db lint",
    "db history",
    "db log",
    "db plan",
    "db shell",  # which does what is typed there
    "db roundtrip",  # on scratch databases
    "db show",
    "db status",
    "db url",
    "db wait",
    "docker doctor",
    "doctor",
    "docker logs",
    "docker ps",
    "db why",
    "completion",
    "help",
    "hooks status",
    "models diagram",
    "models list",
    "models show",
    "records get",
    "records list",
    "requests export",  # which changes no database
    "requests list",
    "requests show",
    "users get",
    "users list",
    "requests stats",
    "requests watch",
    "snapshot diff",
    "snapshot list",
    "snapshot show",
    "shell",  # which runs what is typed there
}


LINE_END = re.compile(r'"\s*\n\s*f?"')
"""Between two parts of one string, where the line was too long."""
NAMED = re.compile(r"'fidesdev ([a-z][a-z-]* [a-z][a-z-]*|[a-z][a-z-]*(?='))")
"""A command in a hint."""


def verbs(command: Command, parent: Context | None, path: tuple[str, ...]) -> Iterator[Context]:
    """The context of every verb below a command."""
    ctx = Context(command, info_name=path[-1] if path else PROGRAM, parent=parent, obj={})
    if not isinstance(command, TyperGroup):
        yield ctx
        return
    for name, inner in command.commands.items():
        yield from verbs(inner, ctx, (*path, name))


VERBS = {ctx.command_path.partition(" ")[2]: ctx for ctx in verbs(program(), None, ())}


def options(verb: str) -> set[str]:
    """Every spelling of every option of the verb."""
    ctx = VERBS[verb]
    return {name for option in ctx.command.get_params(ctx) for name in option.opts}


@pytest.mark.parametrize("verb", VERBS)
def test_every_verb_takes_the_global_options(verb: str) -> None:
    assert options(verb) >= GLOBAL


@pytest.mark.parametrize("verb", VERBS)
def test_every_verb_that_changes_something_takes_yes_and_dry_run(verb: str) -> None:
    wanted = {"-y", "--yes", "-n", "--dry-run"}
    assert options(verb) & wanted == (set() if verb in READS else wanted)


@pytest.mark.parametrize("verb", VERBS)
def test_no_verb_has_two_options_of_one_name(verb: str) -> None:
    ctx = VERBS[verb]
    names = [name for option in ctx.command.get_params(ctx) for name in option.opts]
    assert sorted(names) == sorted(set(names))


@pytest.mark.parametrize("verb", VERBS)
def test_every_verb_says_what_it_does_and_what_its_options_mean(verb: str) -> None:
    ctx = VERBS[verb]
    assert (ctx.command.help or "").strip().endswith(".")
    helps = [getattr(option, "help", "") for option in ctx.command.get_params(ctx)]
    assert all(helps)


def test_hints_name_commands_that_exist() -> None:
    files = Path(fidesdev.__file__).parent.rglob("*.py")
    texts = [LINE_END.sub("", file.read_text(encoding="utf-8")) for file in files]
    named = {command for text in texts for command in NAMED.findall(text)}
    assert len(named) > 20
    assert {command for command in named if command not in VERBS} == set()
