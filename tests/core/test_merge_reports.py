"""What two sides both touch, and when that is a conflict."""

from __future__ import annotations

import pytest

from fidesdev.core.merge_reports import MergeReport, Overlap, Verification, overlaps
from fidesdev.core.touches import touches


def met(first: str, second: str) -> dict[str, str | None]:
    sides = {
        head: {head: (f"{head}.py", touches(f"def upgrade():\n    {body}\n".encode()))}
        for head, body in (("aaa", first), ("bbb", second))
    }
    return {f"{one.kind} {one.name}": one.conflict for one in overlaps(sides)}


ADD = "op.add_column('t', sa.Column('c'))"
DROP = "op.drop_column('t', 'c')"
CREATE = "op.create_table('t')"


@pytest.mark.parametrize(
    ("first", "second", "thing", "conflict"),
    [
        (ADD, ADD, "column t.c", "both sides create it"),
        (DROP, "op.create_index('ix', 't', ['c'])", "column t.c", "one side drops it, and the"),
        (DROP, DROP, "column t.c", "one side drops it, and the other one drops it"),
        (CREATE, CREATE, "table t", "both sides create it"),
        ("op.drop_table('t')", ADD, "table t", "one side drops it, and the other one changes it"),
        (
            "op.rename_table('t', 'u')",
            "op.execute('UPDATE t SET c = 1')",
            "table t",
            "one side renames it, and the other one uses it",
        ),
        ("op.create_index('ix', 't', ['a'])", "op.drop_index('ix')", "index ix", "one side drops"),
    ],
)
def test_sides_that_cannot_both_be_are_a_conflict(
    first: str, second: str, thing: str, conflict: str
) -> None:
    for found in (met(first, second), met(second, first)):
        assert (found[thing] or "").startswith(conflict)


def test_sides_that_merely_meet_are_told_without_a_conflict() -> None:
    other = "op.add_column('t', sa.Column('d'))"
    assert met(ADD, other) == {"table t": None}
    assert met("op.execute('SELECT 1 FROM t')", "op.execute('SELECT 2 FROM t')") == {}
    assert met("op.drop_table('x')", "op.drop_table('y')") == {}


def test_what_a_side_made_itself_it_may_drop() -> None:
    first = "op.create_table('t'); op.drop_table('t')"
    assert met(first, "op.execute('SELECT 1 FROM t')") == {"table t": None}


def test_orders_that_differ_are_a_conflict_too() -> None:
    report = MergeReport(None, ("a", "b"), None, "x", executed=False)
    assert not report.has_conflict
    orders = (("a", "b"), ("b", "a"))
    differing = Verification(orders, ("only a then b: column t.c",))
    merged = MergeReport(None, ("a", "b"), None, "x", executed=False, verification=differing)
    assert merged.has_conflict
    meeting = Overlap("table", "t", ("a", "b"), (), None)
    assert not MergeReport(None, (), None, "x", executed=False, overlaps=(meeting,)).has_conflict
