"""`fidesdev api`: the URLs of the API, by version."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Annotated

import typer

from fidesdev import services
from fidesdev.cli.invocation import DryRun, ForceProtected, Yes, invocation
from fidesdev.cli.parsing import Verb, group
from fidesdev.cli.rows import Format, FormatOption, print_rows
from fidesdev.core.api import ApiServed, ApiUrl
from fidesdev.errors import UsageError

app = group("The URLs of the API, by version; served, and compared with a server's.")

Version = Annotated[str | None, typer.Option("--version", metavar="V", help="As in v1.")]


@app.command(cls=Verb)
def urls(
    ctx: typer.Context,
    version: Version = None,
    search: Annotated[
        str, typer.Option(metavar="TEXT", help="Only names and paths that have TEXT.")
    ] = "",
    format_: FormatOption = Format.TABLE,
) -> None:
    """List every URL of the API with its name."""
    call = invocation(ctx)
    report = services.api.urls(version=version, search=search)
    if format_ is Format.TABLE:
        call.show(report)
    else:
        print_rows(call, report.urls, ApiUrl, format_)


@app.command(cls=Verb)
def url(
    ctx: typer.Context,
    name: Annotated[str, typer.Argument(metavar="NAME", help="As 'fidesdev api urls' lists it.")],
    parameters: Annotated[
        list[str] | None,
        typer.Argument(metavar="KEY=VALUE...", help="The parts of the path in braces."),
    ] = None,
    version: Version = None,
) -> None:
    """Print one URL with its parameters filled in and quoted."""
    call = invocation(ctx)
    call.show(services.api.url(name, _pairs(parameters or ()), version=version))


@app.command(cls=Verb)
def serve(
    ctx: typer.Context,
    host: Annotated[
        str, typer.Option(metavar="HOST", help="Where to listen; this machine alone by default.")
    ] = "127.0.0.1",
    port: Annotated[
        int, typer.Option(metavar="N", min=0, max=65535, help="0: any that is free.")
    ] = 8000,
    version: Version = None,
    dry_run: DryRun = False,
    yes: Yes = False,
    force_protected: ForceProtected = "",
) -> None:
    """Serve privacy requests of the database over HTTP until Ctrl-C. There is no authentication."""
    from fidesdev.web import serving

    call = invocation(ctx)
    space = call.workspace
    planned = serving.plan(space, host=host, port=port, version=version)
    if dry_run:
        call.show(planned)
        return
    if not planned.loopback or space.is_protected:
        call.consent(
            f"without any password, this lets everybody who reaches {planned.url} change requests",
            planned,
            yes=yes,
            force_protected=force_protected,
        )

    def tell(served: ApiServed) -> None:
        call.output.say(f"Serving {served.url} (see /docs there); Ctrl-C ends it.")

    call.show(serving.serve(space, planned, host=host, port=port, on_start=tell))


@app.command(cls=Verb)
def check(
    ctx: typer.Context,
    address: Annotated[
        str, typer.Argument(metavar="URL", help="A running server, or its OpenAPI document.")
    ],
    version: Version = None,
    search: Annotated[
        str, typer.Option(metavar="TEXT", help="Look only for names and paths that have TEXT.")
    ] = "",
) -> None:
    """Compare a running server's paths with the registry. Exit 3 when it lacks some."""
    call = invocation(ctx)
    report = services.api.check(address, version=version, search=search)
    call.show(report, exit_code=3 if report.missing else 0)


def _pairs(texts: Iterable[str]) -> dict[str, str]:
    pairs: dict[str, str] = {}
    for key, value in map(_pair, texts):
        if key in pairs:
            raise UsageError(f"{key} is given twice", hint="Give it once.")
        pairs[key] = value
    return pairs


def _pair(text: str) -> tuple[str, str]:
    key, equals, value = text.partition("=")
    if not (key and equals):
        raise UsageError(
            f"{text!r} is not KEY=VALUE",
            hint="As in 'fidesdev api url PRIVACY_REQUEST_DETAIL privacy_request_id=pri_1'.",
        )
    return key, value
