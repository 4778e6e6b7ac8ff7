"""`fidesdev db`: the database and its migrations."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING, Annotated, Any

import typer

from fidesdev import services
from fidesdev.cli.invocation import (
    CopyProtected,
    DryRun,
    ForceProtected,
    Invocation,
    Yes,
    invocation,
)
from fidesdev.cli.parsing import (
    AlembicVerb,
    Destroyer,
    RevVerb,
    TenantMover,
    TenantVerb,
    Verb,
    group,
)
from fidesdev.cli.rows import Format, FormatOption, print_rows
from fidesdev.core.reports import RevisionList, RevisionReport
from fidesdev.errors import UsageError

if TYPE_CHECKING:
    from fidesdev.services.fanout import Way
    from fidesdev.services.migrations import Move

ELSEWHERE = {
    "check": "fidesdev.cli.db_check",
    "doctor": "fidesdev.cli.db_doctor",
    "drift": "fidesdev.cli.db_drift",
    "graph": "fidesdev.cli.db_graph",
    "log": "fidesdev.cli.db_journal",
    "undo": "fidesdev.cli.db_journal",
    "redo": "fidesdev.cli.db_journal",
    "stamp": "fidesdev.cli.db_journal",
    "lint": "fidesdev.cli.db_lint",
    "rebase": "fidesdev.cli.db_rebase",
    "sync": "fidesdev.cli.db_recovery",
    "reset": "fidesdev.cli.db_reset",
    "roundtrip": "fidesdev.cli.db_roundtrip",
    "seed": "fidesdev.cli.db_seed",
    "why": "fidesdev.cli.db_why",
}
"""Verb -> the module that adds it to the app, imported when it is needed."""

app = group("The database and its migrations.", ELSEWHERE)

REV_HELP = (
    "An id, a unique prefix, head, heads, base, current, +N, -N, REV-N, LABEL@head, git:REF, "
    "merge-base or a file."
)
Rev = Annotated[str, typer.Argument(metavar="REV", help=REV_HELP)]
Sql = Annotated[bool, typer.Option("--sql", help="Print the statements instead of running them.")]
Applied = Annotated[bool, typer.Option("--applied", help="Ask the database what is applied.")]
Exactly = Annotated[bool, typer.Option("--exactly", help="Empty every other lineage too.")]


@app.command(cls=TenantVerb)
def status(
    ctx: typer.Context,
    exit_code: Annotated[
        bool, typer.Option("--exit-code", help="Exit 3 unless the database is at the heads.")
    ] = False,
) -> None:
    """Show where the database stands, seen from this checkout."""
    call = invocation(ctx)
    if call.is_fanned:
        from fidesdev.cli.db_each import show_standing

        show_standing(call, exit_code=exit_code)
        return
    report = services.history.status(call.workspace)
    call.show(report, exit_code=3 if exit_code and not report.at_heads else 0)


@app.command(cls=TenantMover)
def upgrade(
    ctx: typer.Context,
    rev: Rev = "heads",
    dry_run: DryRun = False,
    _yes: Yes = False,
    sql: Sql = False,
) -> None:
    """Apply what is missing up to REV; never unapply anything."""
    way = partial(services.migrations.upgrade, rev=rev)
    _go(invocation(ctx), rev, way, dry_run=dry_run, sql=sql)


@app.command(cls=TenantMover)
def downgrade(
    ctx: typer.Context,
    rev: Rev,
    dry_run: DryRun = False,
    yes: Yes = False,
    force_protected: ForceProtected = "",
    sql: Sql = False,
) -> None:
    """Unapply what descends from REV."""
    call, way = invocation(ctx), partial(services.migrations.downgrade, rev=rev)
    _go(call, rev, way, dry_run=dry_run, sql=sql, yes=yes, force_protected=force_protected)


@app.command(cls=TenantMover)
def goto(
    ctx: typer.Context,
    rev: Rev,
    dry_run: DryRun = False,
    yes: Yes = False,
    exactly: Exactly = False,
    force_protected: ForceProtected = "",
    sql: Sql = False,
) -> None:
    """Leave the database with exactly REV applied, from anywhere."""
    call, way = invocation(ctx), partial(services.migrations.goto, rev=rev, exactly=exactly)
    _go(call, rev, way, dry_run=dry_run, sql=sql, yes=yes, force_protected=force_protected)


@app.command(cls=RevVerb)
def plan(
    ctx: typer.Context,
    rev: Rev,
    exactly: Exactly = False,
    impact: Annotated[
        bool, typer.Option("--impact/--no-impact", help="What it locks and loses; runs Alembic.")
    ] = True,
    record: Annotated[
        bool, typer.Option("--record", help="Run scripts that ask the database on a copy of it.")
    ] = False,
    verify: Annotated[
        bool, typer.Option("--verify", help="Run it all on a copy; locks, times, changes seen.")
    ] = False,
    force_protected: CopyProtected = "",
) -> None:
    """Show what goto would do, step by step, and what that locks and loses; change nothing.

    A copy is made as for a snapshot, which ends connections to the database, and dropped again.
    Exit 3 when a step fails on the copy.
    """
    call, impacts = invocation(ctx), services.impacts
    if (record or verify) and not impact:
        raise UsageError("--no-impact contradicts --record and --verify", hint="Leave it out.")
    if not (record or verify):
        call.show(impacts.preview(call.workspace, rev, exactly=exactly, impact=impact))
        return
    cut = "copying the database ends the connections of others"
    call.unprotected(cut, force_protected, asks=False)
    look = impacts.verified if verify else impacts.recorded
    move = services.migrations.goto(call.workspace, rev, exactly=exactly)
    report = look(move, on_event=call.event)
    failed = report.rehearsal is not None and report.rehearsal.failure is not None
    call.show(report, exit_code=3 if failed else 0)


@app.command(cls=AlembicVerb)
def current(ctx: typer.Context, format_: FormatOption = Format.TABLE) -> None:
    """List the rows of the version table."""
    call = invocation(ctx)
    _show_revisions(call, services.history.current(call.workspace), format_)


@app.command(cls=AlembicVerb)
def heads(
    ctx: typer.Context, applied: Applied = False, format_: FormatOption = Format.TABLE
) -> None:
    """List the revisions that no other one is written on."""
    call = invocation(ctx)
    _show_revisions(call, services.history.heads(call.workspace, applied=applied), format_)


@app.command(cls=RevVerb)
def history(
    ctx: typer.Context,
    span: Annotated[
        str, typer.Argument(metavar="[A:B]", help="From REV A to REV B; either may be left out.")
    ] = ":",
    applied: Applied = False,
    format_: FormatOption = Format.TABLE,
) -> None:
    """List revisions, newest first."""
    call = invocation(ctx)
    report = services.history.history(call.workspace, span, applied=applied)
    _show_revisions(call, report, format_)


@app.command(cls=RevVerb)
def show(ctx: typer.Context, rev: Rev, applied: Applied = False) -> None:
    """Show one revision: header, file, source, commit, and the SQL of both directions."""
    call = invocation(ctx)
    call.show(services.history.show(call.workspace, rev, applied=applied))


@app.command(cls=AlembicVerb)
def revision(
    ctx: typer.Context,
    message: Annotated[str, typer.Option("-m", "--message", metavar="TEXT", help="What it does.")],
    autogenerate: Annotated[
        bool, typer.Option("--autogenerate", help="Fill it from models and database.")
    ] = False,
    head: Annotated[
        str, typer.Option("--head", metavar="REV", help="The head to write on, where several are.")
    ] = "head",
    dry_run: DryRun = False,
    _yes: Yes = False,
) -> None:
    """Write a new revision file on the head, by Alembic's templates and hooks."""
    call = invocation(ctx)
    call.show(
        services.authoring.revision(
            call.workspace, message, head=head, autogenerate=autogenerate, dry_run=dry_run
        )
    )


@app.command("merge-heads", cls=AlembicVerb)
def merge_heads(
    ctx: typer.Context,
    revs: Annotated[
        list[str] | None,
        typer.Argument(metavar="[REV]...", help="Join these, whatever their lineage."),
    ] = None,
    message: Annotated[
        str | None, typer.Option("-m", "--message", metavar="TEXT", help="What it joins.")
    ] = None,
    verify: Annotated[
        bool, typer.Option("--verify", help="Apply both orders to new databases; compare.")
    ] = False,
    force: Annotated[
        bool, typer.Option("--force", help="Write it although the sides contradict each other.")
    ] = False,
    dry_run: DryRun = False,
    _yes: Yes = False,
) -> None:
    """Join several heads by a merge revision, once what both sides touch was looked at."""
    call = invocation(ctx)
    report = services.authoring.merge_heads(
        call.workspace,
        message,
        revs=tuple(revs or ()),
        verified=verify,
        force=force,
        dry_run=dry_run,
    )
    call.show(report, exit_code=3 if report.has_conflict and not report.executed else 0)


@app.command(cls=Verb)
def create(ctx: typer.Context, dry_run: DryRun = False, _yes: Yes = False) -> None:
    """Create the database."""
    call = invocation(ctx)
    call.show(services.server.create(call.workspace, dry_run=dry_run))


@app.command(cls=Destroyer)
def drop(
    ctx: typer.Context,
    dry_run: DryRun = False,
    yes: Yes = False,
    force_protected: ForceProtected = "",
) -> None:
    """Drop the database with all that is in it."""
    call = invocation(ctx)
    report = services.server.drop(call.workspace, dry_run=True)
    if not dry_run and report.exists:
        what = f"this drops database {call.workspace.database.database!r}"
        call.consent(what, report, yes=yes, force_protected=force_protected)
        report = services.server.drop(call.workspace, on_event=call.event)
    call.show(report)


@app.command(cls=Verb)
def wait(
    ctx: typer.Context,
    timeout: Annotated[
        float, typer.Option("--timeout", metavar="S", help="Give up after S seconds.")
    ] = 30.0,
) -> None:
    """Wait until the server answers."""
    call = invocation(ctx)
    call.show(services.server.wait(call.workspace, timeout))


@app.command(cls=Verb)
def url(
    ctx: typer.Context,
    show_password: Annotated[
        bool, typer.Option("--show-password", help="Print the password too.")
    ] = False,
) -> None:
    """Print the URL of the database, and on stderr what named it."""
    call = invocation(ctx)
    report = services.server.url(call.workspace, show_password=show_password)
    call.output.say("named by ", report.source)
    call.show(report)


@app.command(cls=Verb)
def shell(
    ctx: typer.Context,
    command: Annotated[
        str | None, typer.Option("-c", "--command", metavar="SQL", help="Run this and leave.")
    ] = None,
) -> None:
    """Open psql (or sqlite3) on the database."""
    call = invocation(ctx)
    if call.output.as_json and command is None:
        raise UsageError("--json needs a statement", hint="Give it with '-c SQL'.")
    report = services.server.shell(call.workspace, command)
    if report.output is not None:
        call.show(report)
    raise typer.Exit(report.exit_code)


@app.command(cls=Verb)
def start(ctx: typer.Context, dry_run: DryRun = False, _yes: Yes = False) -> None:
    """Start the embedded server."""
    call = invocation(ctx)
    call.show(services.server.start(call.workspace, dry_run=dry_run))


@app.command(cls=Verb)
def stop(ctx: typer.Context, dry_run: DryRun = False, _yes: Yes = False) -> None:
    """Stop the embedded server; its data stay."""
    call = invocation(ctx)
    call.show(services.server.stop(call.workspace, dry_run=dry_run))


def _go(call: Invocation, rev: str, way: Way, **said: Any) -> None:
    """Move the database, or each of those that were listed; `said` as `carry_out` takes it."""
    if call.is_fanned:
        from fidesdev.cli.db_each import fan_out

        fan_out(call, rev, way, **said)
    else:
        carry_out(call, way(call.workspace), **said)


def carry_out(
    call: Invocation,
    move: Move,
    *,
    dry_run: bool,
    sql: bool,
    yes: bool = False,
    force_protected: str = "",
) -> None:
    """Show the move, print its SQL, or run it once whoever is at the terminal agrees."""
    if sql:
        call.show(services.migrations.render(move))
    elif dry_run:
        call.show(move.report)
    else:
        if loss := move.loss:
            is_shown = call.output.can_ask and not yes
            preview = services.impacts.assessed(move) if is_shown else move.report
            call.consent(loss, preview, yes=yes, force_protected=force_protected)
        call.show(services.migrations.execute(move, on_event=call.event))


def _show_revisions(call: Invocation, report: RevisionList, format_: Format) -> None:
    if format_ is Format.TABLE:
        call.show(report)
    else:
        print_rows(call, report.revisions, RevisionReport, format_)
