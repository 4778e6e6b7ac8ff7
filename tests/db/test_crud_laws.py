"""Any sequence of writes leaves in the table what it leaves in a list that follows the rules."""

from __future__ import annotations

from copy import deepcopy
from typing import Any, ClassVar

from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, rule, run_state_machine_as_test

from fidesdev.db.base import Policy
from fidesdev.db.keys import snake_case
from fidesdev.errors import KeyOrNameAlreadyExists
from tests.db.conftest import Factory

Row = dict[str, Any]
FIELDS = ("key", "name", "execution_timeframe")
NAMES = st.sampled_from(["A", "B", "C d"])
KEYS = st.sampled_from(["a", "b", "c_d", "e"])
DATA = st.fixed_dictionaries(
    {"name": NAMES}, optional={"key": KEYS | st.none(), "execution_timeframe": st.sampled_from([1])}
)
CHANGES = st.fixed_dictionaries(
    {}, optional={"name": NAMES, "key": KEYS | st.none(), "execution_timeframe": st.none()}
)


class Oracle:
    """Policies as a list: names and keys are unique, a key not given is made of the name."""

    def __init__(self) -> None:
        self.rows: list[Row] = []

    def create(self, data: Row) -> Row | None:
        """The new row, or None where it clashes."""
        row = {"execution_timeframe": None, **data}
        row["key"] = data.get("key") or snake_case(data["name"])
        if self._clashes(row, self.rows):
            return None
        self.rows.append(row)
        return row

    def update(self, row: Row, data: Row) -> Row | None:
        changed = row | data
        if "key" in data:
            changed["key"] = data["key"] or snake_case(changed["name"])
        if self._clashes(changed, [other for other in self.rows if other is not row]):
            return None
        row.update(changed)
        return row

    def find(self, data: Row) -> Row | None:
        """The first row that has all of data."""
        return next((row for row in self.rows if data.items() <= row.items()), None)

    @staticmethod
    def _clashes(row: Row, others: list[Row]) -> bool:
        return any(row["key"] == one["key"] or row["name"] == one["name"] for one in others)


class Writes(RuleBasedStateMachine):
    """The same writes, to the table and to the list."""

    sessions: ClassVar[Factory]

    def __init__(self) -> None:
        super().__init__()
        self.db, self.oracle = self.sessions(), Oracle()
        Policy.delete_all(self.db)
        self.db.commit()

    def teardown(self) -> None:
        self.db.close()

    @rule(data=DATA)
    def create(self, data: Row) -> None:
        given = deepcopy(data)
        wanted = self.oracle.create(data)
        try:
            assert seen(Policy.create(self.db, data=given)) == wanted
        except KeyOrNameAlreadyExists:
            assert wanted is None
        assert given == data

    @rule(data=DATA)
    def create_or_update(self, data: Row) -> None:
        given, key = deepcopy(data), data.get("key")
        found = self.oracle.find({"key": key}) if key else None
        wanted = self.oracle.update(found, data) if found else self.oracle.create(data)
        try:
            assert seen(Policy.create_or_update(self.db, data=given)) == wanted
        except KeyOrNameAlreadyExists:
            assert wanted is None
        assert given == data

    @rule(data=DATA)
    def get_or_create(self, data: Row) -> None:
        given = deepcopy(data)
        found = self.oracle.find(data)
        wanted = found or self.oracle.create(data)
        try:
            created, row = Policy.get_or_create(self.db, data=given)
            assert (created, seen(row)) == (found is None, wanted)
        except KeyOrNameAlreadyExists:
            assert wanted is None
        assert given == data

    @rule(name=NAMES, changes=CHANGES)
    def update(self, name: str, changes: Row) -> None:
        row, found = self.oracle.find({"name": name}), self.named(name)
        assert (row is None) == (found is None)
        if row is None or found is None:
            return
        given = deepcopy(changes)
        wanted = self.oracle.update(row, changes)
        try:
            assert seen(found.update(self.db, data=given)) == wanted
        except KeyOrNameAlreadyExists:
            assert wanted is None
        assert given == changes
        assert seen(found) == row

    @rule(name=NAMES)
    def delete(self, name: str) -> None:
        found = self.named(name)
        self.oracle.rows = [row for row in self.oracle.rows if row["name"] != name]
        if found is not None:
            found.delete(self.db)

    @invariant()
    def others_see_the_same_rows(self) -> None:
        with self.sessions() as other:
            rows = sorted((seen(row) for row in Policy.all(other)), key=str)
        assert rows == sorted(
            ({field: row[field] for field in FIELDS} for row in self.oracle.rows), key=str
        )

    def named(self, name: str) -> Policy | None:
        return Policy.get_by(self.db, field="name", value=name)


def test_writes_follow_the_rules_in_any_order(factory: Factory) -> None:
    class WritesHere(Writes):
        sessions = factory

    run_state_machine_as_test(
        WritesHere,
        settings=settings(max_examples=25, stateful_step_count=20, deadline=None),
    )


def seen(row: Policy) -> Row:
    return {field: getattr(row, field) for field in FIELDS}
