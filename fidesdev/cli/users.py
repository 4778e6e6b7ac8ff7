"""`fidesdev users`: who can log in to Fides."""

from __future__ import annotations

from typing import Annotated

import typer

from fidesdev import services
from fidesdev.cli.invocation import DryRun, ForceProtected, Yes, invocation
from fidesdev.cli.parsing import Verb, group
from fidesdev.cli.records import After, All, Limit, SortBy, Values, Where, show_list
from fidesdev.cli.rows import Format, FormatOption
from fidesdev.core.field_values import parse_assignments
from fidesdev.core.users import ROLES, TABLE
from fidesdev.errors import UsageError

app = group("Users of Fides: the records of fidesuser, with roles and passwords.")

User = Annotated[
    str, typer.Argument(metavar="USER", help="An id, a user name or an e-mail address.")
]
Role = Annotated[
    list[str] | None,
    typer.Option("--role", metavar="ROLE", help=f"One of {', '.join(ROLES)}; repeatable."),
]
Password = Annotated[bool, typer.Option("--password", help="Ask for a password.")]
PasswordStdin = Annotated[
    bool, typer.Option("--password-stdin", help="Read a password from standard input.")
]


@app.command("list", cls=Verb)
def list_(
    ctx: typer.Context,
    where: Where = None,
    sort: SortBy = None,
    limit: Limit = None,
    after: After = None,
    every: All = False,
    format_: FormatOption = Format.TABLE,
) -> None:
    """List users; hashes and salts are not shown."""
    call = invocation(ctx)
    show_list(call, TABLE, (where, sort, after), limit=limit, every=every, format_=format_)


@app.command(cls=Verb)
def get(ctx: typer.Context, user: User) -> None:
    """Show one user and the roles."""
    call = invocation(ctx)
    call.show(services.users.get(call.workspace, user))


@app.command(cls=Verb)
def create(
    ctx: typer.Context,
    username: Annotated[str, typer.Argument(metavar="USERNAME", help="The name to log in by.")],
    values: Values = None,
    role: Role = None,
    password: Password = False,
    password_stdin: PasswordStdin = False,
    dry_run: DryRun = False,
    _yes: Yes = False,
) -> None:
    """Create a user, by default a viewer without a password."""
    call = invocation(ctx)
    report = services.users.create(
        call.workspace,
        username,
        parse_assignments(values or ()),
        password=_password(username, asked=password, piped=password_stdin),
        roles=tuple(role or ()),
        dry_run=dry_run,
    )
    call.show(report)


@app.command(cls=Verb)
def update(
    ctx: typer.Context,
    user: User,
    values: Values = None,
    role: Role = None,
    password: Password = False,
    password_stdin: PasswordStdin = False,
    dry_run: DryRun = False,
    _yes: Yes = False,
) -> None:
    """Change fields, roles or the password of a user."""
    call = invocation(ctx)
    report = services.users.update(
        call.workspace,
        user,
        parse_assignments(values or ()),
        password=_password(user, asked=password, piped=password_stdin),
        roles=tuple(role or ()),
        dry_run=dry_run,
    )
    call.show(report)


@app.command(cls=Verb)
def delete(
    ctx: typer.Context,
    users: Annotated[
        list[str], typer.Argument(metavar="USER...", help="Ids, user names or e-mail addresses.")
    ],
    dry_run: DryRun = False,
    yes: Yes = False,
    force_protected: ForceProtected = "",
) -> None:
    """Delete users with their clients and permissions; shows first what goes along."""
    call = invocation(ctx)
    preview = None
    if dry_run or not (yes or call.workspace.is_protected):
        preview = services.users.delete(call.workspace, users, dry_run=True)
    if dry_run:
        return call.show(preview)
    what = f"this deletes {len(users)} user{'' if len(users) == 1 else 's'}"
    call.consent(what, preview, yes=yes, force_protected=force_protected)
    return call.show(services.users.delete(call.workspace, users))


def _password(user: str, *, asked: bool, piped: bool) -> str | None:
    if asked and piped:
        raise UsageError("--password and --password-stdin are two ways", hint="Give one of them.")
    if piped:
        return services.users.read_password()
    return services.users.ask_password(user) if asked else None
