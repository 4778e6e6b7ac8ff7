"""How a command line is read: lazy groups, global options anywhere, REVs that begin with `-`."""

from __future__ import annotations

import re
from abc import abstractmethod
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, MutableMapping
from copy import copy
from importlib import import_module
from typing import TYPE_CHECKING, Any

import typer
from typer._click.exceptions import UsageError
from typer.core import TyperCommand, TyperGroup, TyperOption
from typer.main import get_command, get_command_from_info, get_command_name, get_group

if TYPE_CHECKING:
    from typer._click import Command, Context, HelpFormatter, Parameter
    from typer.models import CommandInfo

PDB_ON_ERROR = "--pdb-on-error"
_RELATIVE = re.compile(r"-(\d+(:.*)?)?")
"""A REV (or a range A:B) that begins with a minus sign."""


class NoSuchCommand(UsageError):
    """A word that is no command; `meant` are the whole commands that come near."""

    def __init__(self, word: str, ctx: Context, meant: tuple[str, ...]) -> None:
        super().__init__(f"no such command {word!r}", ctx)
        self.meant = meant


class Verb(TyperCommand):
    """A command that also takes the global options; its help ends with examples."""

    def format_epilog(self, ctx: Context, formatter: HelpFormatter) -> None:
        """The question it answers, two examples, and what is related."""
        from fidesdev.cli.examples import sections

        for title, lines in sections(path_of(ctx)):
            with formatter.section(title):
                formatter.write("".join(f"{'':{formatter.current_indent}}{x}\n" for x in lines))

    def get_help_option(self, ctx: Context) -> TyperOption | None:
        """The option that shows the help as results are shown."""
        return _printing(super().get_help_option(ctx))

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

    def get_help_option(self, ctx: Context) -> TyperOption | None:
        """The option that shows the help as results are shown."""
        return _printing(super().get_help_option(ctx))

    def get_params(self, ctx: Context) -> list[Parameter]:
        """The group's own parameters, then the global ones, hidden from its help."""
        return [*super().get_params(ctx), *global_options(hidden=True)]

    def resolve_command(
        self, ctx: Context, args: list[str]
    ) -> tuple[str | None, Command | None, list[str]]:
        """The verb; raises `NoSuchCommand` with what may have been meant."""
        if args[0] not in self.commands and not ctx.resilient_parsing:
            below = [(name, f"{path_of(ctx)} {name}") for name in self.commands]
            raise no_such_command(args[0], ctx, below)
        return super().resolve_command(ctx, args)


class RevVerb(AlembicVerb):
    """A verb whose argument may be `-`, `-1` or `-3:-1`, while a mistyped option is an error."""

    def parse_args(self, ctx: Context, args: list[str]) -> list[str]:
        """Parse strictly without the relative REVs, then leniently with them."""
        strict = [argument for argument in args if not _RELATIVE.fullmatch(argument)]
        self.make_parser(ctx).parse_args(args=strict)
        ctx.ignore_unknown_options = True
        return super().parse_args(ctx, args)


class Mover(AlembicVerb):
    """A verb that moves the database, with a snapshot first, and may have to wait for others."""

    def get_params(self, ctx: Context) -> list[Parameter]:
        """The verb's own parameters, those of every mover, then the global ones."""
        own = super().get_params(ctx)
        return [*own, *_waiting_options(), snapshot_option()]


class Destroyer(Verb):
    """A verb that takes a whole database away, with a snapshot first."""

    def get_params(self, ctx: Context) -> list[Parameter]:
        """The verb's own parameters, `--no-snapshot`, then the global ones."""
        return [*super().get_params(ctx), snapshot_option()]


class RevMover(Mover, RevVerb):
    """A mover that is told where to."""


class TenantVerb(AlembicVerb):
    """A verb that looks at many databases where it is given a list of them."""

    def get_params(self, ctx: Context) -> list[Parameter]:
        """The verb's own parameters, those for many databases, then the global ones."""
        return [*super().get_params(ctx), *_tenant_options()]


class TenantMover(RevMover):
    """A mover that moves many databases where it is given a list of them."""

    def get_params(self, ctx: Context) -> list[Parameter]:
        """The verb's own parameters, those for many databases, then the global ones."""
        return [*super().get_params(ctx), *_tenant_options(), _fail_fast_option()]


class Commands(MutableMapping[str, "Command"]):
    """Commands by name; what is looked up is made then."""

    def __iter__(self) -> Iterator[str]:
        return iter(self._names())

    def __len__(self) -> int:
        return len(self._names())

    def __setitem__(self, name: str, command: Command) -> None:
        raise NotImplementedError("commands are listed in cli/app.py and with their group")

    def __delitem__(self, name: str) -> None:
        raise NotImplementedError("commands are listed in cli/app.py and with their group")

    @abstractmethod
    def _names(self) -> Collection[str]:
        """In the order of the help."""


class Modules(Commands):
    """The root's commands, each imported when it is looked up."""

    def __init__(self, places: dict[str, str]) -> None:
        self._places = places

    def __getitem__(self, name: str) -> Command:
        module, _, attribute = self._places[name].partition(":")
        command = _command_of(getattr(import_module(module), attribute or "app"))
        command.name = name
        return command

    def _names(self) -> Collection[str]:
        return self._places


class Noun(typer.Typer):
    """A group of verbs, of which some are in modules that are imported when they are needed."""

    elsewhere: Mapping[str, str]
    """Verb -> the module that adds it."""


class Verbs(Commands):
    """The verbs of a noun; only the one that is looked up is imported, and its signature read."""

    def __init__(self, noun: Noun) -> None:
        self._noun = noun

    def __getitem__(self, name: str) -> Command:
        if name in self._noun.elsewhere:
            import_module(self._noun.elsewhere[name])
        return get_command_from_info(
            self._own()[name], pretty_exceptions_short=False, rich_markup_mode=None
        )

    def _names(self) -> Collection[str]:
        return dict.fromkeys([*self._own(), *self._noun.elsewhere])

    def _own(self) -> dict[str, CommandInfo]:
        """What was added so far."""
        return {
            info.name or get_command_name(info.callback.__name__): info
            for info in self._noun.registered_commands
            if info.callback
        }


class Root(TyperGroup):
    """The program itself: its groups are imported when used, their help is in the table."""

    summaries: dict[str, str]
    headings: dict[str, tuple[str, ...]]
    """Task -> the groups that its part of the list shows."""

    def get_help_option(self, ctx: Context) -> TyperOption | None:
        """The option that shows the help as results are shown."""
        return _printing(super().get_help_option(ctx))

    def get_params(self, ctx: Context) -> list[Parameter]:
        """The root's own parameters and the global ones."""
        return [*global_options(hidden=False), *super().get_params(ctx)]

    def parse_args(self, ctx: Context, args: list[str]) -> list[str]:
        """Parse, with `--pdb-on-error FILE` meaning `--pdb shell FILE`."""
        if PDB_ON_ERROR in args[:1]:
            args = ["--pdb", "shell", *args[1:]]
        return super().parse_args(ctx, args)

    def resolve_command(
        self, ctx: Context, args: list[str]
    ) -> tuple[str | None, Command | None, list[str]]:
        """The group; raises `NoSuchCommand`, with the group of a verb that was given without it."""
        if args[0] not in self.commands and not ctx.resilient_parsing:
            from fidesdev.cli.examples import commands

            verbs = [(name.rpartition(" ")[2], name) for name in commands()]
            groups = [(name, name) for name in self.commands]
            raise no_such_command(args[0], ctx, groups + verbs)
        return super().resolve_command(ctx, args)

    def format_commands(self, ctx: Context, formatter: HelpFormatter) -> None:  # noqa: ARG002 - overrides
        """List the groups by task, without importing them."""
        width = max(map(len, self.summaries))
        for heading, names in self.headings.items():
            with formatter.section(heading):
                formatter.write_dl([(name.ljust(width), self.summaries[name]) for name in names])


def path_of(ctx: Context) -> str:
    """The command without the program's name: `db goto`."""
    return ctx.command_path.partition(" ")[2]


def no_such_command(word: str, ctx: Context, known: Iterable[tuple[str, str]]) -> NoSuchCommand:
    """The error; `known` are single words, each with the whole command that it stands for."""
    from fidesdev.core.texts import nearest

    commands = list(known)
    words = {name for name, _whole in commands}
    near = (word,) if word in words else nearest(word, words)
    meant = [whole for name in near for found, whole in commands if found == name]
    return NoSuchCommand(word, ctx, tuple(dict.fromkeys(meant)))


def group(text: str, elsewhere: Mapping[str, str] | None = None) -> Noun:
    """An empty group of verbs with plain help; `elsewhere` are modules by the verb they add."""
    app = Noun(
        cls=Group,
        help=text,
        no_args_is_help=True,
        add_completion=False,
        rich_markup_mode=None,
        pretty_exceptions_enable=False,
    )
    app.callback()(_no_options)
    app.elsewhere = elsewhere or {}
    return app


def _command_of(app: typer.Typer) -> Command:
    """What Typer makes of the app; of a noun's verbs none is made yet."""
    if not isinstance(app, Noun):
        return get_command(app)
    bare = copy(app)
    bare.registered_commands = []
    group = get_group(bare)
    group.commands = Verbs(app)
    return group


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


def _printing(option: TyperOption | None) -> TyperOption | None:
    """The parser's option for help, printing as we do: a full disk is an error like any other."""
    if option is not None:
        option.callback = _print_help
    return option


def _print_help(ctx: Context, _option: Parameter, value: bool) -> None:
    if value and not ctx.resilient_parsing:
        from fidesdev.cli.invocation import Invocation

        Invocation(ctx.obj, path_of(ctx)).output.text(ctx.get_help())
        ctx.exit()


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


def _tenant_options() -> list[TyperOption]:
    """Which databases are meant, and how many at once; kept in `ctx.obj`."""
    from typer._click.types import IntRange

    option = _option_maker(hidden=False)
    return [
        option(
            "--each",
            help="Do it for each database that a file lists, one a line ('-': stdin), or that"
            " a SELECT finds; a name or a URL.",
            metavar="FILE|QUERY",
        ),
        option(
            "--each-schema",
            help="Do it for each schema of the database, one after the other, with"
            " -x tenant=SCHEMA.",
            metavar="FILE|QUERY",
        ),
        option(
            "--jobs",
            help="Work on so many databases at once. [default: 4]",
            metavar="N",
            type=IntRange(min=1, max=64),
        ),
        option("--shard", help="Take the I-th of N parts of the list.", metavar="I/N"),
    ]


def _fail_fast_option() -> TyperOption:
    option = _option_maker(hidden=False)
    return option(
        "--fail-fast", help="Begin no other database once one failed.", is_flag=True, default=False
    )


def snapshot_option() -> TyperOption:
    """What skips the automatic snapshot; kept in `ctx.obj` as the global options are."""
    option = _option_maker(hidden=False)
    text = "Take no snapshot before data can be lost."
    return option("--no-snapshot", help=text, is_flag=True, default=False)


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
