"""Which Docker engine is talked to: what the docker program itself would choose."""

from __future__ import annotations

import errno
import os
import socket
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from fidesdev.core.engine import EngineAddress
from fidesdev.errors import EngineUnavailable, PackageMissing

_SECONDS = 3.0
_TCP_PORT = 2375
_DEFAULT = "unix:///var/run/docker.sock"


def engine_address(environ: Mapping[str, str]) -> tuple[EngineAddress, Any]:
    """The engine that DOCKER_HOST, DOCKER_CONTEXT or the current context names, and its TLS.

    Raises `PackageMissing`, or `EngineUnavailable` where the context does not exist.
    """
    try:
        from docker.context import ContextAPI
        from docker.context.config import get_current_context_name
        from docker.utils import kwargs_from_env
    except ImportError as error:
        raise PackageMissing("docker", "talk to the Docker engine", extra="docker") from error
    if environ.get("DOCKER_HOST"):
        try:
            given = kwargs_from_env(dict(environ))
        except Exception as error:  # a certificate that is not there, of several types
            raise _unusable("DOCKER_HOST", environ["DOCKER_HOST"], error) from error
        return EngineAddress(given["base_url"], None, "DOCKER_HOST"), given.get("tls")
    named = environ.get("DOCKER_CONTEXT")
    name = named or get_current_context_name()
    try:
        context = ContextAPI.get_context(name)
    except Exception as error:  # the SDK says so of a damaged file
        raise _unusable(f"context {name!r}", name, error) from error
    if context is None or not context.Host:
        raise EngineUnavailable(
            f"the Docker context {name!r} does not exist",
            remedy="List the contexts with 'docker context ls', and take one with "
            "'docker context use NAME'.",
            reason="context",
            host=name,
        )
    source = "DOCKER_CONTEXT" if named else "current context" if name != "default" else "default"
    # what the SDK has for a scheme of its own
    host = context.Host.replace("http+unix://", "unix://")
    return EngineAddress(host, name, source), context.TLSConfig


def check_answer(address: EngineAddress, environ: Mapping[str, str]) -> None:
    """Raise `EngineUnavailable` with the reason where nobody listens at the address.

    Of ssh nothing is known before its program runs.
    """
    place = _tcp(address.host)
    try:
        if (path := address.socket) is not None:
            _knock(path)
        elif place is not None:
            socket.create_connection(place, _SECONDS).close()
    except OSError as error:
        raise (
            _far(address, error) if path is None else _near(address, path, error, environ)
        ) from (error)


def _far(address: EngineAddress, error: OSError) -> EngineUnavailable:
    return EngineUnavailable(
        f"no Docker engine answers at {address}: {error.strerror or error}",
        remedy="See whether that machine runs, or take another engine: 'docker context ls'.",
        reason="down",
        host=address.host,
    )


def _near(
    address: EngineAddress, path: str, error: OSError, environ: Mapping[str, str]
) -> EngineUnavailable:
    elsewhere = next(_other_sockets(path, environ), None)
    missing = error.errno == errno.ENOENT
    if elsewhere is not None:
        what, reason = f"no Docker engine answers at {address}, but one at {elsewhere}", "elsewhere"
        remedy = f"Take that one: 'export DOCKER_HOST=unix://{elsewhere}'."
    elif error.errno in {errno.EACCES, errno.EPERM}:
        what, reason = f"this user may not use the Docker engine at {address}", "denied"
        remedy = (
            "Join the group 'docker' ('sudo usermod -aG docker $USER', then log in again), or "
            "install rootless Docker."
        )
    else:
        reason = "missing" if missing else "down"
        what = f"no Docker engine {'is' if missing else 'answers'} at {address}"
        remedy = "Install or start Docker: 'sudo systemctl start docker', or Docker Desktop."
    return EngineUnavailable(what, remedy=remedy, reason=reason, host=address.host)


def _tcp(host: str) -> tuple[str, int] | None:
    parts = urlsplit(host)
    usable = parts.scheme in {"tcp", "http", "https"} and parts.hostname
    return (parts.hostname or "", parts.port or _TCP_PORT) if usable else None


def _other_sockets(tried: str, environ: Mapping[str, str]) -> Iterator[str]:
    """Sockets of this user at which an engine answers: rootless Docker, Docker Desktop, Colima."""
    home = Path(environ.get("HOME") or "/")
    runtime = environ.get("XDG_RUNTIME_DIR") or f"/run/user/{os.getuid()}"
    places = (
        Path(runtime, "docker.sock"),
        home / ".docker" / "run" / "docker.sock",
        home / ".docker" / "desktop" / "docker.sock",
        home / ".colima" / "default" / "docker.sock",
        Path(_DEFAULT.removeprefix("unix://")),
    )
    for place in places:
        try:
            if str(place) != tried and not _is_same(place, Path(tried)):
                _knock(str(place))
                yield str(place)
        except OSError:
            continue


def _is_same(one: Path, other: Path) -> bool:
    return one.resolve() == other.resolve()


def _knock(path: str) -> None:
    with socket.socket(socket.AF_UNIX, socket.SOCK_STREAM) as probe:
        probe.settimeout(_SECONDS)
        probe.connect(path)


def _unusable(what: str, host: str, error: Exception) -> EngineUnavailable:
    return EngineUnavailable(
        f"{what} names no usable Docker engine: {error}",
        remedy="See 'docker context ls' and the variables DOCKER_HOST and DOCKER_TLS_VERIFY.",
        reason="context",
        host=host,
    )
