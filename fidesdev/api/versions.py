"""The versions of the API.

A version starts from an older one and says what differs. Version 2, when there is one:

    V2 = V1.followed_by("v2", "/api/v2", PRIVACY_REQUEST="/privacy-requests")
    VERSIONS = {version.name: version for version in (V1, V2)}
"""

from __future__ import annotations

from fidesdev.api.registry import ApiVersion
from fidesdev.api.v1 import urn_registry

V1 = ApiVersion(
    "v1",
    urn_registry.V1_URL_PREFIX,
    {
        name: path
        for name, path in vars(urn_registry).items()
        if name.isupper() and name != "V1_URL_PREFIX"
    },
)
VERSIONS = {version.name: version for version in (V1,)}
