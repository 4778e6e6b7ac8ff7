"""How a name and a version become a URL."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from urllib.parse import quote

from fidesdev.errors import UnknownUrl, UrlParameterError

_PARAMETER = re.compile(r"\{(\w+)\}")
_NOT_SEGMENTS = ("", ".", "..")
"""What a client would resolve away before it sends the path (RFC 3986, 5.2.4)."""

Value = str | int
"""A value in a path: an id, a key or a number."""


@dataclass(frozen=True, slots=True)
class RegisteredUrl:
    """One URL of one version."""

    name: str
    version: str
    path: str
    """With its prefix; parameters in braces."""
    parameters: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class ApiVersion:
    """A prefix, and the paths below it by name."""

    name: str
    prefix: str
    paths: Mapping[str, str]

    def followed_by(self, name: str, prefix: str, **overrides: str) -> ApiVersion:
        """The next version: another prefix, and other paths for the names given.

        Raises `UnknownUrl` for a name that this version does not have.
        """
        for overridden in overrides:
            self.path(overridden)
        return replace(self, name=name, prefix=prefix, paths={**self.paths, **overrides})

    def path(self, name: str) -> str:
        """The path of a name, with its prefix; raises `UnknownUrl`."""
        if name not in self.paths:
            raise UnknownUrl(name, self.name, tuple(self.paths))
        return self.prefix + self.paths[name]

    def url(self, name: str, parameters: Mapping[str, Value]) -> str:
        """The path of a name with its parameters filled in, each quoted as one segment.

        Raises `UnknownUrl`, or `UrlParameterError` for a parameter that is missing, not wanted,
        or no segment of a path.
        """
        path = self.path(name)
        wanted = _PARAMETER.findall(path)
        if set(parameters) != set(wanted):
            raise UrlParameterError(name, tuple(wanted), tuple(parameters))
        for parameter, value in parameters.items():
            if str(value) in _NOT_SEGMENTS:
                raise UrlParameterError(name, tuple(wanted), value=f"{parameter}={value}")
        return _PARAMETER.sub(lambda found: quote(str(parameters[found[1]]), safe=""), path)

    def __iter__(self) -> Iterator[RegisteredUrl]:
        """Every URL, in the order of the registry."""
        for name in self.paths:
            path = self.path(name)
            yield RegisteredUrl(name, self.name, path, tuple(_PARAMETER.findall(path)))


def url(name: str, *, version: str = "v1", **parameters: Value) -> str:
    """The URL of a name, as in `url("PRIVACY_REQUEST_DETAIL", privacy_request_id="pri_1")`.

    Raises `UnknownUrl` or `UrlParameterError`.
    """
    return find_version(version).url(name, parameters)


def find_version(name: str) -> ApiVersion:
    """The version with the name; raises `UnknownUrl`."""
    from fidesdev.api.versions import VERSIONS

    if name not in VERSIONS:
        raise UnknownUrl(name, None, tuple(VERSIONS))
    return VERSIONS[name]
