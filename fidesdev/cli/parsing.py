"""How a command line is read: lazy groups, global options anywhere, REVs that begin with `-`."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, MutableMapping
from importlib import import_module
from typing import TYPE_CHECKING, Any

import typer
from typer.core import TyperCommand, TyperGroup, TyperOption
from typer.main import get_command

if TYPE_CHECKING:
    from typer._click import Command, Context, HelpFormatter, Parameter

_RELATIVE = re.compile(r"-(\d+(:.*)?)?")
"""A REV (or a range A:B) that begins with a minus sign."""


class Verb(TyperCommand):
    """A command that also takes the global options."""

    def get_params(self, ctx: Context) -> list[Parameter]:
        """The verb's own parameters, then the global ones, hidden from its help."""
        return [*super().get_params(ctx), *global_options(hidden=True)]


class AlembicVerb(Verb):
    """A verb that reads the Alembic file or runs env.py, and takes Alembic's options for both."""

    def get_params(self, ctx: Context) -> list[Parameter]:
        """The verb's own parameters, Alembic's, then the global ones."""
        return [*super().get_params(ctx), *_alembic_options()]


class Group(TyperGroup):
    """A noun; the global options may stand between it and its verb."""

    def get_params(self, ctx: Context) -> list[Parameter]:
        """The group's own parameters, then the global ones, hidden from its help."""
        return [*super().get_params(ctx), *global_options(hidden=True)]


class RevVerb(AlembicVerb):
    """A verb whose argument may be `-`, `-1` or `-3:-1`, while a mistyped option is an error."""

    def parse_args(self, ctx: Context, args: list[str]) -> list[str]:
        """Parse strictly without the relative REVs, then leniently with them."""
        strict = [argument for argument in args if not _RELATIVE.fullmatch(argument)]
        self.make_parser(ctx).parse_args(args=strict)
        ctx.ignore_unknown_options = True
        return super().parse_args(ctx, args)


class Mover(AlembicVerb):
    """A verb that moves the database, and may have to wait for others who do."""

    def get_params(self, ctx: Context) -> list[Parameter]:
        """The verb's own parameters, those about waiting, then the global ones."""
        own = super().get_params(ctx)
        return [*own, *_waiting_options()]


class RevMover(Mover, RevVerb):
    """A mover that is told where to."""


class Modules(MutableMapping[str, "Command"]):
    """The root's commands by name, each imported when it is looked up."""

    def __init__(self, places: dict[str, str]) -> None:
        self._places = places

    def __getitem__(self, name: str) -> Command:
        module, _, attribute = self._places[name].partition(":")
        command = get_command(getattr(import_module(module), attribute or "app"))
        command.name = name
        return command

    def __iter__(self) -> Iterator[str]:
        return iter(self._places)

    def __len__(self) -> int:
        return len(self._places)

    def __setitem__(self, name: str, command: Command) -> None:
        raise NotImplementedError("commands are listed in cli/app.py")

    def __delitem__(self, name: str) -> None:
        raise NotImplementedError("commands are listed in cli/app.py")


class Root(TyperGroup):
    """The program itself: its groups are imported when used, their help is in the table."""

    summaries: dict[str, str]

    def get_params(self, ctx: Context) -> list[Parameter]:
        """The root's own parameters and the global ones."""
        return [*global_options(hidden=False), *super().get_params(ctx)]

    def format_commands(self, ctx: Context, formatter: HelpFormatter) -> None:  # noqa: ARG002 - overrides
        """List the groups without importing them."""
        with formatter.section("Commands"):
            formatter.write_dl(list(self.summaries.items()))


def group(text: str) -> typer.Typer:
    """An empty group of verbs with plain help."""
    app = typer.Typer(
        cls=Group,
        help=text,
        no_args_is_help=True,
        add_completion=False,
        rich_markup_mode=None,
        pretty_exceptions_enable=False,
    )
    app.callback()(_no_options)
    return app


def global_options(*, hidden: bool) -> list[TyperOption]:
    """The options that every command takes, before or after its name; kept in `ctx.obj`."""
    flag = {"is_flag": True, "default": False}
    option = _option_maker(hidden=hidden)
    return [
        option("-C", "directory", metavar="DIR", help="Act as though started in DIR."),
        option("--config", metavar="FILE", help="Read this configuration file alone."),
        option("--database-url", metavar="URL", help="Use this database."),
        option("--test-db", help="Use the test database of the configuration.", **flag),
        option("--json", "as_json", help="Print one JSON document.", **flag),
        option("-q", "--quiet", help="Print the result and errors only.", **flag),
        option("-v", "--verbose", help="Print the traceback of a failed migration too.", **flag),
        option("--no-color", help="Print without colour.", **flag),
        option("--pdb", help="Open the debugger where an unexpected error was raised.", **flag),
    ]


def _alembic_options() -> list[TyperOption]:
    """What Alembic's own command line calls `-x` and `--name`; kept in `ctx.obj`."""
    option = _option_maker(hidden=False)
    return [
        option(
            "-x",
            "x_arguments",
            help="Hand an argument to env.py, as Alembic's -x.",
            metavar="KEY=VALUE",
            multiple=True,
        ),
        option("--name", "section", help="The section of the Alembic file.", metavar="SECTION"),
    ]


def _waiting_options() -> list[TyperOption]:
    """How long to wait for others; kept in `ctx.obj` as the global options are."""
    from typer._click.types import FloatRange

    option = _option_maker(hidden=False)
    return [
        option(
            "--lock-timeout",
            help="Wait S seconds for another run's migration lock; 0: not at all. [default: 60]",
            metavar="S",
            type=FloatRange(min=0),
        ),
        option(
            "--statement-lock-timeout",
            help="Let a statement wait S seconds for a lock of the database, then run the plan"
            " again, up to 5 times.",
            metavar="S",
            type=FloatRange(min=0, min_open=True),
        ),
    ]


def _option_maker(*, hidden: bool) -> Callable[..., TyperOption]:
    def make(*names: str, **more: Any) -> TyperOption:
        return TyperOption(
            param_decls=list(names),
            hidden=hidden,
            expose_value=False,
            callback=_remember,
            show_default=False,
            **more,
        )

    return make


def _remember(ctx: Context, parameter: Parameter, value: object) -> None:
    """Keep an option that was given, wherever it was given; 0 is a value."""
    if not (value is None or value is False or value == ()):
        ctx.obj[parameter.name] = value


def _no_options() -> None:
    """A callback makes Typer treat an app of one verb as a group too."""
