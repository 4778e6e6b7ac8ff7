"""`fidesdev completion`: the script that lets a shell complete commands."""

from __future__ import annotations

import os
import sys
from pathlib import PurePath
from typing import Annotated

import typer

from fidesdev.cli.invocation import invocation
from fidesdev.cli.parsing import Verb
from fidesdev.core.completion_scripts import INSTALL, SCRIPTS
from fidesdev.errors import UsageError

app = typer.Typer(add_completion=False, rich_markup_mode=None, pretty_exceptions_enable=False)


@app.command("completion", cls=Verb)
def completion(
    ctx: typer.Context,
    shell: Annotated[
        str, typer.Argument(metavar="[SHELL]", help="bash, zsh or fish; else that of $SHELL.")
    ] = "",
) -> None:
    """Print the script that completes commands, options and live values at Tab."""
    call = invocation(ctx)
    name = shell or PurePath(os.environ.get("SHELL", "")).name
    if name not in SCRIPTS:
        raise UsageError(
            f"no completion for the shell {name!r}" if name else "$SHELL names no shell",
            hint=f"Name one of {', '.join(SCRIPTS)}.",
        )
    if call.output.as_json:
        from fidesdev.core.printed import CompletionScript

        call.output.report(call.command, CompletionScript(name, SCRIPTS[name]))
        return
    call.output.text(SCRIPTS[name])
    if sys.stdout.isatty():
        call.output.say(f"To have it in every {name}: {INSTALL[name]}")
