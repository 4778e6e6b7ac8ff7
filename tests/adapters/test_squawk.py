"""squawk as it is called."""

from __future__ import annotations

import pytest

from fidesdev.adapters.squawk import judge
from fidesdev.errors import LinterFailed


def test_what_is_found_is_in_the_text_where_it_was_found() -> None:
    texts = {"one": "SELECT 1;\nALTER TABLE old DROP COLUMN c;\n", "two": "BEGIN;\nSELECT 1;\n"}

    found = {
        (one.name, one.rule, one.line, one.column)
        for one in judge(texts)
        if one.rule.startswith("ban-")
    }
    assert found == {
        ("one", "ban-drop-column", 1, 16),
        ("two", "ban-uncommitted-transaction", 0, 0),
    }


def test_a_transaction_that_is_committed_is_well() -> None:
    assert judge({"one": "BEGIN;\nSELECT 1;\nCOMMIT;\n"}) == ()


def test_a_rule_of_a_later_postgresql_needs_its_version() -> None:
    texts = {"one": "VACUUM FULL old;\n"}

    assert "prefer-repack" not in {one.rule for one in judge(texts)}
    assert "prefer-repack" in {one.rule for one in judge(texts, version=19)}


def test_a_rule_that_it_does_not_have_is_told() -> None:
    with pytest.raises(LinterFailed, match="no-such-rule"):
        judge({"one": "SELECT 1;\n"}, opt_in=["no-such-rule"])
