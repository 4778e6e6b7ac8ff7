"""What is asked about, as it is typed."""

from __future__ import annotations

import pytest

from fidesdev.core.why import Subject, parse_subject


@pytest.mark.parametrize(
    ("text", "subject"),
    [
        ("policy", Subject("policy")),
        ("Policy.Key", Subject("policy", "key")),
        ('public."Policy".key', Subject("policy", "key")),
    ],
)
def test_a_subject_is_a_table_or_a_column_of_it(text: str, subject: Subject) -> None:
    assert parse_subject(text) == subject


def test_a_subject_is_written_as_it_is_typed() -> None:
    assert str(parse_subject("policy.key")) == "policy.key"
