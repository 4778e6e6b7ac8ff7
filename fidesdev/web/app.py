"""The app of one version of the API."""

from __future__ import annotations

from fastapi import APIRouter, FastAPI
from fastapi.routing import APIRoute
from starlette.middleware.trustedhost import TrustedHostMiddleware

from fidesdev import __version__
from fidesdev.api import VERSIONS, ApiVersion
from fidesdev.services.workspace import Workspace
from fidesdev.web.privacy_requests import router
from fidesdev.web.problems import tell_problems

_WRITTEN_FOR = VERSIONS["v1"]
"""The version whose constants the views import."""
_ABOUT = "Privacy requests in one database, for its developer: there is no authentication."


def build(workspace: Workspace, version: ApiVersion, *, hosts: tuple[str, ...] = ("*",)) -> FastAPI:
    """The app that serves the workspace's database under the paths of a version.

    `hosts` are the names by which it may be addressed: a page that somebody visits could
    otherwise reach a server on their own machine under a name of its own (DNS rebinding).
    """
    app = FastAPI(title="fidesdev", version=__version__, description=_ABOUT)
    app.state.workspace = workspace
    app.add_middleware(TrustedHostMiddleware, allowed_hosts=list(hosts), www_redirect=False)
    tell_problems(app)
    app.include_router(_under(version))
    return app


def _under(version: ApiVersion) -> APIRouter:
    """The views where the version has them: it may name other paths than the one before."""
    names = {path: name for name, path in _WRITTEN_FOR.paths.items()}
    mounted = APIRouter()
    for route in router.routes:
        assert isinstance(route, APIRoute)
        mounted.add_api_route(
            version.path(names[route.path]),
            route.endpoint,
            methods=sorted(route.methods or ()),
            responses=route.responses,
            tags=route.tags,
        )
    return mounted
