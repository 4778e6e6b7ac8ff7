"""The root command: global options, and where each group of verbs lives."""

from __future__ import annotations

import sys
from collections.abc import Sequence
from typing import TYPE_CHECKING

from fidesdev.cli.invocation import PROGRAM, Invocation, run
from fidesdev.cli.parsing import Modules, Root

if TYPE_CHECKING:
    from typer._click import Command, Context, Parameter

GROUPS = {
    "quickstart": (
        "fidesdev.cli.start:quickstart_app",
        "From nothing to a migrated database with rows.",
    ),
    "db": ("fidesdev.cli.db", "The database and its migrations."),
    "requests": ("fidesdev.cli.requests", "Privacy requests."),
    "hooks": ("fidesdev.cli.hooks", "Git hooks that follow the checkout and check revisions."),
    "config": ("fidesdev.cli.config", "What is configured, and where it comes from."),
}
"""Name -> the module that holds the Typer app, and its line in the help."""
HELP = """Developer toolkit for Fides, and for everyone who lives with Alembic migrations.

The global options below may also follow the command.
"""


def main(arguments: Sequence[str] | None = None) -> None:
    """The console script."""
    sys.exit(run(program, sys.argv[1:] if arguments is None else arguments))


def program() -> Command:
    """The whole command line; no group is imported yet."""
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
    return root


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

        output = Invocation(ctx.obj, "--version").output
        if output.as_json:
            output.report("--version", {"version": __version__})
        else:
            output.text(f"{PROGRAM} {__version__}")
        ctx.exit()
