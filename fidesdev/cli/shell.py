"""`fidesdev shell`: Python with the database at hand."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from fidesdev import services
from fidesdev.cli.invocation import invocation
from fidesdev.cli.parsing import Verb
from fidesdev.errors import UsageError

app = typer.Typer(add_completion=False, rich_markup_mode=None, pretty_exceptions_enable=False)


@app.command(cls=Verb, context_settings={"allow_interspersed_args": False})
def shell(
    ctx: typer.Context,
    script: Annotated[
        Path | None, typer.Argument(metavar="[FILE]", help="Run this script instead of a prompt.")
    ] = None,
    arguments: Annotated[
        list[str] | None, typer.Argument(metavar="[ARGUMENT]...", help="What it finds in sys.argv.")
    ] = None,
    command: Annotated[
        str | None, typer.Option("-c", "--command", metavar="TEXT", help="Run this and leave.")
    ] = None,
    plain: Annotated[
        bool, typer.Option("--plain", help="Python's own prompt, although IPython is installed.")
    ] = False,
) -> None:
    """Open Python with `db` (a session), `workspace`, `services` and every model."""
    call = invocation(ctx)
    if call.output.as_json:
        raise UsageError("what Python prints is not JSON", hint="Leave '--json' out.")
    if script is not None and command is not None:
        raise UsageError("a file and -c contradict each other", hint="Give one of them.")
    if script is not None:
        path = Path(call.given.get("directory", "")) / script
        code = services.python_shell.run_script(
            call.workspace, path, arguments or (), debug=call.debug
        )
    elif command is not None:
        code = services.python_shell.run_text(call.workspace, command, debug=call.debug)
    else:
        services.python_shell.interact(call.workspace, plain=plain)
        return
    raise typer.Exit(code)
