"""The sample has every status, and dates that are worth a look."""

from __future__ import annotations

from collections import Counter
from datetime import UTC, datetime, timedelta

from fidesdev.core.identities import parse_identity
from fidesdev.core.requests import STATUSES, days_left, is_overdue
from fidesdev.core.seeding import (
    POLICIES,
    SAMPLES,
    audit_values,
    execution_values,
    request_values,
    sample_id,
)

NOW = datetime(2026, 5, 10, 12, tzinfo=UTC)
ROWS = [request_values(sample, NOW, policy_id="pol", user_id="fid") for sample in SAMPLES]


def test_every_status_is_there() -> None:
    assert Counter(str(row["status"]) for row in ROWS).keys() == STATUSES.keys()


def test_ids_are_unique_and_never_change() -> None:
    assert len({row["id"] for row in ROWS}) == len(ROWS)
    assert SAMPLES[0].id == "pri_5d748d43-3fbf-5b0d-afe4-f714945fbd6c"
    assert sample_id("pol", "x") != sample_id("rul", "x")


def test_some_are_overdue_and_some_are_due_within_two_days() -> None:
    dues = [(str(row["status"]), row["due_date"]) for row in ROWS]
    known = [(status, due) for status, due in dues if isinstance(due, datetime)]
    assert sum(is_overdue(status, due, NOW) for status, due in known) >= 2
    assert sum(days_left(due, NOW) in {0, 1, 2} for _status, due in known) >= 2


def test_nothing_of_it_happens_in_the_future() -> None:
    for sample, row in zip(SAMPLES, ROWS, strict=True):
        logs = [*execution_values(sample, NOW), *audit_values(sample, NOW, user_id="fid")]
        past = {key: value for key, value in row.items() if key != "due_date"}
        for values in [past, *logs]:
            assert all(v <= NOW for v in values.values() if isinstance(v, datetime))


def test_times_follow_the_moment_of_the_run() -> None:
    later = NOW + timedelta(days=100)
    assert SAMPLES[0].requested(later) - SAMPLES[0].requested(NOW) == timedelta(days=100)


def test_its_identities_are_ones_that_fides_would_take() -> None:
    for sample in SAMPLES:
        for identity in sample.identities:
            assert parse_identity(f"{identity.kind}={identity.value}") == identity


def test_a_policy_with_two_actions_has_two_rules() -> None:
    actions = {policy.key: [rule["action_type"] for rule in policy.rules()] for policy in POLICIES}
    assert actions["access_and_erasure_policy"] == ["access", "erasure"]
