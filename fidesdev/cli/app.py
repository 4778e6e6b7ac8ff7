"""The root command: global options, and where each group of verbs lives."""

from __future__ import annotations

import os
import sys
from collections.abc import Sequence
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from typer._click import Command, Context, Parameter

GROUPS = {
    "quickstart": (
        "fidesdev.cli.start:quickstart_app",
        "From nothing to a migrated database with rows.",
    ),
    "init": ("fidesdev.cli.init:app", "Settings for an Alembic project, from what is found in it."),
    "doctor": ("fidesdev.cli.doctor:app", "Whether everything is in order, and what heals it."),
    "db": ("fidesdev.cli.db", "The database and its migrations."),
    "snapshot": ("fidesdev.cli.snapshot", "Copies of the database, to come back to."),
    "requests": ("fidesdev.cli.requests", "Privacy requests."),
    "users": ("fidesdev.cli.users", "Users of Fides."),
    "models": ("fidesdev.cli.models", "The tables of any database, and new ones."),
    "records": ("fidesdev.cli.records", "Records of any model or table."),
    "api": ("fidesdev.cli.api", "The URLs of the API, by version."),
    "shell": ("fidesdev.cli.shell", "Python with a session, the services and every model."),
    "docker": ("fidesdev.cli.docker", "The project's containers, with Docker Compose."),
    "hooks": ("fidesdev.cli.hooks", "Git hooks that follow the checkout and check revisions."),
    "config": ("fidesdev.cli.config", "What is configured, and where it comes from."),
    "help": ("fidesdev.cli.help:app", "A topic such as REV or goto, or a command's help."),
    "completion": ("fidesdev.cli.completion:app", "The script that completes commands at Tab."),
}
"""Name -> the module that holds the Typer app, and its line in the help."""
TASKS = {
    "First minute": ("quickstart", "init", "doctor", "help", "completion"),
    "The database and its migrations": ("db", "snapshot", "shell"),
    "Rows": ("requests", "users", "models", "records"),
    "Docker": ("docker",),
    "The API": ("api",),
    "Settings and checks": ("config", "hooks"),
}
"""Heading -> the groups below it in the help; what is in none stands at the end."""
COMPLETE = "_FIDESDEV_COMPLETE"
"""Set by a shell that asks what to complete: its name; see `core/completion_scripts.py`."""
HELP = """Developer toolkit for Fides, and for everyone who lives with Alembic migrations.

The global options below may also follow the command. To debug a script of your own:
fidesdev --pdb-on-error FILE [ARGUMENT]...
"""


def main(arguments: Sequence[str] | None = None) -> None:
    """The console script."""
    given = sys.argv[1:] if arguments is None else arguments
    if shell := os.environ.get(COMPLETE):
        from fidesdev.cli.answering import answer

        sys.exit(answer(shell, given))
    from fidesdev.cli.invocation import run

    sys.exit(run(program, given))


def program() -> Command:
    """The whole command line; no group is imported yet."""
    from fidesdev.cli.invocation import PROGRAM
    from fidesdev.cli.parsing import Modules, Root

    root = Root(
        name=PROGRAM,
        help=HELP,
        no_args_is_help=True,
        rich_markup_mode=None,
        params=[_version_option()],
        context_settings={"help_option_names": ["-h", "--help"]},
    )
    root.commands = Modules({name: place for name, (place, _help) in GROUPS.items()})
    root.summaries = {name: text for name, (_place, text) in GROUPS.items()}
    root.headings = TASKS | _rest()
    return root


def _rest() -> dict[str, tuple[str, ...]]:
    placed = {name for names in TASKS.values() for name in names}
    rest = tuple(name for name in GROUPS if name not in placed)
    return {"Others": rest} if rest else {}


def _version_option() -> Parameter:
    from typer.core import TyperOption

    return TyperOption(
        param_decls=["--version"],
        is_flag=True,
        default=False,
        expose_value=False,
        is_eager=True,
        callback=_print_version,
        show_default=False,
        help="Print the version.",
    )


def _print_version(ctx: Context, _parameter: Parameter, value: bool) -> None:
    if value:
        from fidesdev import __version__
        from fidesdev.cli.invocation import PROGRAM, Invocation

        output = Invocation(ctx.obj, "--version").output
        if output.as_json:
            from fidesdev.core.printed import Version

            output.report("--version", Version(__version__))
        else:
            output.text(f"{PROGRAM} {__version__}")
        ctx.exit()
