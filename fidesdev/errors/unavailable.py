"""Something outside does not answer: exit 4."""

from __future__ import annotations

from typing import Any

from fidesdev.errors.base import FidesdevError


class Unavailable(FidesdevError, ConnectionError):
    """Something outside does not answer."""

    code = "unavailable"
    exit_code = 4


class DatabaseUnavailable(Unavailable):
    """No server answers at the address, or it refuses the user."""

    code = "database_unavailable"


class AuthenticationFailed(DatabaseUnavailable):
    """The server answers and refuses the user: unknown role, wrong password, or no such right."""

    code = "authentication_failed"


class JournalFailed(Unavailable):
    """The journal of a database could not be read, or did not take what was to be recorded."""

    code = "journal_failed"

    def __init__(self, place: str, reason: str) -> None:
        super().__init__(
            f"the journal in {place} cannot be used: {reason}",
            hint="Mend the cause, then type the command again; where the database is now: "
            "'fidesdev db status'.",
            place=place,
            reason=reason,
        )


class DatabaseMissing(Unavailable):
    """The server answers and has no database of that name."""

    code = "database_missing"

    def __init__(self, name: str, address: str) -> None:
        super().__init__(
            f"database {name!r} does not exist on {address}",
            hint="Create it with 'fidesdev db create'.",
            database=name,
            address=address,
        )


class ServerMissing(Unavailable):
    """No PostgreSQL programs are installed for the embedded server."""

    code = "server_missing"


class ServerFailed(Unavailable):
    """The embedded server did not start, or stopped badly."""

    code = "server_failed"


class RunnerMissing(Unavailable):
    """The interpreter cannot import what env.py or a revision needs."""

    code = "runner_missing"

    def __init__(self, module: str, config: str, *, place: str = "this environment") -> None:
        super().__init__(
            f"the migrations of {config} import {module!r}, which {place} does not have",
            hint='Write runner = "python:PATH" under [fidesdev] in .fides.toml, naming the Python '
            "that has it, or \"compose:SERVICE\"; then run 'fidesdev db status'.",
            module=module,
            config=config,
            place=place,
        )


class RunnerFailed(Unavailable):
    """The interpreter or container that migrations should run in does not take the worker."""

    code = "runner_failed"

    def __init__(
        self, place: str, reason: str, *, remedy: str, missing_module: str | None = None
    ) -> None:
        super().__init__(
            f"{place} cannot run migrations: {reason}",
            hint=remedy,
            place=place,
            reason=reason,
            missing_module=missing_module,
        )


class CommandMissing(Unavailable):
    """A program that the verb needs is not on PATH."""

    code = "command_missing"


class PackageMissing(Unavailable):
    """An optional Python package that the verb needs is not installed."""

    code = "package_missing"

    def __init__(self, package: str, purpose: str, *, extra: str) -> None:
        super().__init__(
            f"the package {package!r} is not installed; it is needed to {purpose}",
            hint=f"Install it with: pip install 'fidesdev[{extra}]'.",
            package=package,
            extra=extra,
        )


class CannotListen(Unavailable):
    """The address where a server was to be is taken, or is none of this machine."""

    code = "cannot_listen"

    def __init__(self, address: str, reason: str) -> None:
        super().__init__(
            f"nothing can be served at {address}: {reason}",
            hint="'fidesdev api serve --port 0' takes any free port of this machine.",
            address=address,
            reason=reason,
        )


class ApiSilent(Unavailable):
    """No server at the URL says which paths it has."""

    code = "api_silent"

    def __init__(self, url: str, reason: str) -> None:
        super().__init__(
            f"{url} is no OpenAPI document: {reason}",
            hint="Name a server that runs, or its document: "
            "'fidesdev api check http://127.0.0.1:8080/openapi.json'.",
            url=url,
            reason=reason,
        )


class LinterFailed(Unavailable):
    """A linter that is run as a program answered with something else than findings."""

    code = "linter_failed"

    def __init__(self, program: str, exit_code: int, said: str) -> None:
        first = said.splitlines()[0] if said else "nothing"
        super().__init__(
            f"{program} ended with exit code {exit_code} and said: {first}",
            hint=f"See which one runs with '{program} --version'; reinstall it with"
            " pip install --force-reinstall 'fidesdev[lint]'.",
            program=program,
            exit_code=exit_code,
            said=said,
        )


class GitUnavailable(Unavailable):
    """git cannot answer: `reason` is missing, no_repository, not_ours or timeout."""

    code = "git_unavailable"

    def __init__(self, message: str, *, hint: str, reason: str, **facts: Any) -> None:
        super().__init__(message, hint=hint, reason=reason, **facts)
        self.reason = reason

    @classmethod
    def not_installed(cls) -> GitUnavailable:
        """There is no git on PATH."""
        return cls(
            "git is not on PATH",
            hint="Install git; 'git --version' shows that it is found.",
            reason="missing",
        )

    @classmethod
    def no_repository(cls, folder: str) -> GitUnavailable:
        """The folder is in no repository."""
        return cls(
            f"{folder} is in no git repository",
            hint="Run the command in a clone ('fidesdev -C DIR ...').",
            reason="no_repository",
            folder=folder,
        )

    @classmethod
    def not_ours(cls, folder: str, repository: str) -> GitUnavailable:
        """The repository belongs to another user, so that git does not read it."""
        return cls(
            f"git refuses to read {repository}, which belongs to another user",
            hint=f"If you trust it: 'git config --global --add safe.directory {repository}'.",
            reason="not_ours",
            folder=folder,
        )

    @classmethod
    def timed_out(cls, command: str) -> GitUnavailable:
        """git did not answer in time."""
        return cls(
            f"'git {command}' took too long",
            hint="See whether 'git gc' makes the repository faster.",
            reason="timeout",
        )
