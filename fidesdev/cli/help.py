"""`fidesdev help`: a topic, or the help of a command."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from fidesdev.cli.app import GROUPS
from fidesdev.cli.invocation import PROGRAM, invocation
from fidesdev.cli.parsing import NoSuchCommand, Verb, no_such_command
from fidesdev.errors import UsageError

if TYPE_CHECKING:
    from typer._click import Context

app = typer.Typer(add_completion=False, rich_markup_mode=None, pretty_exceptions_enable=False)

FOLDER = Path(__file__).with_name("topics")
TOPICS = {
    "rev": "what may stand where a verb wants a REV",
    "goto": "goto, upgrade and downgrade, against Alembic's",
    "rebase": "two heads, and the ways out",
    "safety": "what asks first, and how lost rows come back",
    "exit-codes": "what a script can tell from the exit code",
    "json": "one document on standard output, errors included",
    "config": "where settings come from, and the ones to know",
}
"""Each is a file in `topics/`."""


@app.command("help", cls=Verb)
def help_(
    ctx: typer.Context,
    words: Annotated[
        list[str] | None,
        typer.Argument(metavar="[TOPIC]", help="A topic, or a command as in 'help db goto'."),
    ] = None,
) -> None:
    """Explain a topic, or show the help of a command."""
    call = invocation(ctx)
    subject = " ".join(words or ())
    text = _text(ctx.find_root(), words or [])
    if call.output.as_json:
        from fidesdev.core.printed import HelpText

        call.output.report(call.command, HelpText(subject, text))
    else:
        call.output.text(text)


def _text(root: Context, words: list[str]) -> str:
    subject = " ".join(words)
    if subject in {"", *TOPICS}:
        return _topic(subject)
    if words[0] == "json":
        return _schema(root, words[1:])
    return _help_of(root, words)


def _topic(name: str) -> str:
    if name:
        return (FOLDER / f"{name}.txt").read_text(encoding="utf-8")
    width = max(map(len, TOPICS))
    lines = [f"  {topic:{width}}  {about}" for topic, about in TOPICS.items()]
    verbs = f"'{PROGRAM} help db goto' is the help of a command, '{PROGRAM} --help' lists them all."
    return "\n".join([f"Topics, each shown by '{PROGRAM} help TOPIC':", "", *lines, "", verbs])


def _schema(root: Context, words: list[str]) -> str:
    """The JSON Schema of what a verb prints with `--json`; raises `UsageError` for no verb."""
    import json

    from fidesdev.core.documents import REPORTS, document_schema, failure_schema

    verb = " ".join(words)
    if verb not in {*REPORTS, "error"}:
        _help_of(root, words)  # which knows the nearest names
        raise UsageError(
            f"'{PROGRAM} {verb}' prints no JSON, and the commands below it do",
            hint=f"List them with '{PROGRAM} {verb} --help'.",
        )
    schema = failure_schema() if verb == "error" else document_schema(verb)
    return json.dumps(schema, indent=2, ensure_ascii=False)


def _help_of(root: Context, words: list[str]) -> str:
    """What the command's own `--help` prints; raises `UsageError` with the nearest names."""
    from typer._click import Context
    from typer.core import TyperGroup

    if words[0] in TOPICS and words[0] not in GROUPS:
        raise UsageError(
            f"the topic {words[0]!r} has nothing below it",
            hint=f"Type '{PROGRAM} help {words[0]}'.",
        )
    ctx = root
    for word in words:
        if not isinstance(ctx.command, TyperGroup):
            raise UsageError(
                f"'{ctx.command_path}' has no commands below it",
                hint=f"Type '{PROGRAM} help {' '.join(words[:-1])}'.",
            )
        command = ctx.command.commands.get(word)
        if command is None:
            raise _unknown(word, ctx)
        ctx = Context(command, info_name=word, parent=ctx, obj={})
    return ctx.get_help()


def _unknown(word: str, ctx: Context) -> NoSuchCommand:
    """Topics count as names at the first word."""
    from typer.core import TyperGroup

    assert isinstance(ctx.command, TyperGroup)
    below = " ".join(["help", *ctx.command_path.split()[1:]])
    known = [(name, f"{below} {name}") for name in ctx.command.commands]
    if ctx.parent is not None:
        return no_such_command(word, ctx, known)
    error = no_such_command(word, ctx, [(topic, f"help {topic}") for topic in TOPICS] + known)
    error.message = f"no topic or command {word!r}"
    return error
