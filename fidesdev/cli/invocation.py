"""One run of one command, and the only place where an error becomes text and an exit code."""

from __future__ import annotations

import os
import re
import sys
import traceback
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from fidesdev import services
from fidesdev.config import Flags
from fidesdev.errors import (
    Bug,
    ConfirmationNeeded,
    Declined,
    FidesdevError,
    Interrupted,
    OutputFailed,
    ProtectedDatabase,
    UsageError,
)
from fidesdev.render.console import Bottom, Output

if TYPE_CHECKING:
    from typer._click import Command
    from typer._click.exceptions import ClickException

    from fidesdev.services.workspace import Workspace

PROGRAM = "fidesdev"

OPENING = ("section", "x_arguments", "lock_timeout", "statement_lock_timeout", "no_snapshot")
"""Options that a workspace is opened with; see `parsing.AlembicVerb` and `parsing.Mover`."""

TENANTS = ("each", "each_schema", "jobs", "shard", "fail_fast")
"""Options that are about many databases; see `parsing.TenantVerb`."""

_EXTRA = re.compile(r"^Got unexpected extra argument\(?s?\)? \((.*)\)$")

DryRun = Annotated[bool, typer.Option("--dry-run", "-n", help="Show what would be done.")]
Yes = Annotated[bool, typer.Option("--yes", "-y", help="Do not ask.")]
ForceProtected = Annotated[
    str,
    typer.Option(metavar="NAME", help="Go on although database NAME is protected (with --yes)."),
]
CopyProtected = Annotated[
    str, typer.Option("--force-protected", metavar="NAME", help="Copy protected database NAME.")
]


@dataclass(frozen=True)
class Invocation:
    """What a verb needs from the command line around it."""

    given: dict[str, Any]
    """The global options that were given."""
    command: str
    """`db goto`: what JSON output names."""

    @cached_property
    def output(self) -> Output:
        """Where this command's text goes."""
        return _output(self.given)

    @property
    def debug(self) -> bool:
        """Whether the debugger opens at an unexpected error."""
        return bool(self.given.get("pdb"))

    @property
    def is_fanned(self) -> bool:
        """Whether many databases are meant."""
        return any(key in self.given for key in TENANTS)

    @cached_property
    def workspace(self) -> Workspace:
        """The project and database that the options point to."""
        given = self.given
        opening = {key: given[key] for key in OPENING if key in given}
        flags = Flags(
            directory=_path(given.get("directory")),
            config=_path(given.get("config")),
            database_url=given.get("database_url"),
            test_db=bool(given.get("test_db")),
        )
        return services.workspace.open_workspace(flags, **opening)

    def show(self, report: object, *, exit_code: int = 0) -> None:
        """Print the result and end the command; exit code 3 is a finding."""
        self.output.report(self.command, report, finding=exit_code != 0)
        if exit_code:
            raise typer.Exit(exit_code)

    def event(self, event: object) -> None:
        """Tell what is going on."""
        self.output.event(event)

    def consent(
        self,
        what: str,
        preview: object,
        *,
        yes: bool,
        force_protected: str = "",
    ) -> None:
        """Go on only when somebody agreed to `what` is about to be lost.

        Raises `ProtectedDatabase`, `ConfirmationNeeded` or `Declined`; nothing was changed then.
        """
        self.unprotected(what, force_protected if yes else "")
        self.agreement(what, preview, where=str(self.workspace.database), yes=yes)

    def unprotected(self, what: str, force_protected: str, *, asks: bool = True) -> None:
        """Go on only where the database is not protected, or was named; `ProtectedDatabase`."""
        name = self.workspace.database.database
        if self.workspace.is_protected and force_protected != name:
            raise ProtectedDatabase(name, what, asks=asks)

    def agreement(self, what: str, preview: object, *, where: str, yes: bool) -> None:
        """Go on only when somebody agreed; raises `ConfirmationNeeded` or `Declined`."""
        if yes:
            return
        if not self.output.can_ask:
            raise ConfirmationNeeded(what)
        from fidesdev.render.console import blocks_of

        self.output.blocks(blocks_of(preview), sys.stderr)
        if not self.output.ask(f"{what[0].upper()}{what[1:]} in {where}. Go on?"):
            raise Declined


def invocation(ctx: typer.Context) -> Invocation:
    """The run that a verb's context belongs to."""
    command = ctx.command_path.partition(" ")[2]
    ctx.obj["command"] = command
    return Invocation(ctx.obj, command)


def run(program: Callable[[], Command], arguments: Sequence[str]) -> int:
    """Run the program on the arguments; the exit code of the process."""
    given: dict[str, Any] = {"as_json": "--json" in _before_dashes(arguments)}
    _open_streams()
    try:
        code = _run(program(), arguments, given)
        _output(given).flush()
    except BrokenPipeError:
        _silence_stdout()
        return 0
    except OutputFailed as error:
        _silence_stdout()
        return _failed(error, {**given, "as_json": False}, "")
    except KeyboardInterrupt:
        return _failed(Interrupted(), given, given.get("command", ""))
    except Exception as error:
        return _fell(error, given)
    finally:
        _output(given).bottom.clear()
    return code


def _run(command: Command, arguments: Sequence[str], given: dict[str, Any]) -> int:
    """Not `command.main`, which has its own words and exit codes for Ctrl-C and broken pipes."""
    from typer._click.exceptions import ClickException, NoArgsIsHelpError

    try:
        with command.make_context(PROGRAM, list(arguments), obj=given) as ctx:
            command.invoke(ctx)
    except typer.Exit as end:
        return end.exit_code
    except NoArgsIsHelpError as error:
        _output(given).text(error.ctx.get_help() if error.ctx else "")
    except ClickException as error:
        return _failed(_usage_error(error), given, given.get("command") or _path_of(error))
    except OutputFailed:
        raise
    except FidesdevError as error:
        return _failed(error, given, given.get("command", ""))
    return 0


def _fell(error: Exception, given: dict[str, Any]) -> int:
    """Tell a bug with its traceback, and open the debugger there when asked to."""
    _output(given).bottom.clear()
    traceback.print_exception(error)
    code = _failed(Bug(error), given, given.get("command", ""))
    if given.get("pdb"):
        import pdb

        pdb.post_mortem(error.__traceback__)
    return code


def _failed(error: FidesdevError, given: dict[str, Any], command: str) -> int:
    _output(given).error(command, error)
    return error.exit_code


def _open_streams() -> None:
    """Give a stream that the shell closed (`>&-`) to nobody; Python has None there."""
    for name in ("stdout", "stderr"):
        if getattr(sys, name) is None:
            setattr(sys, name, Path(os.devnull).open("w"))  # noqa: SIM115 - for good


def _silence_stdout() -> None:
    """Let what stdout still holds go nowhere: Python writes it once more at its end."""
    os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())


def _usage_error(error: ClickException) -> UsageError:
    """What the parser says, with what was probably meant and the command to type for more."""
    from typer._click.exceptions import NoSuchOption

    message = error.format_message().rstrip(".")
    meant = [f"{PROGRAM} {command}" for command in getattr(error, "meant", ())]
    if isinstance(error, NoSuchOption):
        message, meant = f"no such option {error.option_name!r}", list(error.possibilities or ())
    message = _EXTRA.sub(r"unexpected argument '\1'", message)
    near = f"Did you mean {' or '.join(map(repr, meant[:3]))}? " if meant else ""
    command = " ".join(filter(None, [PROGRAM, _path_of(error), "--help"]))
    return UsageError(message[:1].lower() + message[1:], hint=f"{near}See {command!r}.")


def _path_of(error: ClickException) -> str:
    ctx = getattr(error, "ctx", None)
    return ctx.command_path.partition(" ")[2] if ctx else ""


def _output(given: dict[str, Any]) -> Output:
    return Output(
        as_json=bool(given.get("as_json")),
        quiet=bool(given.get("quiet")),
        verbose=bool(given.get("verbose")),
        colour=False if given.get("no_color") else None,
        bottom=given.setdefault("bottom", Bottom()),
    )


def _before_dashes(arguments: Sequence[str]) -> Sequence[str]:
    return arguments[: arguments.index("--")] if "--" in arguments else arguments


def _path(text: str | None) -> Path | None:
    return None if text is None else Path(text)
