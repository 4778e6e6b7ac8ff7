"""`fidesdev docker doctor`: what is wrong with Docker for this project."""

from __future__ import annotations

import typer

from fidesdev import services
from fidesdev.cli.docker import app
from fidesdev.cli.invocation import invocation
from fidesdev.cli.parsing import Verb


@app.command(cls=Verb)
def doctor(ctx: typer.Context) -> None:
    """Look at engine, Compose, file, ports, volumes and database; exit 3 when one is wrong."""
    call = invocation(ctx)
    report = services.docker_doctor.examine(call.workspace)
    call.show(report, exit_code=0 if report.is_healthy else 3)
