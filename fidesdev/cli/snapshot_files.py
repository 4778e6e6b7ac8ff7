"""Verbs of `fidesdev snapshot` that compare, carry away and tidy up."""

from __future__ import annotations

from collections.abc import Callable
from typing import Annotated

import typer

from fidesdev import services
from fidesdev.cli.invocation import DryRun, ForceProtected, Invocation, Yes, invocation
from fidesdev.cli.parsing import Verb
from fidesdev.cli.snapshot import Name, app
from fidesdev.core.snapshot_files import Progress
from fidesdev.core.snapshot_pruning import Limits, parse_age, parse_size


@app.command(cls=Verb)
def diff(
    ctx: typer.Context,
    first: Annotated[str, typer.Argument(metavar="A", help="A snapshot.")],
    second: Annotated[
        str | None, typer.Argument(metavar="[B]", help="Another one; else the database as it is.")
    ] = None,
    checksums: Annotated[
        bool, typer.Option("--checksums", help="Read all rows, and find equal numbers of others.")
    ] = False,
    exit_code: Annotated[
        bool, typer.Option("--exit-code", help="Exit with 3 where anything differs.")
    ] = False,
) -> None:
    """Show how the schema and the numbers of rows differ."""
    call = invocation(ctx)
    report = services.snapshot_diffs.diff(call.workspace, first, second, checksums=checksums)
    call.show(report, exit_code=3 if exit_code and not report.is_empty else 0)


@app.command(cls=Verb)
def export(
    ctx: typer.Context,
    name: Name,
    file: Annotated[str, typer.Argument(metavar="FILE", help="The file to write.")],
    force: Annotated[bool, typer.Option("--force", help="Replace a file that is there.")] = False,
    dry_run: DryRun = False,
    _yes: Yes = False,
) -> None:
    """Write a snapshot to a file, to be kept or carried elsewhere (pg_dump's custom format)."""
    call = invocation(ctx)
    call.show(
        services.snapshot_files.export(
            call.workspace, name, file, force=force, dry_run=dry_run, on_progress=_teller(call)
        )
    )


@app.command("import", cls=Verb)
def import_(
    ctx: typer.Context,
    file: Annotated[str, typer.Argument(metavar="FILE", help="What export or pg_dump -Fc wrote.")],
    name: Annotated[
        str | None, typer.Argument(metavar="[NAME]", help="Else the name that it had.")
    ] = None,
    force: Annotated[bool, typer.Option("--force", help="Replace one of the same name.")] = False,
    dry_run: DryRun = False,
    _yes: Yes = False,
) -> None:
    """Make a snapshot of a file; the database itself stays as it is."""
    call = invocation(ctx)
    call.show(
        services.snapshot_files.import_(
            call.workspace, file, name, force=force, dry_run=dry_run, on_progress=_teller(call)
        )
    )


@app.command(cls=Verb)
def prune(
    ctx: typer.Context,
    keep: Annotated[
        int | None, typer.Option(metavar="N", min=0, help="The newest N stay in any case.")
    ] = None,
    older_than: Annotated[
        str | None, typer.Option(metavar="AGE", help="Remove what is older: 12h, 30d, 2w.")
    ] = None,
    max_size: Annotated[
        str | None, typer.Option(metavar="SIZE", help="Remove the oldest until all fit: 5GB.")
    ] = None,
    named: Annotated[
        bool, typer.Option("--named", help="Also those that somebody saved or imported.")
    ] = False,
    dry_run: DryRun = False,
    yes: Yes = False,
    force_protected: ForceProtected = "",
) -> None:
    """Remove automatic snapshots beyond a number, an age or a size; never what undo needs."""
    call = invocation(ctx)
    limits = Limits(
        keep=keep,
        older_than=parse_age(older_than) if older_than else None,
        max_size=parse_size(max_size) if max_size else None,
    )
    planned = services.snapshot_pruning.plan(call.workspace, limits, named=named)
    if dry_run or not planned.snapshots:
        call.show(planned)
        return
    number = len(planned.snapshots)
    what = f"this removes {number} snapshot{'' if number == 1 else 's'} for good"
    call.consent(what, planned, yes=yes, force_protected=force_protected)
    call.show(services.snapshot_pruning.prune(call.workspace, planned))


def _teller(call: Invocation) -> Callable[[Progress], object]:
    def tell(progress: Progress) -> None:
        call.output.say(
            f"{progress.verb} {progress.name}: {progress.done} of {progress.total} tables"
        )

    return tell
