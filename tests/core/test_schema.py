"""Schemas as values: equality, fingerprints, differences."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from fidesdev.core.schema import Catalog, SchemaChange, SchemaObject, compare

names = st.text("ab.", min_size=1, max_size=3)
catalogs = st.dictionaries(
    st.tuples(st.sampled_from(["table", "column"]), names), st.text("xy", max_size=2), max_size=5
).map(lambda found: Catalog(frozenset(SchemaObject(*key, text) for key, text in found.items())))


@given(catalogs, catalogs)
def test_difference_is_empty_exactly_for_equal_schemas(a: Catalog, b: Catalog) -> None:
    assert bool(compare(a, b)) == (a != b) == (a.fingerprint != b.fingerprint)


@given(catalogs, catalogs)
def test_difference_leads_from_one_schema_to_the_other(a: Catalog, b: Catalog) -> None:
    found = {(one.kind, one.name): one.definition for one in a.objects}
    for change in compare(a, b).changes:
        assert found.pop((change.kind, change.name), None) == change.before
        if change.after is not None:
            found[change.kind, change.name] = change.after
    assert {SchemaObject(*key, text) for key, text in found.items()} == b.objects


@given(catalogs, catalogs)
def test_difference_backwards_is_the_same_turned_round(a: Catalog, b: Catalog) -> None:
    turned = [
        SchemaChange(one.kind, one.name, one.after, one.before) for one in compare(b, a).changes
    ]
    assert compare(a, b).changes == tuple(turned)


def test_change_names_what_happened() -> None:
    assert SchemaChange("table", "t", None, "").verb == "added"
    assert SchemaChange("table", "t", "", None).verb == "removed"
    assert SchemaChange("table", "t", "", "UNLOGGED").verb == "changed"
