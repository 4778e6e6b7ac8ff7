"""The identities of a new request, by Fides' rules."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest

from fidesdev.core.identities import (
    Identity,
    NewRequest,
    due_date,
    parse_identities,
    parse_identity,
)
from fidesdev.errors import UsageError

NOW = datetime(2026, 5, 10, 12, tzinfo=UTC)


@pytest.mark.parametrize(
    ("text", "identity"),
    [
        ("email=ada@example.org", Identity("email", "ada@example.org")),
        ("email= Ada@Example.ORG ", Identity("email", "Ada@example.org")),
        ("phone_number=+15558675309", Identity("phone_number", "+15558675309")),
        ("ga_client_id=a=b", Identity("ga_client_id", "a=b")),
        ("loyalty_card=77", Identity("loyalty_card", "77", label="loyalty_card")),
    ],
)
def test_an_identity_is_a_kind_and_a_value(text: str, identity: Identity) -> None:
    assert parse_identity(text) == identity


@pytest.mark.parametrize(
    "text",
    [
        "grace@example.org",
        "=grace@example.org",
        "email=",
        "email=  ",
        "email=grace",
        "email=grace@localhost",
        "phone_number=0815",
        "phone_number=+1555",
        "fides_user_device_id=7",
        "grace lovelace=1",
        "ga_client_id=\udcff",
    ],
)
def test_what_fides_would_refuse_is_refused_without_repeating_it(text: str) -> None:
    with pytest.raises(UsageError) as caught:
        parse_identity(text)
    said = f"{caught.value} {caught.value.facts}"
    assert "grace" not in said
    assert "0815" not in said


@pytest.mark.parametrize(
    ("slip", "meant"), [("emial", "email"), ("Email", "email"), ("phone", "phone_number")]
)
def test_a_slip_is_not_taken_for_a_custom_identity(slip: str, meant: str) -> None:
    with pytest.raises(UsageError) as caught:
        parse_identity(f"{slip}=x")
    assert f"--identity {meant}=" in (caught.value.hint or "")


def test_each_kind_is_given_once() -> None:
    with pytest.raises(UsageError, match="email is given more than once"):
        parse_identities(["email=a@example.org", "email=b@example.org"])


def test_a_request_without_identities_is_refused() -> None:
    with pytest.raises(UsageError, match="nobody"):
        NewRequest("default", ())


def test_values_are_not_in_the_representation() -> None:
    assert "ada" not in repr(NewRequest("p", parse_identities(["email=ada@example.org"])))


def test_the_due_date_follows_the_timeframe_of_the_policy() -> None:
    assert due_date(NOW, 45) == datetime(2026, 6, 24, 12, tzinfo=UTC)
    assert due_date(NOW, None) is None
    assert due_date(NOW, 0) is None
