"""What a key is, and what key a name makes."""

from __future__ import annotations

import re
from copy import deepcopy

import pytest
from hypothesis import given
from hypothesis import strategies as st

from fidesdev.db.keys import checked_key, key_from, snake_case
from fidesdev.errors import KeyValidationError

KEY = re.compile(r"[A-Za-z0-9_-]+")


@given(st.text())
def test_snake_case_of_snake_case_is_itself(name: str) -> None:
    assert snake_case(snake_case(name)) == snake_case(name)


@given(st.text())
def test_name_makes_a_key_or_none(name: str) -> None:
    made = snake_case(name)
    assert made == "" or (checked_key(made, model="M") == made and made == made.lower())


@given(st.dictionaries(st.sampled_from(["key", "name"]), st.none() | st.text() | st.integers()))
def test_key_of_any_data_follows_the_rule_or_is_refused(data: dict[str, object]) -> None:
    before = deepcopy(data)
    key, name = data.get("key"), data.get("name")
    made = snake_case(name) if isinstance(name, str) else ""
    wanted = made if key in (None, "") else key
    if isinstance(wanted, str) and KEY.fullmatch(wanted):
        assert key_from(data, model="M") == wanted
    else:
        with pytest.raises(KeyValidationError):
            key_from(data, model="M")
    assert data == before


@pytest.mark.parametrize(
    ("name", "key"),
    [
        ("Default Access Policy", "default_access_policy"),
        ("foo\tbar", "foo_bar"),
        ("foo - bar", "foo_bar"),
        ("foo*bar", "foobar"),
        ("  Straße  ", "strae"),
        ("\uff21ccess", "access"),
        ("日本", ""),
    ],
)
def test_snake_case(name: str, key: str) -> None:
    assert snake_case(name) == key
