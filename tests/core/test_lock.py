"""Who holds a lock, as text."""

from __future__ import annotations

from datetime import UTC, datetime

from fidesdev.core.lock import Holder

AT = datetime(2026, 1, 2, 3, 4, 5, tzinfo=UTC)


def test_holder_of_a_server_is_told_by_what_the_server_knows() -> None:
    facts = {"pid": 42, "user": "app", "application": "fidesdev lock ann@laptop pid 7"}
    holder = Holder.read({**facts, "host": "10.0.0.1", "since": AT.timestamp() + 0.5})
    assert holder.since == AT
    assert str(holder) == (
        "fidesdev lock ann@laptop pid 7 "
        "(server process 42, user app, host 10.0.0.1, since 2026-01-02 03:04:05 UTC)"
    )


def test_holder_of_a_file_is_a_process() -> None:
    holder = Holder.read({"pid": 42, "user": "ann", "host": "laptop", "since": AT.timestamp()})
    assert str(holder) == "pid 42, user ann, host laptop, since 2026-01-02 03:04:05 UTC"


def test_what_another_role_may_not_see_is_left_out() -> None:
    assert str(Holder.read({"pid": 42, "user": "app", "since": None})) == "pid 42, user app"


def test_holder_that_is_gone_is_told_as_one() -> None:
    assert str(Holder.read({})) == "somebody who is gone by now"
