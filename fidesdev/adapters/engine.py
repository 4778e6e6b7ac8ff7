"""The Docker engine, asked through its API."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from datetime import datetime
from types import TracebackType
from typing import Any

from fidesdev.adapters.engine_address import check_answer, engine_address
from fidesdev.core.compose import Port
from fidesdev.core.engine import (
    FILES_LABEL,
    FOLDER_LABEL,
    ONEOFF_LABEL,
    PROJECT_LABEL,
    SERVICE_LABEL,
    Container,
    EngineAddress,
    EngineVersion,
    Publisher,
)
from fidesdev.errors import DockerError, EngineUnavailable

_SECONDS = 60
_FIRST_SECONDS = 10
"""For the first answer: an engine that takes the connection and says nothing is soon given up."""
_EVERY_ADDRESS = {"0.0.0.0", "::"}  # noqa: S104 - what the engine says, not where we listen


def open_engine(environ: Mapping[str, str]) -> Engine:
    """The engine that the docker program would use; raises `EngineUnavailable`."""
    address, tls = engine_address(environ)
    check_answer(address, environ)
    from docker import APIClient

    try:
        client = APIClient(
            base_url=address.host,
            version="auto",
            timeout=_FIRST_SECONDS,
            tls=tls or False,
            use_ssh_client=True,
            user_agent="fidesdev",
        )
        engine = Engine(address, client)
        client.timeout = _SECONDS
        return engine
    except Exception as error:  # of docker, requests, urllib3, ssl and paramiko
        raise EngineUnavailable(
            f"the Docker engine does not answer at {address}: {_reason(error)}",
            remedy=_remedy(address),
            reason="failed",
            host=address.host,
        ) from error


class Engine:
    """A connection to an engine; a context manager. Its methods raise `DockerError`."""

    def __init__(self, address: EngineAddress, client: Any) -> None:
        self.address = address
        self.client = client
        """docker's low-level `APIClient`, for what the methods here do not ask."""
        told = client.version()
        self.version = EngineVersion(
            version=told.get("Version", ""),
            api=told.get("ApiVersion", ""),
            oldest_api=told.get("MinAPIVersion") or "1.12",
            platform=f"{told.get('Os', '')}/{told.get('Arch', '')}",
        )

    def __enter__(self) -> Engine:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        self.client.close()

    def containers(self, project: str | None = None) -> tuple[Container, ...]:
        """The containers of a Compose project, or all, stopped ones too; by service and name."""
        label = f"{PROJECT_LABEL}={project}" if project else None
        with answering():
            listed = self.client.containers(all=True, filters={"label": label} if label else None)
            found = [one for row in listed if (one := self.container(row["Id"])) is not None]
        return tuple(sorted(found, key=lambda one: (one.project, one.service, one.name)))

    def container(self, id_: str) -> Container | None:
        """One container by its id or name; None when there is none, or no more."""
        from docker.errors import NotFound

        with answering():
            try:
                return _container(self.client.inspect_container(id_))
            except NotFound:
                return None

    def publishers(self) -> tuple[Publisher, ...]:
        """The running containers of any project that publish ports, once for each port."""
        with answering():
            rows = self.client.containers()
        return tuple(
            Publisher(
                port=_published(said),
                container_id=row["Id"],
                container=row["Names"][0].lstrip("/"),
                project=(row.get("Labels") or {}).get(PROJECT_LABEL, ""),
            )
            for row in rows
            for said in row.get("Ports") or ()
            if said.get("PublicPort")
        )

    def logs(
        self, id_: str, *, tail: int | None = None, follow: bool = False
    ) -> Iterator[tuple[str, str]]:
        """(time, line) of what a container said, in its order; the time in UTC as the engine's."""
        with answering():
            said = self.client.logs(
                id_,
                stdout=True,
                stderr=True,
                stream=True,
                follow=follow,
                timestamps=True,
                tail="all" if tail is None else tail,
            )
            for line in _lines(said):
                time, _, text = line.partition(" ")
                yield time, text

    def health_output(self, id_: str) -> str:
        """How the container's health check ended the last time, and what it printed."""
        with answering():
            state = self.client.inspect_container(id_)["State"]
        log = (state.get("Health") or {}).get("Log") or [{}]
        code, said = log[-1].get("ExitCode"), log[-1].get("Output", "").strip()
        return f"exit code {code}{said and ': '}{said}"


@contextmanager
def answering() -> Iterator[None]:
    """Turn what the SDK raises into `DockerError`, with the engine's own words."""
    from docker.errors import DockerException
    from requests.exceptions import RequestException

    try:
        yield
    except (DockerException, RequestException) as error:
        raise DockerError(
            f"the Docker engine says: {_reason(error)}",
            hint="See whether 'docker ps' answers.",
        ) from error


def _reason(error: BaseException) -> str:
    """The engine's own words, or the innermost error's."""
    if told := getattr(error, "explanation", None):
        return str(told).strip()
    while error.__cause__ is not None or error.__context__ is not None:
        error = error.__cause__ or error.__context__ or error
    return str(error).strip() or type(error).__name__


def _remedy(address: EngineAddress) -> str:
    """What to do where nothing more is known; the SDK's way by ssh is an extra of its own."""
    from importlib.util import find_spec

    if address.host.startswith("ssh://") and find_spec("paramiko") is None:
        return "By ssh it needs one more package: pip install 'docker[ssh]'."
    return "See whether 'docker version' answers."


def _lines(parts: Iterator[bytes]) -> Iterator[str]:
    """Lines of what arrives in parts."""
    rest = b""
    for part in parts:
        *whole, rest = (rest + part).split(b"\n")
        yield from (line.decode("utf-8", "replace").rstrip("\r") for line in whole)
    if rest:
        yield rest.decode("utf-8", "replace")


def _container(facts: Mapping[str, Any]) -> Container:
    config, state = facts["Config"], facts["State"]
    labels = config.get("Labels") or {}
    has_ended = state["Status"] in {"exited", "dead"}
    health = (state.get("Health") or {}).get("Status")
    return Container(
        id=facts["Id"],
        name=facts["Name"].lstrip("/"),
        project=labels.get(PROJECT_LABEL, ""),
        service=labels.get(SERVICE_LABEL, ""),
        image=config["Image"],
        image_id=facts["Image"],
        state=state["Status"],
        health=None if health in {None, "none"} or has_ended else health,
        exit_code=state["ExitCode"] if has_ended or state["Status"] == "restarting" else None,
        ports=tuple(dict.fromkeys(_ports(facts))),
        created=_moment(facts["Created"]) or datetime.min,
        started=_moment(state.get("StartedAt", "")),
        restarts=facts.get("RestartCount") or 0,
        folder=labels.get(FOLDER_LABEL, ""),
        files=tuple(filter(None, labels.get(FILES_LABEL, "").split(","))),
        is_oneoff=labels.get(ONEOFF_LABEL) == "True",
    )


def _published(said: Mapping[str, Any]) -> Port:
    host = said.get("IP") or ""
    return Port(
        target=said["PrivatePort"],
        published=said["PublicPort"],
        host_ip="" if host in _EVERY_ADDRESS else host,
        protocol=said.get("Type") or "tcp",
    )


def _ports(facts: Mapping[str, Any]) -> Iterator[Port]:
    """What is published now, else what is to be when it runs; then what is only exposed."""
    bound = facts.get("NetworkSettings", {}).get("Ports") or {}
    asked = facts.get("HostConfig", {}).get("PortBindings") or {}
    for key in sorted({*bound, *asked}, key=_port_number):
        protocol = key.partition("/")[2] or "tcp"
        bindings = bound.get(key) or asked.get(key)
        for one in bindings or [{}]:
            outside, host = one.get("HostPort") or "", one.get("HostIp") or ""
            published = int(outside) if outside.isdecimal() and outside != "0" else None
            address = "" if host in _EVERY_ADDRESS else host
            yield Port(_port_number(key), published, address, protocol)


def _port_number(key: str) -> int:
    return int(key.partition("/")[0])


def _moment(text: str) -> datetime | None:
    """A time of the engine; None for year 1, its way to say never."""
    return None if not text or text.startswith("0001-") else datetime.fromisoformat(text)
