"""Looking around in an Alembic project, and writing down what cannot be found again by itself."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

from fidesdev.config.files import FILE_NAMES
from fidesdev.config.keys import DEFAULTS
from fidesdev.core.initialising import (
    HEAD,
    Found,
    InitReport,
    Value,
    masked,
    settings_of,
    toml_text,
)
from fidesdev.core.url import DatabaseUrl
from fidesdev.errors import (
    AlembicConfigMissing,
    ComposeFileMissing,
    ConfigError,
    GitUnavailable,
    PackageMissing,
    RunnerMissing,
    UnknownService,
    UpstreamMissing,
    UsageError,
)

if TYPE_CHECKING:
    from fidesdev.adapters.compose_servers import ComposeServer, ComposeServices
    from fidesdev.services.workspace import Workspace

_RUNNERS = ("in-process", "python:", "compose:")
_DEFAULT_PORT = 5432
_VARIABLE, _NONE = "DATABASE_URL", "none"


@dataclass(frozen=True, slots=True)
class Answers:
    """What was said on the command line instead of being looked for; empty where nothing was."""

    alembic_config: str = ""
    runner: str = ""
    database: str = ""
    """`DATABASE_URL`, the name of a Compose service, or `none`."""
    upstream: str = ""


@dataclass(frozen=True, slots=True)
class Looked:
    """What was found, ready to be shown and then to be written."""

    report: InitReport
    settings: Mapping[str, Value] = field(repr=False)
    """What the file has to say, with the password."""


def look(workspace: Workspace, answers: Answers | None = None) -> Looked:
    """What is found, and the smallest file that says the rest; nothing is written.

    Raises `AlembicConfigMissing`, or the `ConfigError` of an Alembic file that cannot be used.
    """
    answers = answers or Answers()
    alembic = _alembic(workspace, answers)
    found = [alembic]
    if alembic.value:
        found += _beyond(_with(workspace, alembic_config=alembic.value), answers)
    path = workspace.settings.project / FILE_NAMES[0]
    shown = tuple(map(masked, found))
    report = InitReport(
        project=str(workspace.settings.project),
        path=str(path),
        found=shown,
        content=toml_text(settings_of(shown)),
        exists=path.exists() or path.is_symlink(),
        executed=False,
    )
    return Looked(report, settings_of(found))


def write(looked: Looked) -> InitReport:
    """Write the file, unless it is there or a choice is open.

    Raises `ConfigError` where it cannot be written.
    """
    from fidesdev.services.configuration import write_new

    report = looked.report
    if report.exists or report.is_open:
        return report
    write_new(Path(report.path), f"{HEAD}\n{toml_text(looked.settings) or '[fidesdev]'}\n")
    return replace(report, executed=True)


def _beyond(workspace: Workspace, answers: Answers) -> Iterator[Found]:
    """Everything that hangs on the Alembic file."""
    services, compose = _compose(workspace)
    yield from _models(workspace)
    yield _runner(workspace, services, answers)
    yield compose
    yield _database(workspace, services, answers)
    yield _upstream(workspace, answers)


def _alembic(workspace: Workspace, answers: Answers) -> Found:
    from fidesdev.adapters.alembic_config import alembic_files, find_alembic_config

    project, configured = workspace.settings.project, workspace.settings.tool.alembic_config
    said = answers.alembic_config or configured
    if said:
        path = find_alembic_config(project, said)
        why = "--alembic-config" if answers.alembic_config else "alembic_config is set"
        wanted = {} if said == configured else {"fidesdev.alembic_config": said}
        return Found("alembic", _near(project, path), why, settings=wanted)
    candidates = alembic_files(project)
    if not candidates:
        raise AlembicConfigMissing(str(project))
    try:
        path = find_alembic_config(project, None)
    except ConfigError:
        return _unusual(candidates)
    others = len(candidates) - 1
    why = f"the usual place, before {others} more" if others else "the only one"
    return Found("alembic", _near(project, path), why)


def _unusual(candidates: tuple[str, ...]) -> Found:
    """What verbs do not find by themselves: the only file, or which of several?"""
    if len(candidates) > 1:
        why = f"{len(candidates)} files configure Alembic"
        return Found("alembic", None, why, candidates, "--alembic-config")
    wanted: dict[str, Value] = {"fidesdev.alembic_config": candidates[0]}
    return Found("alembic", candidates[0], "the only one; verbs need to be told", settings=wanted)


def _models(workspace: Workspace) -> Iterator[Found]:
    """The metadata that autogenerate compares with, and how env.py finds its database."""
    from fidesdev.core.env_facts import read_env

    env = workspace.alembic.script_location / "env.py"
    try:
        facts = read_env(env.read_bytes())
    except OSError:
        yield Found("models", None, f"there is no {env}")
        return
    where = f" of {facts.module}" if facts.module else ""
    if facts.metadata:
        yield Found("models", f"{facts.metadata}{where}", "target_metadata in env.py")
    else:
        yield Found("models", None, "env.py has no target_metadata: autogenerate compares nothing")
    known = workspace.settings.tool.runner_env
    unset = {name: "{url}" for name in facts.variables if name not in known}
    if unset:
        names = ", ".join(unset)
        why = f"env.py reads {names}: migrations get the database's URL there"
        yield Found("env.py", names, why, settings={"fidesdev.runner_env": {**known, **unset}})
    elif facts.url and not known:
        why = "env.py sets its URL itself; a database other than the planned one is refused"
        hint = "Where it reads variables, write runner_env under [fidesdev]."
        yield Found("env.py", facts.url, why, hint=hint)


def _runner(workspace: Workspace, services: ComposeServices | None, answers: Answers) -> Found:
    """Where migrations run: as it is found, else in a service that is built from the checkout."""
    said = answers.runner
    wanted: dict[str, Value] = {}
    if said == "auto":
        return Found("runner", said, "--runner: it is looked for each time")
    if said:
        if not said.startswith(_RUNNERS):
            raise UsageError(f"no runner {said!r}", hint="See 'fidesdev init --help'.")
        wanted = {"fidesdev.runner": said} if said != workspace.settings.tool.runner else {}
        workspace = _with(workspace, runner=said)
    try:
        place = workspace.place
    except RunnerMissing as error:
        return _container(error, services)
    if (named := workspace.settings.tool.runner) != "auto":
        return Found("runner", named, "--runner" if said else "runner is set", settings=wanted)
    if place is None:
        return Found("runner", "this Python", "it has all that env.py imports")
    why = "the project's own environment has Alembic"
    return Found("runner", _near(workspace.settings.project, Path(str(place))), why)


def _container(error: RunnerMissing, services: ComposeServices | None) -> Found:
    lacking = f"env.py imports {error.facts['module']!r}, which no environment here has"
    able = (services.connected or services.built) if services else ()
    choices = tuple(f"compose:{name}" for name in able)
    if services and len(services.connected) == 1:
        why = f"{lacking}; of the services with this checkout, only this one waits for a database"
        return Found("runner", choices[0], why, settings={"fidesdev.runner": choices[0]})
    hint = None if choices else "Install the project in .venv, or name its Python with --runner."
    return Found("runner", None, lacking, choices, "--runner", hint)


def _compose(workspace: Workspace) -> tuple[ComposeServices | None, Found]:
    from fidesdev.adapters.compose_files import ComposeChoice, find_compose_files
    from fidesdev.adapters.compose_servers import read_services

    settings = workspace.settings
    choice = ComposeChoice(settings.project, settings.tool.docker.files)
    try:
        found = find_compose_files(choice, workspace.environ, older=False)
        if not found.paths:
            return None, Found("compose", None, "no Compose file in the project folder or above")
        services = read_services(found.paths, workspace.environ)
    except (ComposeFileMissing, PackageMissing) as error:
        return None, Found("compose", None, str(error), hint=error.hint)
    files = ", ".join(_near(settings.project, path) for path in found.paths)
    servers = ", ".join(server.name for server in services.servers)
    why = f"PostgreSQL: {servers}" if servers else "no service runs PostgreSQL"
    return services, Found("compose", files, why)


def _database(workspace: Workspace, services: ComposeServices | None, answers: Answers) -> Found:
    """The URL and who names it; where nobody does, a variable that is set or a service."""
    source = workspace.database_source if not workspace.is_embedded else None
    if source is None:
        return Found("database", "the embedded server", 'engine = "embedded" is set')
    if answers.database == _NONE or (source.kind != "default" and not answers.database):
        return Found("database", str(workspace.written_database), f"named by {source}")
    servers = {server.name: server for server in services.servers} if services else {}
    is_set = bool(workspace.environ.get(_VARIABLE))
    choices = (*([_VARIABLE] if is_set else []), *servers)
    chosen = answers.database or (choices[0] if len(choices) == 1 else "")
    if chosen == _VARIABLE:
        why, wanted = f"the variable {_VARIABLE}", {"fidesdev.use_database_url": True}
        return Found("database", _VARIABLE, why, settings=wanted)
    if chosen in servers:
        return _service(servers[chosen])
    if chosen:
        raise UnknownService(chosen, (), choices)
    if choices:
        return Found("database", None, "several may be meant", choices, "--database")
    hint = "Name it under [database] in .fides.toml, or with '--database-url'."
    why = "nothing names one: the defaults hold"
    return Found("database", str(workspace.written_database), why, hint=hint)


def _service(server: ComposeServer) -> Found:
    """The database of a Compose service, as it is reached from here."""
    port = server.port or _DEFAULT_PORT
    said = {"port": str(port), "user": server.user, "db": server.database}
    hint = None
    if server.password is not None:
        said["password"] = server.password
    else:
        hint = "Give its password, which is not in the file, by FIDES__DATABASE__PASSWORD."
    if server.port is None:
        hint = "Its port is not published: publish 5432 under its 'ports', or run it another way."
    url = DatabaseUrl("postgresql", server.database, "localhost", port, server.user)
    why = f"service {server.name} of the Compose file"
    usual = DEFAULTS["database"]
    wanted = {f"database.{k}": value for k, value in said.items() if value != str(usual[k])}
    return Found("database", str(url), why, hint=hint, settings=wanted)


def _upstream(workspace: Workspace, answers: Answers) -> Found:
    from fidesdev.adapters.git import remote_default
    from fidesdev.services.git_targets import repository, upstream

    wanted: dict[str, Value] = {}
    if answers.upstream:
        if answers.upstream != workspace.settings.tool.upstream:
            wanted = {"fidesdev.upstream": answers.upstream}
        workspace = _with(workspace, upstream=answers.upstream)
    try:
        found = upstream(workspace)
        default = remote_default(repository(workspace))
    except (GitUnavailable, UpstreamMissing) as error:
        if answers.upstream:
            raise
        return Found("upstream", None, str(error), option="--upstream", hint=error.hint)
    if workspace.settings.tool.upstream:
        why = "--upstream" if answers.upstream else "upstream is set"
    else:
        why = "the remote's default branch" if found == default else "a usual name"
    return Found("upstream", found, why, settings=wanted)


def _with(workspace: Workspace, **tool: Any) -> Workspace:
    """The workspace, with other settings of our section."""
    settings = workspace.settings
    return replace(workspace, settings=replace(settings, tool=replace(settings.tool, **tool)))


def _near(project: Path, path: Path) -> str:
    """The path from the project folder, where it is in there."""
    return str(path.relative_to(project) if project in path.parents else path)
