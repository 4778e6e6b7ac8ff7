"""`fidesdev snapshot`: copies of the database in the same server, to come back to."""

from __future__ import annotations

from typing import Annotated

import typer

from fidesdev import services
from fidesdev.cli.invocation import DryRun, ForceProtected, Yes, invocation
from fidesdev.cli.parsing import Verb, group
from fidesdev.cli.rows import Format, FormatOption, print_rows
from fidesdev.core.snapshots import Snapshot

ELSEWHERE = {
    "diff": "fidesdev.cli.snapshot_files",
    "export": "fidesdev.cli.snapshot_files",
    "import": "fidesdev.cli.snapshot_files",
    "prune": "fidesdev.cli.snapshot_files",
}
"""Verb -> the module that adds it to the app, imported when it is needed."""

app = group(
    "Copies of the database, to come back to. A --database-url is all that is needed.", ELSEWHERE
)

Name = Annotated[
    str, typer.Argument(metavar="NAME", help="A snapshot's name, or a unique beginning.")
]
Owner = Annotated[
    str | None,
    typer.Option("--from", metavar="DATABASE", help="The snapshot is of this other database."),
]
NoSnapshot = Annotated[
    bool, typer.Option("--no-snapshot", help="Do not keep what is replaced as a snapshot.")
]


@app.command(cls=Verb)
def save(
    ctx: typer.Context,
    name: Annotated[
        str | None, typer.Argument(metavar="[NAME]", help="Any text; else the time (UTC).")
    ] = None,
    message: Annotated[
        str | None, typer.Option("-m", "--message", metavar="TEXT", help="What it is for.")
    ] = None,
    force: Annotated[bool, typer.Option("--force", help="Replace one of the same name.")] = False,
    dry_run: DryRun = False,
    _yes: Yes = False,
) -> None:
    """Keep a copy of the database; whoever is connected is disconnected."""
    call = invocation(ctx)
    if dry_run:
        call.show(services.snapshots.plan(call.workspace, name, message=message, force=force))
        return
    call.show(
        services.snapshots.save(
            call.workspace, name, message=message, force=force, on_event=call.event
        )
    )


@app.command(cls=Verb)
def restore(
    ctx: typer.Context,
    name: Name,
    owner: Owner = None,
    no_snapshot: NoSnapshot = False,
    dry_run: DryRun = False,
    yes: Yes = False,
    force_protected: ForceProtected = "",
) -> None:
    """Make the database what it was; what it is now is kept as a snapshot."""
    call = invocation(ctx)
    keep = not no_snapshot
    planned = services.snapshots.restore(call.workspace, name, owner=owner, keep=keep, dry_run=True)
    if dry_run:
        call.show(planned)
        return
    if planned.before is not None:
        what = f"this replaces the database by snapshot {planned.snapshots[0].name!r}"
        call.consent(what, planned, yes=yes, force_protected=force_protected)
    call.show(
        services.snapshots.restore(
            call.workspace, name, owner=owner, keep=keep, on_event=call.event
        )
    )


@app.command("list", cls=Verb)
def list_(
    ctx: typer.Context,
    every: Annotated[
        bool, typer.Option("--all", help="Those of every database of the server.")
    ] = False,
    format_: FormatOption = Format.TABLE,
) -> None:
    """List the snapshots of the database, newest first."""
    call = invocation(ctx)
    report = services.snapshots.list_(call.workspace, every=every)
    if format_ is Format.TABLE:
        call.show(report)
    else:
        print_rows(call, report.snapshots, Snapshot, format_)


@app.command(cls=Verb)
def show(ctx: typer.Context, name: Name, owner: Owner = None) -> None:
    """Show what is known of a snapshot."""
    call = invocation(ctx)
    call.show(services.snapshots.show(call.workspace, name, owner=owner))


@app.command(cls=Verb)
def rename(
    ctx: typer.Context,
    old: Annotated[str, typer.Argument(metavar="OLD", help="Its name, or a unique beginning.")],
    new: Annotated[str, typer.Argument(metavar="NEW", help="Any text.")],
    owner: Owner = None,
    dry_run: DryRun = False,
    _yes: Yes = False,
) -> None:
    """Call a snapshot something else."""
    call = invocation(ctx)
    call.show(services.snapshots.rename(call.workspace, old, new, owner=owner, dry_run=dry_run))


@app.command(cls=Verb)
def delete(
    ctx: typer.Context,
    names: Annotated[
        list[str], typer.Argument(metavar="NAME...", help="Names, or unique beginnings.")
    ],
    owner: Owner = None,
    dry_run: DryRun = False,
    yes: Yes = False,
    force_protected: ForceProtected = "",
) -> None:
    """Remove snapshots for good."""
    call = invocation(ctx)
    planned = services.snapshots.delete(call.workspace, names, owner=owner, dry_run=True)
    if dry_run:
        call.show(planned)
        return
    number = len(planned.snapshots)
    what = f"this removes {number} snapshot{'' if number == 1 else 's'} for good"
    call.consent(what, planned, yes=yes, force_protected=force_protected)
    call.show(services.snapshots.delete(call.workspace, names, owner=owner))
