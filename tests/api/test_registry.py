"""Names become URLs: under the version's prefix, quoted, and never guessed."""

from __future__ import annotations

from urllib.parse import unquote

import pytest
from hypothesis import given
from hypothesis import strategies as st

from fidesdev.api import VERSIONS, url
from fidesdev.api.v1 import urn_registry
from fidesdev.api.versions import V1
from fidesdev.errors import UnknownUrl, UrlParameterError


def test_names_resolve_under_their_version() -> None:
    assert url("PRIVACY_REQUEST") == "/api/v1/privacy-request"
    assert V1.path("PRIVACY_REQUEST_DETAIL") == "/api/v1/privacy-request/{privacy_request_id}"
    assert url("PRIVACY_REQUEST_DETAIL", privacy_request_id="pri_1") == (
        "/api/v1/privacy-request/pri_1"
    )


def test_every_constant_of_the_registry_is_a_name_of_the_version() -> None:
    constants = {name for name in vars(urn_registry) if name.isupper()}
    assert {found.name for found in V1} == constants - {"V1_URL_PREFIX"}
    assert all(path.startswith("/") and not path.endswith("/") for path in V1.paths.values())
    assert len(set(V1.paths.values())) == len(V1.paths)


def test_a_later_version_differs_where_it_says_so() -> None:
    later = V1.followed_by("v2", "/api/v2", PRIVACY_REQUEST="/privacy-requests")

    assert later.path("PRIVACY_REQUEST") == "/api/v2/privacy-requests"
    assert later.path("USERS") == "/api/v2/user"
    assert V1.path("PRIVACY_REQUEST") == "/api/v1/privacy-request"
    assert {found.name for found in later} == {found.name for found in V1}


def test_a_later_version_cannot_override_what_is_not_there() -> None:
    with pytest.raises(UnknownUrl) as raised:
        V1.followed_by("v2", "/api/v2", PRIVACY_REQUESTS="/privacy-requests")

    assert "PRIVACY_REQUEST" in raised.value.facts["nearest"]


@pytest.mark.parametrize(
    "parameters",
    [{}, {"id": "pri_1"}, {"privacy_request_id": "pri_1", "more": 1}],
)
def test_parameters_are_exactly_those_of_the_path(parameters: dict[str, str | int]) -> None:
    with pytest.raises(UrlParameterError, match="takes privacy_request_id"):
        V1.url("PRIVACY_REQUEST_DETAIL", parameters)


@pytest.mark.parametrize("value", ["", ".", ".."])
def test_a_value_that_a_client_would_resolve_away_is_refused(value: str) -> None:
    with pytest.raises(UrlParameterError, match="no part of a path"):
        url("USER_DETAIL", user_id=value)


def test_an_unknown_name_or_version_is_told_with_the_nearest() -> None:
    with pytest.raises(UnknownUrl, match="version v1 of the API has no URL 'user_details'"):
        url("user_details")
    with pytest.raises(LookupError, match="the API has no version 'v9'"):
        url("USERS", version="v9")


@given(st.text(min_size=1).filter(lambda text: text not in {".", ".."}))
def test_any_value_is_one_segment_of_the_path(value: str) -> None:
    try:
        value.encode()
    except UnicodeEncodeError:
        return
    resolved = url("USER_DETAIL", user_id=value)

    prefix, _, segment = resolved.rpartition("/")
    assert prefix == "/api/v1/user"
    assert unquote(segment) == value
    assert not set("?#% \n") & set(segment.replace("%", "", segment.count("%")))


def test_the_versions_are_known_by_their_names() -> None:
    assert {name: version.name for name, version in VERSIONS.items()} == {"v1": "v1"}
