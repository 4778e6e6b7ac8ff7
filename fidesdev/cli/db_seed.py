"""`fidesdev db seed`: made-up privacy requests, a few or millions."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime
from functools import partial
from typing import Annotated

import typer

from fidesdev import services
from fidesdev.cli.db import app
from fidesdev.cli.invocation import DryRun, ForceProtected, Yes, invocation
from fidesdev.cli.parsing import Verb
from fidesdev.core.moments import parse_since
from fidesdev.core.request_seeds import RequestsSeeded, Wanted
from fidesdev.core.seeding import SAMPLES, SeedReport
from fidesdev.errors import UsageError


@app.command(cls=Verb)
def seed(
    ctx: typer.Context,
    requests: Annotated[
        int | None,
        typer.Option(
            metavar="N", min=1, help=f"Make up N requests instead of the sample of {len(SAMPLES)}."
        ),
    ] = None,
    seed: Annotated[
        int | None,
        typer.Option(metavar="S", min=0, help="Which rows: each number has others. [default: 1]"),
    ] = None,
    until: Annotated[
        str | None,
        typer.Option(metavar="T", help="Made in the two years before T. [default: today]"),
    ] = None,
    bare: Annotated[
        bool, typer.Option("--bare", help="Without identities and logs, which is much faster.")
    ] = False,
    dry_run: DryRun = False,
    yes: Yes = False,
    force_protected: ForceProtected = "",
) -> None:
    """Insert made-up privacy requests with policies, identities and logs. What is there stays."""
    call = invocation(ctx)
    write: Callable[..., SeedReport | RequestsSeeded]
    if requests is None:
        if seed is not None or until is not None or bare:
            raise UsageError(
                "--seed, --until and --bare choose among made-up requests, and the sample is always"
                " the same",
                hint="Say how many: 'fidesdev db seed --requests 1000 --seed 2'.",
            )
        write = partial(services.seeding.seed, call.workspace)
    else:
        before = None if until is None else parse_since(until, datetime.now(UTC))
        wanted = Wanted(requests, 1 if seed is None else seed, before, bare)
        made = services.request_seeding.seed_requests
        write = partial(made, call.workspace, wanted, on_progress=call.event)
    if dry_run:
        call.show(write(dry_run=True))
        return
    if call.workspace.is_protected:  # elsewhere nobody is asked: rows are only added
        what, planned = "this inserts made-up requests", write(dry_run=True)
        call.consent(what, planned, yes=yes, force_protected=force_protected)
    call.show(write())
