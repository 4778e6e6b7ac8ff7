"""`fidesdev docker clean`: what is this project's goes from the engine, and nothing else."""

from __future__ import annotations

import sys
from typing import Annotated

import typer

from fidesdev import services
from fidesdev.cli.docker import app
from fidesdev.cli.invocation import DryRun, ForceProtected, Invocation, Yes, invocation
from fidesdev.cli.parsing import Verb
from fidesdev.errors import ConfirmationNeeded, Declined, ProtectedDatabase
from fidesdev.render.cleaning import counted_kinds
from fidesdev.services.cleaning import PlannedCleaning

Volumes = Annotated[bool, typer.Option("--volumes", help="Remove the project's volumes too.")]
Images = Annotated[bool, typer.Option("--images", help="Remove the images that its file builds.")]
Everything = Annotated[bool, typer.Option("--all", help="As --volumes --images.")]
NoSnapshot = Annotated[
    bool, typer.Option("--no-snapshot", help="Do not save the databases of volumes that go.")
]


@app.command(cls=Verb)
def clean(
    ctx: typer.Context,
    volumes: Volumes = False,
    images: Images = False,
    everything: Everything = False,
    no_snapshot: NoSnapshot = False,
    dry_run: DryRun = False,
    yes: Yes = False,
    force_protected: ForceProtected = "",
) -> None:
    """Remove this Compose project's containers and networks; volumes and images when asked to."""
    call = invocation(ctx)
    planned = services.cleaning.plan(
        call.workspace,
        volumes=volumes or everything,
        images=images or everything,
        snapshot=not no_snapshot,
    )
    if dry_run or not planned.kinds:
        call.show(planned.report)
        return
    if not call.output.as_json:
        call.output.report(call.command, planned.report)
        sys.stdout.flush()
    _consent(call, planned, yes=yes, force_protected=force_protected)
    call.show(services.cleaning.carry_out(planned, call.event))


def _consent(
    call: Invocation, planned: PlannedCleaning, *, yes: bool, force_protected: str
) -> None:
    """Go on only when somebody agreed; nothing was changed otherwise."""
    place = planned.report.place
    what = f"this removes {counted_kinds(planned.kinds)} of project {place.project}"
    if planned.guarded is not None and not (yes and force_protected == planned.guarded):
        raise ProtectedDatabase(planned.guarded, what)
    if yes:
        return
    if not call.output.can_ask:
        raise ConfirmationNeeded(what)
    if not call.output.ask(f"{what[0].upper()}{what[1:]} on {place.engine}. Go on?"):
        raise Declined
