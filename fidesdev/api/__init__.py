"""The URLs of the API: constants by version, and how a name becomes a URL."""

from fidesdev.api.registry import ApiVersion, RegisteredUrl, url
from fidesdev.api.versions import VERSIONS

__all__ = ["VERSIONS", "ApiVersion", "RegisteredUrl", "url"]
