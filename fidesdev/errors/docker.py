"""Docker: the engine, Compose, its file and the services in it."""

from __future__ import annotations

from collections.abc import Sequence

from fidesdev.errors.base import FidesdevError
from fidesdev.errors.lookup import LookupFailed
from fidesdev.errors.migration import Interrupted
from fidesdev.errors.refused import Refused
from fidesdev.errors.unavailable import Unavailable
from fidesdev.errors.usage import ConfigError

WITHOUT_DOCKER = (
    'Without Docker the embedded PostgreSQL works: engine = "embedded" under [fidesdev], '
    "then 'fidesdev db start'."
)
_CONFIG = {True: "docker-compose config", False: "docker compose config"}


class EngineUnavailable(Unavailable):
    """No Docker engine answers: `reason` is missing, down, denied, elsewhere, context or failed."""

    code = "engine_unavailable"

    def __init__(self, message: str, *, remedy: str, reason: str, host: str) -> None:
        super().__init__(message, hint=f"{remedy} {WITHOUT_DOCKER}", reason=reason, host=host)
        self.reason = reason


class ServiceNotRunning(Unavailable):
    """The service has no container that runs."""

    code = "service_not_running"

    def __init__(self, service: str, state: str) -> None:
        super().__init__(
            f"service {service!r} does not run: {state}",
            hint=f"Start it with 'fidesdev docker up {service}'.",
            service=service,
            state=state,
        )


class UnknownService(LookupFailed):
    """The Compose file has no service of that name."""

    code = "unknown_service"

    def __init__(self, name: str, nearest: Sequence[str], known: Sequence[str]) -> None:
        if nearest:
            listed = f"The nearest: {', '.join(nearest)}. "
        else:
            listed = f"It has: {', '.join(known)}. " if known else "It has none. "
        super().__init__(
            f"the Compose file has no service {name!r}",
            hint=f"{listed}See what runs with 'fidesdev docker ps'.",
            service=name,
            nearest=list(nearest),
            services=list(known),
        )


class BrokenComposeFile(ConfigError):
    """Compose does not take the file; facts: file, line (None where unknown), its own words."""

    code = "broken_compose_file"

    def __init__(
        self, said: str, *, file: str | None, line: int | None, older: bool = False
    ) -> None:
        place = f"{file}, line {line}" if line else file or "the Compose file"
        more = " Compose 2 takes more than this docker-compose 1.x." if older else ""
        super().__init__(
            f"{place}: {said}",
            hint=f"Mend it; '{_CONFIG[older]}' shows how Compose reads it.{more}",
            file=file,
            line=line,
            said=said,
        )


class ComposeFileMissing(ConfigError):
    """There is no Compose file, or one that is named does not exist."""

    code = "compose_file_missing"


class DockerError(FidesdevError, RuntimeError):
    """Docker was asked for something and did not do it."""

    code = "docker_failed"


class ComposeFailed(DockerError):
    """Compose ended with an error; its own words are in the message."""

    code = "compose_failed"

    def __init__(self, command: str, said: str, exit_code: int) -> None:
        super().__init__(
            f"'{command}' failed: {said}",
            hint="See the state of the services with 'fidesdev docker ps'.",
            command=command,
            said=said,
            exit_code=exit_code,
        )


class ComposeOutdated(DockerError):
    """This docker-compose 1.x cannot work with this engine."""

    code = "compose_outdated"

    def __init__(self, what: str, *, compose: str, engine: str, remedy: str) -> None:
        super().__init__(
            f"docker-compose {compose} {what} with Docker {engine}",
            hint=f"{remedy} For good: install the compose plugin, 'docker compose'.".strip(),
            compose=compose,
            engine=engine,
        )


class PortTaken(DockerError):
    """A port that a service publishes is in use."""

    code = "port_taken"

    def __init__(
        self, port: str, service: str, holder: str, *, free: int | None, remedy: str
    ) -> None:
        super().__init__(
            f"port {port} of service {service!r} is taken by {holder}",
            hint=remedy,
            port=port,
            service=service,
            holder=holder,
            free_port=free,
        )


class ServiceFailed(DockerError):
    """A service died, is not healthy, or was not ready in time."""

    code = "service_failed"

    def __init__(
        self, service: str, what: str, *, logs: Sequence[str], exit_code: int | None = None
    ) -> None:
        shown = "".join(f"\n  {text}" for text in logs)
        super().__init__(
            f"service {service!r} {what}{shown and '; it said last:'}{shown}",
            hint=f"See all it said with 'fidesdev docker logs {service}'.",
            service=service,
            what=what,
            logs=list(logs),
            exit_code=exit_code,
        )


class SharedProject(Refused):
    """Containers of another checkout carry the same project name, and would go as well."""

    code = "shared_project"

    def __init__(self, project: str, folders: Sequence[str]) -> None:
        super().__init__(
            f"containers of {', '.join(folders)} belong to the project {project!r} too; "
            "nothing was changed",
            hint="Give this checkout a name of its own ('project' under [fidesdev.docker]), or "
            "remove theirs as well with '--yes'.",
            project=project,
            folders=list(folders),
        )


class DockerInterrupted(Interrupted):
    """Ctrl-C while Compose worked or services were waited for; what runs goes on running."""

    def __init__(self, command: str) -> None:
        FidesdevError.__init__(
            self,
            f"'{command}' was interrupted; what it started goes on, nothing else was begun",
            hint="See what runs with 'fidesdev docker ps'; run it again to go on.",
            command=command,
        )
