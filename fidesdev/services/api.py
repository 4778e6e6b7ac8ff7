"""The registry of URLs: listed, and resolved by name."""

from __future__ import annotations

from collections.abc import Mapping

from fidesdev.api.registry import find_version
from fidesdev.api.versions import VERSIONS
from fidesdev.core.api import ApiCheck, ApiUrl, ApiUrls, ResolvedUrl, shape

LATEST = tuple(VERSIONS)[-1]


def urls(*, version: str | None = None, search: str = "") -> ApiUrls:
    """Every URL, or those of one version, whose name or path has the text; raises `UnknownUrl`."""
    versions = VERSIONS.values() if version is None else [find_version(version)]
    return ApiUrls(
        tuple(
            ApiUrl(found.name, found.version, found.path, found.parameters)
            for each in versions
            for found in each
            if search.lower() in f"{found.name} {found.path}".lower()
        )
    )


def url(name: str, parameters: Mapping[str, str], *, version: str | None = None) -> ResolvedUrl:
    """One URL with its parameters filled in; raises `UnknownUrl` or `UrlParameterError`."""
    chosen = find_version(version or LATEST)
    return ResolvedUrl(name, chosen.name, chosen.url(name, parameters))


def check(address: str, *, version: str | None = None, search: str = "") -> ApiCheck:
    """What a running server lacks of the registry, and what it has beyond it.

    `address` is the server's, or that of its OpenAPI document; `search` narrows what is looked for
    as in `urls`. Raises `ApiSilent`, `UnknownUrl` or `UsageError`.
    """
    from fidesdev.adapters.openapi import read_openapi

    chosen = find_version(version or LATEST)
    wanted = urls(version=chosen.name, search=search).urls
    document = read_openapi(address)
    served = {shape(path): path for path in document.paths}
    known = {shape(each.path) for each in chosen}
    return ApiCheck(
        url=document.url,
        title=document.title,
        server_version=document.version,
        version=chosen.name,
        checked=len(wanted),
        missing=tuple(each for each in wanted if shape(each.path) not in served),
        unknown=tuple(
            path
            for key, path in sorted(served.items())
            if key not in known and path.startswith(f"{chosen.prefix}/")
        ),
    )
