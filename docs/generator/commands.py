"""One page for each group of verbs, and one that lists them all."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from typer._click import Context, Parameter
from typer.core import TyperArgument, TyperOption

from docs.generator.markdown import block, code, heading, plain, table, toctree
from docs.generator.verbs import verbs
from fidesdev.cli.app import GROUPS, TASKS
from fidesdev.cli.examples import usage_of
from fidesdev.cli.help import TOPICS
from fidesdev.cli.invocation import PROGRAM
from fidesdev.cli.parsing import global_options
from fidesdev.core.documents import REPORTS


def pages() -> Iterator[tuple[str, str]]:
    """Name and text of each page."""
    yield "commands.md", _index()
    for group in GROUPS:
        yield f"commands/{group}.md", _group(group, _verbs_of(group))


def anchor(verb: str) -> str:
    """The name by which other pages link to a verb."""
    return f"verb-{verb.replace(' ', '-')}"


def linked(name: str) -> str:
    """A verb or help topic as a link to where it is described."""
    topic = name.removeprefix("help ")
    where = f"topic-{topic}" if name.startswith("help ") and topic in TOPICS else anchor(name)
    return f"[{name}](#{where})"


def report_link(name: str) -> str:
    """A report's name, linked to its description."""
    return f"[{name.replace('-', ' ')}](#{report_target(name)})"


def report_target(name: str) -> str:
    """The name by which other pages link to a report."""
    return f"report-{name}"


def _verbs_of(group: str) -> Mapping[str, Context]:
    return {verb: ctx for verb, ctx in verbs().items() if verb.split()[0] == group}


def _index() -> str:
    text = heading(1, "Commands") + toctree(f"commands/{group}" for group in GROUPS)
    for task, groups in TASKS.items():
        rows = [
            (linked(verb), _summary(ctx))
            for group in groups
            for verb, ctx in _verbs_of(group).items()
        ]
        text += heading(2, task) + table(("command", "what it does"), rows)
    options = (_option(option, None) for option in global_options(hidden=False))
    text += heading(2, "Global options", "global-options")
    text += "Every command takes them, before or after its name.\n\n"
    return text + table(("option", "meaning"), options)


def _group(group: str, members: Mapping[str, Context]) -> str:
    alone = set(members) == {group}
    text = heading(1, f"{PROGRAM} {group}") + plain(GROUPS[group][1]) + "\n\n"
    for verb, ctx in members.items():
        text += "" if alone else heading(2, verb, anchor(verb))
        text += _verb(verb, ctx)
    return f"({anchor(group)})=\n" + text if alone else text


def _verb(verb: str, ctx: Context) -> str:
    usage = usage_of(verb)
    shown = [one for one in ctx.command.get_params(ctx) if not getattr(one, "hidden", False)]
    pieces = " ".join(ctx.command.collect_usage_pieces(ctx))
    text = f"{_whole(ctx)}\n\n" + (f"*{plain(usage.question)}*\n\n" if usage.question else "")
    text += block(f"{ctx.command_path} {pieces}")
    rows = (_option(one, ctx) for one in shown if one.name != "help")
    text += table(("argument or option", "meaning"), rows)
    if usage.examples:
        text += block("\n".join(f"{PROGRAM} {example}" for example in usage.examples), "shell")
    if kinds := REPORTS[verb]:
        text += f"JSON: {', '.join(report_link(kind.__name__) for kind in kinds)}. "
    return text + (f"See also: {', '.join(map(linked, usage.related))}.\n\n")


def _summary(ctx: Context) -> str:
    return plain((ctx.command.help or "").split("\n\n")[0])


def _whole(ctx: Context) -> str:
    return "\n\n".join(plain(part) for part in (ctx.command.help or "").split("\n\n"))


def _option(parameter: Parameter, ctx: Context | None) -> tuple[str, str]:
    """How it is written, and what it means, with the default where there is one to tell."""
    assert isinstance(parameter, TyperOption | TyperArgument)
    choices = ", ".join(code(str(one)) for one in getattr(parameter.type, "choices", ()))
    meaning = plain(parameter.help or "") + (f" One of {choices}." if choices else "")
    if isinstance(parameter, TyperArgument):
        name = parameter.make_metavar(ctx) if ctx else parameter.name or ""
        return code(name), meaning
    names = ", ".join(code(name) for name in (*parameter.opts, *parameter.secondary_opts))
    value = "" if parameter.is_flag else f" {code(parameter.metavar or _kind(parameter))}"
    default = parameter.default
    told = default not in (None, False, (), "") and not parameter.is_flag
    shown = getattr(default, "value", default)
    return names + value, meaning + (f" Default: {code(str(shown))}." if told else "")


def _kind(parameter: TyperOption) -> str:
    return "VALUE" if getattr(parameter.type, "choices", ()) else parameter.type.name.upper()
