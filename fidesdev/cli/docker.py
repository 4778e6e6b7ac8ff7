"""`fidesdev docker`: the project's containers."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated

import typer

from fidesdev import services
from fidesdev.cli.invocation import DryRun, Yes, invocation
from fidesdev.cli.parsing import Verb, group
from fidesdev.cli.rows import Format, FormatOption, print_rows
from fidesdev.errors import UsageError

if TYPE_CHECKING:
    from typer._click import Context

ELSEWHERE = {
    "clean": "fidesdev.cli.docker_clean",
    "doctor": "fidesdev.cli.docker_doctor",
    "rebuild": "fidesdev.cli.docker_rebuild",
}
"""Verb -> the module that adds it to the app, imported when it is needed."""

app = group(
    "The project's containers: whatever its Compose file describes, else a PostgreSQL.", ELSEWHERE
)

Services = Annotated[
    list[str] | None,
    typer.Argument(metavar="[SERVICE]...", help="Only these services; all of them by default."),
]


class CommandVerb(Verb):
    """A verb with somebody else's command line after `--`, kept in `ctx.obj`."""

    def parse_args(self, ctx: Context, args: list[str]) -> list[str]:
        """Parse what stands before the dashes."""
        if "--" in args:
            dashes = args.index("--")
            ctx.obj["after_dashes"] = args[dashes + 1 :]
            args = args[:dashes]
        return super().parse_args(ctx, args)


@app.command(cls=Verb)
def up(
    ctx: typer.Context,
    services_: Services = None,
    build: Annotated[bool, typer.Option("--build", help="Build images first.")] = False,
    wait: Annotated[
        bool, typer.Option("--wait", help="Wait until the services are healthy.")
    ] = False,
    wait_timeout: Annotated[
        float, typer.Option(metavar="S", min=1, help="With --wait: at most S seconds.")
    ] = 300.0,
    dry_run: DryRun = False,
    _yes: Yes = False,
) -> None:
    """Start the services, detached; without a Compose file a PostgreSQL as [database] says."""
    call = invocation(ctx)
    if dry_run:
        call.show(services.containers.plan_up(call.workspace, services_ or ()))
        return
    call.show(
        services.containers.up(
            call.workspace,
            services_ or (),
            build=build,
            wait=wait_timeout if wait else None,
            on_event=call.event,
        )
    )


@app.command(cls=Verb)
def down(ctx: typer.Context, dry_run: DryRun = False, yes: Yes = False) -> None:
    """Remove the project's containers and networks; volumes and images stay."""
    call = invocation(ctx)
    call.show(
        services.containers.down(call.workspace, dry_run=dry_run, shared=yes, on_event=call.event)
    )


@app.command(cls=Verb)
def ps(ctx: typer.Context, format_: FormatOption = Format.TABLE) -> None:
    """List the project's containers, running or not."""
    call = invocation(ctx)
    report = services.containers.ps(call.workspace)
    if format_ is Format.TABLE:
        call.show(report)
    else:
        from fidesdev.core.containers import ContainerRow

        print_rows(call, report.containers, ContainerRow, format_)


@app.command(cls=Verb)
def logs(
    ctx: typer.Context,
    services_: Services = None,
    follow: Annotated[
        bool, typer.Option("-f", "--follow", help="Go on as more is said; Ctrl-C ends it.")
    ] = False,
    tail: Annotated[
        int | None, typer.Option(metavar="N", min=0, help="The last N lines of each container.")
    ] = None,
) -> None:
    """Show what the services said, in the order of time."""
    call = invocation(ctx)
    access = services.container_access
    if not follow:
        call.show(access.logs(call.workspace, services_ or (), tail=tail))
        return
    if call.output.as_json:
        raise UsageError(
            "--json wants an end, and --follow has none", hint="Leave one of them out."
        )
    from fidesdev.render.containers import log_line

    for line in access.follow_logs(call.workspace, services_ or (), tail=tail):
        call.output.blocks([log_line(line)])
        call.output.flush()


@app.command(cls=CommandVerb)
def shell(
    ctx: typer.Context,
    service: Annotated[
        str, typer.Argument(metavar="[SERVICE] [-- CMD...]", help="Where, and what to run there.")
    ] = "",
    dry_run: DryRun = False,
    _yes: Yes = False,
) -> None:
    """Run a shell, or a command given after --, in a service's container; exits as that does."""
    call = invocation(ctx)
    as_json = call.output.as_json
    command = ctx.obj.get("after_dashes", [])
    if as_json and not command and not dry_run:
        raise UsageError(
            "--json wants a command to run", hint="Name it: 'fidesdev docker shell SERVICE -- ls'."
        )
    done = services.container_access.shell(
        call.workspace, service, command, captured=as_json, dry_run=dry_run
    )
    if as_json or dry_run:
        call.show(done, exit_code=done.exit_code)
    elif done.exit_code:
        raise typer.Exit(done.exit_code)
