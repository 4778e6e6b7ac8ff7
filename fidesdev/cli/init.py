"""`fidesdev init`: the settings of an Alembic project, from what is found in it."""

from __future__ import annotations

from typing import Annotated

import typer

from fidesdev import services
from fidesdev.cli.invocation import DryRun, Yes, invocation
from fidesdev.cli.parsing import Verb
from fidesdev.services.initialising import Answers

app = typer.Typer(add_completion=False, rich_markup_mode=None, pretty_exceptions_enable=False)

AlembicFile = Annotated[
    str, typer.Option("--alembic-config", metavar="FILE", help="The ini, or pyproject.toml.")
]
Runner = Annotated[
    str, typer.Option(metavar="RUNNER", help="python:PATH, compose:SERVICE, in-process or auto.")
]
Database = Annotated[
    str, typer.Option(metavar="SERVICE", help="A Compose service, DATABASE_URL or none.")
]
Upstream = Annotated[str, typer.Option(metavar="REF", help="Where revisions are merged into.")]


@app.command(cls=Verb)
def init(
    ctx: typer.Context,
    alembic_config: AlembicFile = "",
    runner: Runner = "",
    database: Database = "",
    upstream: Upstream = "",
    dry_run: DryRun = False,
    _yes: Yes = False,
) -> None:
    """Find ini, models, Python, Compose file and upstream; write what is missing to .fides.toml."""
    call = invocation(ctx)
    answers = Answers(alembic_config, runner, database, upstream)
    looked = services.initialising.look(call.workspace, answers)
    if looked.report.is_open and not looked.report.exists:
        call.show(looked.report, exit_code=2)
    call.show(looked.report if dry_run else services.initialising.write(looked))
