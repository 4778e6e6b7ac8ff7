"""Whatever is typed stays text: no option reaches the database as SQL."""

from __future__ import annotations

import contextlib
from collections.abc import Callable
from pathlib import Path

import pytest

from fidesdev.core.identities import NewRequest, parse_identities
from fidesdev.core.moments import parse_period
from fidesdev.core.request_filters import (
    RequestFilters,
    parse_cursor,
    parse_identity_filters,
    parse_location,
    parse_sort,
    parse_source,
)
from fidesdev.core.request_reports import ExportForm
from fidesdev.core.request_review import Chosen, Review, Verb, choose, parse_changes
from fidesdev.core.url import DatabaseUrl
from fidesdev.errors import FidesdevError
from fidesdev.services import request_reports, request_review, requests
from fidesdev.services.workspace import Workspace
from tests.requests_databases import present_fixture, present_template_fixture  # noqa: F401 - fixtures
from tests.requests_tables import KEY, NOW, add, ask, policy, request, workspace

pytestmark = pytest.mark.server
NASTY = (
    "'; DROP TABLE privacyrequest CASCADE; --",
    "' OR '1'='1",
    "\\'; DELETE FROM privacyrequest; --",
    '"; DROP TABLE policy CASCADE; --',
    "x') OR true) --",
    "%s %(a)s {} {0} $1 :a",
    "pri_%",
    "$$; SELECT pg_sleep(9); $$",
    "é\u2028\U0001f600",
    "a\x00b",
    "\ud800",
    "'" * 999,
)


def filtered(text: str) -> list[Callable[[], RequestFilters]]:
    """A filter of each option with the text."""
    return [
        lambda: RequestFilters(statuses=frozenset({text})),
        lambda: RequestFilters(created=parse_period(text, None, NOW)),
        lambda: RequestFilters(completed=parse_period(None, text, NOW)),
        lambda: RequestFilters(policy=text),
        lambda: RequestFilters(action=text),
        lambda: RequestFilters(source=parse_source(text)),
        lambda: RequestFilters(location=parse_location(text)),
        lambda: RequestFilters(external_id=text),
        lambda: RequestFilters(identities=parse_identity_filters([text])),
        lambda: RequestFilters(identities=parse_identity_filters([f"email={text}"])),
        lambda: RequestFilters(search=text),
        lambda: RequestFilters(sort=parse_sort(text)),
        lambda: RequestFilters(after=parse_cursor(text)),
    ]


def tried(space: Workspace, folder: Path, text: str) -> list[Callable[[], object]]:
    """Everything that a text can be given to."""
    one = Chosen(("pri_a",))

    def chosen(make: Callable[[], RequestFilters]) -> Callable[[], object]:
        def act() -> object:
            filters = make()
            assert requests.list_(space, filters).requests == ()
            assert request_reports.stats(space, filters).total == 0
            assert request_reports.export(space, folder / "out.csv", filters).rows == 0
            wanted = Review(Verb.ERASE)
            return request_review.review(space, Chosen(filters=filters), wanted)

        return act

    return [
        *map(chosen, filtered(text)),
        lambda: requests.show(space, text),
        lambda: requests.create(space, NewRequest(text, parse_identities([f"email={text}"]))),
        lambda: request_review.review(
            space, choose([text], RequestFilters()), Review(Verb.ERASE), now=NOW
        ),
        lambda: request_review.review(space, one, Review(Verb.APPROVE, by=text), dry_run=True),
        lambda: request_review.update(space, one, parse_changes([f"{text}=1"])),
        lambda: request_review.update(space, one, parse_changes([f"policy={text}"])),
        lambda: request_reports.export(
            space, folder / "out.csv", form=ExportForm(sort=parse_sort(text))
        ),
    ]


def test_no_text_is_taken_for_sql(present: DatabaseUrl, tmp_path: Path) -> None:
    policy(present, "p", "access")
    add(present, "privacyrequest", request("a", policy_id="pol_p"), request("b"))
    before = ask(present, "SELECT * FROM privacyrequest ORDER BY id")
    space = workspace(present, tmp_path, key=KEY)
    for text in NASTY:
        if text == "pri_%":  # which is no id, and as a beginning would be every one
            assert requests.list_(space, RequestFilters(search=text)).requests == ()
        for act in tried(space, tmp_path, text):
            with contextlib.suppress(FidesdevError):
                act()
    assert ask(present, "SELECT * FROM privacyrequest ORDER BY id") == before
    assert ask(present, "SELECT key FROM policy") == [("p",)]


@pytest.mark.parametrize("text", NASTY[:8])
def test_texts_are_kept_as_they_are(present: DatabaseUrl, tmp_path: Path, text: str) -> None:
    add(present, "privacyrequest", request("a"), request("b"))
    space, one = workspace(present, tmp_path), Chosen(("pri_a",))
    request_review.update(space, one, parse_changes([f"external_id={text}"]))
    assert [row.id for row in requests.list_(space, RequestFilters(external_id=text)).requests] == [
        "pri_a"
    ]
    request_review.review(space, one, Review(Verb.DENY, reason=text))
    assert ask(present, "SELECT message FROM auditlog") == [(text,)]
    request_review.review(space, Chosen(("pri_b",)), Review(Verb.CANCEL, reason=text))
    assert ask(present, "SELECT cancel_reason FROM privacyrequest WHERE id = 'pri_b'") == [(text,)]
