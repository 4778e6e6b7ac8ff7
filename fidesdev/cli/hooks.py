"""`fidesdev hooks`: git calls fidesdev when branches are switched, merged, committed and pushed."""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING, Annotated

import typer

from fidesdev import services
from fidesdev.cli.invocation import DryRun, Invocation, Yes, invocation
from fidesdev.cli.parsing import Verb, group
from fidesdev.core.hooks import HookRun
from fidesdev.errors import ConfirmationNeeded, Declined, FidesdevError, UsageError

if TYPE_CHECKING:
    from fidesdev.services.hook_runs import Switch

app = group("Git hooks that keep the database and the revisions in step with the checkout.")

Hooks = Annotated[
    list[str] | None,
    typer.Argument(
        metavar="[HOOK]...",
        help="post-checkout, post-merge, pre-commit or pre-push; all of them by default.",
    ),
]
HeadFile = Annotated[
    bool,
    typer.Option(
        "--head-file", help="The file that names the head too: parallel revisions then conflict."
    ),
]


@app.command(cls=Verb)
def install(
    ctx: typer.Context,
    hooks: Hooks = None,
    head_file: HeadFile = False,
    dry_run: DryRun = False,
    _yes: Yes = False,
) -> None:
    """Let git call fidesdev; hooks that are there keep what they do."""
    call = invocation(ctx)
    call.show(
        services.hooks.install(call.workspace, hooks or (), head_file=head_file, dry_run=dry_run)
    )


@app.command(cls=Verb)
def uninstall(
    ctx: typer.Context,
    hooks: Hooks = None,
    head_file: HeadFile = False,
    dry_run: DryRun = False,
    _yes: Yes = False,
) -> None:
    """Leave every hook as it was before."""
    call = invocation(ctx)
    call.show(
        services.hooks.uninstall(call.workspace, hooks or (), head_file=head_file, dry_run=dry_run)
    )


@app.command(cls=Verb)
def status(ctx: typer.Context) -> None:
    """Show which hooks are installed, outdated, somebody else's or absent."""
    call = invocation(ctx)
    call.show(services.hooks.status(call.workspace))


@app.command(cls=Verb)
def run(
    ctx: typer.Context,
    hook: Annotated[str, typer.Argument(metavar="HOOK", help="As git calls it.")],
    arguments: Annotated[
        list[str] | None, typer.Argument(metavar="[ARGUMENT]...", help="What git gives to it.")
    ] = None,
    dry_run: DryRun = False,
    yes: Yes = False,
) -> None:
    """Do what the hook does; git calls this. Exit 3 stops a commit or a push, nothing else does."""
    call = invocation(ctx)
    try:
        done = _run(call, hook, arguments or [], dry_run=dry_run, yes=yes)
    except UsageError:
        raise
    except FidesdevError as error:
        done = HookRun(hook, "failed", str(error), error.hint)
    call.show(done, exit_code=done.exit_code)


def _run(call: Invocation, hook: str, arguments: list[str], *, dry_run: bool, yes: bool) -> HookRun:
    runs = services.hook_runs
    if hook == "pre-commit":
        return runs.before_commit(call.workspace, dry_run=dry_run)
    if hook == "pre-push":
        pushed = "" if sys.stdin.isatty() else sys.stdin.read()
        return runs.before_push(call.workspace, pushed)
    if hook not in {"post-checkout", "post-merge"}:
        raise UsageError(f"no hook {hook!r} is ours", hint="See 'fidesdev hooks status'.")
    switch = runs.after_switch(call.workspace, hook, arguments)
    if dry_run or switch.move is None or not (yes or _agreed(call, switch)):
        return switch.run
    return runs.carry_out(switch, on_event=call.event)


def _agreed(call: Invocation, switch: Switch) -> bool:
    """Whether the configuration or the person at the terminal says so."""
    if not switch.ask:
        return True
    preview = switch.run.move
    if switch.move and call.output.can_ask:
        preview = services.impacts.assessed(switch.move)
    try:
        call.consent(switch.question, preview, yes=False)
    except (ConfirmationNeeded, Declined):
        return False
    return True
