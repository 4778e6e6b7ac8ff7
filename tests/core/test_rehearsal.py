"""What a step was seen to lock, beside what its statements' forms tell."""

from __future__ import annotations

from fidesdev.core.impacts import Impact, Locked
from fidesdev.core.rehearsal import (
    Observed,
    RehearsalFailure,
    SeenLock,
    SeenStatement,
    as_sent,
    compared,
    strongest,
)
from fidesdev.core.statements import Statement


def foreseen(lock: str, *tables: str, line: int = 1, rows: int | None = 3) -> Impact:
    locked = tuple(Locked(table, rows, 8192) for table in tables)
    return Impact("ALTER TABLE t", line, lock, "", locked, "", 0.0, ())


def sent(*locks: SeenLock, line: int = 1, alone: bool = False) -> SeenStatement:
    return SeenStatement("ALTER TABLE t", line, 1, 0.0, locks, alone)


def seen(*statements: SeenStatement) -> Observed:
    locks = strongest(lock for one in statements for lock in one.locks)
    return Observed(0.0, statements, locks)


SHARE = SeenLock("public.t", "Share")
EXCLUSIVE = SeenLock('shop."T"', "AccessExclusive")


def test_what_is_foreseen_and_taken_is_not_told() -> None:
    found = compared([foreseen("AccessExclusive", "t")], seen(sent(EXCLUSIVE)), ())

    assert (found.differs, found.unseen) == ((), ())


def test_a_lock_that_an_earlier_step_took_counts() -> None:
    found = compared([foreseen("Share", "t")], seen(sent()), [SHARE])

    assert found.differs == ()


def test_both_directions_are_told_once() -> None:
    expected = [foreseen("AccessExclusive", "t"), foreseen("AccessExclusive", "t", line=2)]
    found = compared(expected, seen(sent(SHARE), sent(SHARE, line=2)), ())

    assert found.differs == (
        "AccessExclusive on t was foreseen and not taken",
        "Share on t was taken and not foreseen",
    )


def test_a_weaker_lock_than_the_foreseen_one_is_no_news() -> None:
    taken = SeenLock("public.t", "AccessExclusive")
    found = compared([foreseen("AccessExclusive", "t")], seen(sent(taken, SHARE)), ())

    assert found.differs == ()


def test_a_table_that_is_not_there_yet_is_no_difference() -> None:
    assert compared([foreseen("Share", "t", rows=None)], seen(sent()), ()).differs == ()


def test_what_ran_alone_and_was_not_seen_is_told_as_such() -> None:
    found = compared([foreseen("Share", "t")], seen(sent(alone=True)), ())

    assert (found.differs, found.unseen) == ((), ("ALTER TABLE t",))


def test_locks_that_reading_takes_are_left_out_and_the_strongest_is_first() -> None:
    reading = SeenLock("public.t", "AccessShare")

    assert strongest([reading, SHARE, EXCLUSIVE, SHARE]) == (EXCLUSIVE, SHARE)


def test_statements_that_were_sent_say_where_they_end() -> None:
    failure = RehearsalFailure("column is missing", "up", "aaa1", "aaa1.py", 7)
    whole, broken = as_sent(seen(sent())), as_sent(seen(sent()), failure)

    assert whole.statements == (Statement("ALTER TABLE t", 1),)
    assert (whole.failure, whole.recorded) == (None, True)
    assert (broken.failure, broken.failed_line) == ("column is missing", 7)
