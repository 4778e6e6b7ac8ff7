"""The command line as values: what `core.completion` walks along."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

from fidesdev.core.completion import Node, Outline, Parameter


def outline() -> Outline:
    """Every command with its options and arguments; imports all of them, which takes a while."""
    from fidesdev.cli.app import program

    return dict(_nodes(program(), None, ()))


def edition() -> str:
    """What changes whenever the commands may have: the version, and the files beside this one."""
    from fidesdev import __version__

    files = [path.stat() for path in Path(__file__).parent.glob("*.py")]
    return f"{__version__} {len(files)} {max(file.st_mtime_ns for file in files)}"


def _nodes(command: object, parent: object, path: tuple[str, ...]) -> Iterator[tuple[str, Node]]:
    from typer._click import Command, Context
    from typer.core import TyperGroup

    assert isinstance(command, Command)
    assert parent is None or isinstance(parent, Context)
    ctx = Context(command, info_name=path[-1] if path else "fidesdev", parent=parent, obj={})
    below = command.commands if isinstance(command, TyperGroup) else {}
    shown = {name: inner for name, inner in below.items() if not inner.hidden}
    parameters = [_parameter(one, ctx) for one in command.get_params(ctx)]
    yield (
        " ".join(path),
        Node(
            below=tuple((name, inner.get_short_help_str(60)) for name, inner in shown.items()),
            options=tuple(one for one in parameters if one is not None and one.names),
            arguments=tuple(one for one in parameters if one is not None and not one.names),
        ),
    )
    for name, inner in shown.items():
        yield from _nodes(inner, ctx, (*path, name))


def _parameter(parameter: object, ctx: object) -> Parameter | None:
    """None for an option of the program, which the root has, and its help hides."""
    from typer._click import Context
    from typer.core import TyperArgument, TyperOption

    assert isinstance(ctx, Context)
    assert isinstance(parameter, TyperArgument | TyperOption)
    if isinstance(parameter, TyperOption) and parameter.hidden:
        return None
    option = parameter if isinstance(parameter, TyperOption) else None
    return Parameter(
        names=(*parameter.opts, *parameter.secondary_opts) if option else (),
        metavar=parameter.metavar or "",
        takes_value=not (option and option.is_flag),
        repeats=parameter.nargs == -1 or bool(option and option.multiple),
        choices=tuple(str(one) for one in getattr(parameter.type, "choices", ())),
        help=(parameter.help or "").partition(". ")[0].rstrip("."),
    )
