"""Ids of made-up requests, and paths without their parameters' names."""

from __future__ import annotations

from uuid import UUID

import pytest

from fidesdev.core.api import shape
from fidesdev.core.request_seeds import numbered, tail


def test_an_id_is_a_uuid_that_rises_with_its_number() -> None:
    ids = [numbered("pri", number, tail(1, "pri")) for number in (1, 2, 9, 10, 255, 70_000_000)]
    assert ids == sorted(ids)
    assert all(str(UUID(each.removeprefix("pri_"))) == each.removeprefix("pri_") for each in ids)


def test_seeds_and_purposes_share_no_id() -> None:
    assert len({tail(seed, name) for seed in range(50) for name in ("pri", "email", "exe0")}) == 150


@pytest.mark.parametrize(
    ("path", "same"),
    [("/a/{b}/c/", "/a/{x}/c"), ("/a/{b:path}", "/a/{b}"), ("/a/", "/a")],
)
def test_paths_of_one_shape_are_one_path(path: str, same: str) -> None:
    assert shape(path) == shape(same)
    assert shape(path) != shape("/a/b/c")
