"""The server that runs until Ctrl-C. It is the only module of the layer that imports no package."""

from __future__ import annotations

import socket
import time
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager, suppress
from dataclasses import replace
from ipaddress import ip_address

from fidesdev.api.registry import find_version
from fidesdev.core.api import ApiServed
from fidesdev.errors import CannotListen, PackageMissing
from fidesdev.services.api import LATEST
from fidesdev.services.requests import opened_requests
from fidesdev.services.workspace import Workspace

LOCAL_NAMES = ("localhost", "127.0.0.1", "[::1]", "::1")
"""What a browser calls this machine."""
PORT = 8000


def is_loopback(host: str) -> bool:
    """Whether nobody on another machine can reach a server on the host."""
    try:
        return ip_address(host.strip("[]")).is_loopback
    except ValueError:
        return host == "localhost"


def plan(workspace: Workspace, *, host: str, port: int, version: str | None = None) -> ApiServed:
    """What would be served where.

    Raises `UnknownUrl`, `PackageMissing`, and what keeps requests from being listed.
    """
    chosen = find_version(version or LATEST)
    _require_packages()
    with opened_requests(workspace):
        pass  # a database that cannot be served is told now, not at the first call
    from fidesdev.web.app import build

    paths = build(workspace, chosen).openapi()["paths"]
    return ApiServed(
        url=_url(host, port),
        version=chosen.name,
        database=str(workspace.database),
        paths=tuple(paths),
        loopback=is_loopback(host),
        executed=False,
    )


def serve(
    workspace: Workspace,
    planned: ApiServed,
    *,
    host: str,
    port: int,
    on_start: Callable[[ApiServed], None],
) -> ApiServed:
    """Serve until Ctrl-C; `on_start` hears the URL once calls are taken.

    Raises `CannotListen` when the port is taken, or the host is none of this machine.
    """
    import uvicorn

    from fidesdev.web.app import build

    with _listening(host, port) as listener:
        served = replace(planned, url=_url(host, listener.getsockname()[1]), executed=True)
        hosts = (*LOCAL_NAMES, host) if planned.loopback else ("*",)
        app = build(workspace, find_version(planned.version), hosts=hosts)
        server = uvicorn.Server(uvicorn.Config(app, log_level="warning"))
        began = time.monotonic()
        on_start(served)  # whoever calls from now on is answered: the port is open
        with suppress(KeyboardInterrupt):  # sent once more when every call is answered
            server.run(sockets=[listener])
        return replace(served, seconds=round(time.monotonic() - began, 3))


def _require_packages() -> None:
    try:
        import fastapi  # noqa: F401 - whether it is there
        import uvicorn  # noqa: F401 - as above
    except ImportError as error:
        raise PackageMissing(error.name or "fastapi", "serve the API", extra="api") from error


@contextmanager
def _listening(host: str, port: int) -> Iterator[socket.socket]:
    try:
        family = socket.AF_INET6 if ":" in host else socket.AF_INET
        listener = socket.create_server((host.strip("[]"), port), family=family)
    except (OSError, UnicodeError) as error:
        reason = getattr(error, "strerror", None) or str(error)
        raise CannotListen(f"{host}:{port}", reason.partition(" (")[0]) from error
    with closing(listener):
        yield listener


def _url(host: str, port: int) -> str:
    name = f"[{host.strip('[]')}]" if ":" in host else host
    return f"http://{name}:{port}"
