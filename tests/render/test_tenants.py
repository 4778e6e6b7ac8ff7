"""Many databases in a few lines: what is boring is counted, what is not is named, failures last."""

from __future__ import annotations

from fidesdev.core.tenants import Outcome, Shard, TenantReport, summary
from fidesdev.render.plain import plain
from fidesdev.render.tenants import blocks

ONE, TWO = frozenset({"one"}), frozenset({"two"})


def lines(*tenants: TenantReport, executed: bool, shard: Shard | None = None) -> list[str]:
    report = summary("heads", tenants, executed=executed, shard=shard or Shard(1, 1))
    return list(plain(blocks(report)))


def test_what_is_done_is_counted_and_what_is_not_is_named() -> None:
    left = [TenantReport(f"left{number}", Outcome.NOT_STARTED, ONE, ONE) for number in range(5)]
    assert lines(
        TenantReport("bad", Outcome.FAILED, ONE, message="no", hint="Do.", code="step_failed"),
        TenantReport("late", Outcome.INTERRUPTED, ONE, frozenset(), message="interrupted"),
        *left,
        *[TenantReport(f"done{number}", Outcome.DONE, ONE, TWO, 1) for number in range(100)],
        TenantReport("kept", Outcome.DONE, TWO, ONE, 1, ("two",), snapshot="before"),
        executed=True,
        shard=Shard(2, 3),
    ) == [
        "done  kept  snapshot before",
        "not started  left0, left1, left2 and 2 more",
        "interrupted  late  at base",
        "failed  bad  no",
        "  hint: Do.",
        "A command of a hint is for one database: name it with --database-url.",
        "108 tenants in shard 2/3: 101 done, 5 not started, 1 interrupted, 1 failed in 0.00 s.",
        "The same command, given again, does what is left and nothing twice.",
    ]


def test_the_same_plan_is_told_once_but_a_loss_of_each() -> None:
    up = [TenantReport(f"up{number}", Outcome.PENDING, ONE, TWO, 1) for number in range(9)]
    down = [TenantReport(name, Outcome.PENDING, TWO, ONE, 1, ("two",)) for name in ("a", "b")]
    assert lines(*up, *down, executed=False) == [
        "↓ down  a  two → one, 1 step  unapplies two",
        "↓ down  b  two → one, 1 step  unapplies two",
        "↑ up    up0, up1, up2 and 6 more  one → two, 1 step",
        "11 tenants: 11 pending.",
        "Nothing has been changed.",
    ]


def test_nobody_in_a_shard_is_nothing_to_worry_about() -> None:
    assert lines(executed=True, shard=Shard(9, 9)) == ["0 tenants in shard 9/9 in 0.00 s."]
