"""Requests counted, exported and watched."""

from __future__ import annotations

import csv
import json
import stat
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path

import pytest

from fidesdev.adapters.identities import open_cipher
from fidesdev.core.request_filters import Include, RequestFilters, Sort
from fidesdev.core.request_reports import By, ExportForm, RequestExport, RequestStats, Suffix
from fidesdev.core.requests import STATUSES
from fidesdev.core.url import DatabaseUrl
from fidesdev.errors import FileNotWritten, MissingTable, UsageError
from fidesdev.services import request_reports
from tests.requests_databases import older_fixture, present_fixture, present_template_fixture  # noqa: F401 - fixtures
from tests.requests_tables import (
    KEY,
    NOW,
    add,
    ago,
    ask,
    ask_one,
    policy,
    request,
    run,
    workspace,
)

pytestmark = pytest.mark.server
Counted = Callable[..., RequestStats]
Exported = Callable[..., RequestExport]
LARGE = """
INSERT INTO privacyrequest (id, status, created_at)
SELECT 'pri_' || n, 'pending', now() FROM generate_series(1, 60000) AS n;
ANALYZE privacyrequest;
UPDATE pg_class SET reltuples = 10 * reltuples WHERE relname = 'privacyrequest';
"""


@pytest.fixture
def counted(present: DatabaseUrl, tmp_path: Path) -> Counted:
    """Counts requests."""

    def do(by: By = By.STATUS, *, exact: bool = False, **filters: object) -> RequestStats:
        chosen = RequestFilters(**filters)  # type: ignore[arg-type] # the tests' own keywords
        space = workspace(present, tmp_path)
        return request_reports.stats(space, chosen, by=by, exact=exact, now=NOW)

    return do


@pytest.fixture
def exported(present: DatabaseUrl, tmp_path: Path) -> Exported:
    """Exports requests to `out.csv`, or another file."""

    def do(
        form: ExportForm = request_reports.TABLE_ORDER, name: str = "out.csv", **filters: object
    ) -> RequestExport:
        chosen = RequestFilters(**filters)  # type: ignore[arg-type] # the tests' own keywords
        space = workspace(present, tmp_path, key=KEY)
        return request_reports.export(space, tmp_path / name, chosen, form=form)

    return do


def names(report: RequestStats) -> list[tuple[str | None, int, int | None]]:
    return [(count.name, count.count, count.overdue) for count in report.counts]


def test_requests_are_counted_by_each_thing(present: DatabaseUrl, counted: Counted) -> None:
    both, one = policy(present, "both", "access", "erasure"), policy(present, "one", "access")
    add(
        present,
        "privacyrequest",
        request("a", policy_id=both, due_date=ago(1)),
        request("b", policy_id=both, status="complete", created_at=ago(1)),
        request("c", policy_id=one, created_at=ago(40)),
        request("d", source="dataset_test"),
        request("e", deleted_at=NOW),
    )
    assert names(counted()) == [("pending", 2, 1), ("complete", 1, 0)]
    assert names(counted(By.POLICY)) == [("both", 2, 1), ("one", 1, 0)]
    assert names(counted(By.ACTION)) == [("access", 3, 1), ("erasure", 2, 1)]
    assert counted(By.ACTION).total == 3
    days = counted(By.DAY)
    assert names(days) == [("2026-05-09", 1, 0), ("2026-05-10", 1, 1)]
    assert days.since == datetime(2026, 4, 11, tzinfo=UTC)
    assert counted(statuses=frozenset({"complete"})).total == 1
    assert counted(include=frozenset(Include)).total == 5


def test_nothing_to_count_is_zero(counted: Counted) -> None:
    for by in By:
        report = counted(by)
        assert (report.total, report.counts, report.estimated) == (0, (), False)


def test_a_day_begins_in_utc(present: DatabaseUrl, counted: Counted) -> None:
    run(
        present,
        "ALTER ROLE CURRENT_USER IN DATABASE " + present.database + " SET TimeZone = 'Asia/Tokyo'",
    )
    add(present, "privacyrequest", request("a", created_at=datetime(2026, 5, 9, 23, tzinfo=UTC)))
    assert names(counted(By.DAY))[0][0] == "2026-05-09"


def test_a_large_table_is_estimated_and_says_so(present: DatabaseUrl, counted: Counted) -> None:
    run(present, LARGE)
    run(present, f"ALTER DATABASE {present.database} SET seq_page_cost = 1000")
    report = counted()
    assert report.estimated
    assert report.sample == pytest.approx(83.333)
    assert 40_000 < report.total < 80_000
    assert counted(exact=True).total == 60_000
    assert not counted(exact=True).estimated


def test_counting_by_what_is_not_there_says_so(older: DatabaseUrl, tmp_path: Path) -> None:
    space = workspace(older, tmp_path)
    run(older, "ALTER TABLE privacyrequest DROP COLUMN policy_id")
    add(older, "privacyrequest", request("a"))
    with pytest.raises(MissingTable, match="policy_id"):
        request_reports.stats(space, by=By.POLICY)
    assert [count.overdue for count in request_reports.stats(space).counts] == [None]


def test_csv_holds_what_sql_says(present: DatabaseUrl, exported: Exported, tmp_path: Path) -> None:
    p = policy(present, "p", "erasure", "access")
    rows = (
        request(s, status=s, policy_id=p, due_date=ago(1), external_id='a,"b"\nc') for s in STATUSES
    )
    add(present, "privacyrequest", *rows)
    report = exported(ExportForm(sort=Sort("id", descending=False)))
    written = list(csv.DictReader((tmp_path / "out.csv").read_text().splitlines(True)))
    known = "SELECT id, status::text, external_id, created_at FROM privacyrequest ORDER BY id"
    assert [
        (r["id"], r["status"], r["external_id"], datetime.fromisoformat(r["created_at"]))
        for r in written
    ] == ask(present, known)
    assert {(r["policy"], r["actions"], r["deleted_at"]) for r in written} == {
        ("p", "access+erasure", "")
    }
    late = {r["status"] for r in written if r["overdue"] == "true"}
    assert late == {name for name, status in STATUSES.items() if status.is_active}
    assert (report.rows, report.columns) == (len(STATUSES), tuple(written[0]))
    assert report.bytes == (tmp_path / "out.csv").stat().st_size


def test_json_lines_hold_types(present: DatabaseUrl, exported: Exported, tmp_path: Path) -> None:
    p = policy(present, "p", "erasure", "access")
    odd = 'tab\t "quote" \\ \x01 \x02 é \n'
    row = request("a", policy_id=p, external_id=odd, consent_preferences='{"x": [1]}')
    add(present, "privacyrequest", row)
    exported(ExportForm(Suffix.JSONL), "out.jsonl")
    (line,) = (tmp_path / "out.jsonl").read_text().splitlines()
    record = json.loads(line)
    assert (record["external_id"], record["actions"]) == (odd, ["access", "erasure"])
    assert (record["overdue"], record["days_left"]) == (False, None)
    assert record["consent_preferences"] == {"x": [1]}
    assert datetime.fromisoformat(record["created_at"]) == NOW


def test_an_export_filters_and_leaves_secrets_out(present: DatabaseUrl, exported: Exported) -> None:
    add(present, "privacyrequest", request("a"), request("b", location="FR"))
    report = exported(location="FR")
    assert report.rows == 1
    assert not {"filtered_final_upload", "access_result_urls"} & set(report.columns)


@pytest.mark.parametrize("format_", Suffix)
def test_identities_are_exported_when_asked_for(
    present: DatabaseUrl, exported: Exported, tmp_path: Path, format_: Suffix
) -> None:
    add(present, "privacyrequest", request("a", external_id="x\ny"), request("b"))
    cipher = open_cipher(KEY)
    for kind, stored in (("email", cipher.encrypt("ada@example.org")), ("phone", "broken")):
        row = {"id": kind, "field_name": kind, "encrypted_value": stored}
        add(present, "providedidentity", {**row, "privacy_request_id": "pri_a"})
    exported(ExportForm(format_, Sort("id", descending=False), show_identities=True))
    text = (tmp_path / "out.csv").read_text()
    if format_ is Suffix.CSV:
        values = [json.loads(r["identity_values"]) for r in csv.DictReader(text.splitlines(True))]
    else:
        values = [json.loads(line)["identity_values"] for line in text.splitlines()]
    assert values == [{"email": "ada@example.org", "phone": None}, {}]


def test_a_failed_export_leaves_the_file_as_it_was(
    present: DatabaseUrl, exported: Exported, tmp_path: Path
) -> None:
    out = tmp_path / "out.csv"
    out.write_text("before")
    run(present, "ALTER TABLE privacyrequest ALTER due_date TYPE text")
    add(present, "privacyrequest", request("a", due_date="no date"))
    with pytest.raises(Exception, match=r"operator does not exist"):
        exported()
    assert [(path.name, path.read_text()) for path in tmp_path.iterdir()] == [("out.csv", "before")]


def test_an_exported_file_is_for_its_owner_alone(
    present: DatabaseUrl, exported: Exported, tmp_path: Path
) -> None:
    exported()
    assert stat.S_IMODE((tmp_path / "out.csv").stat().st_mode) == 0o600


def test_a_link_stays_a_link(present: DatabaseUrl, exported: Exported, tmp_path: Path) -> None:
    (tmp_path / "out.csv").symlink_to(tmp_path / "real.csv")
    exported()
    assert (tmp_path / "out.csv").is_symlink()
    assert (tmp_path / "real.csv").read_text().startswith("id,")


def test_a_device_is_written_to_and_not_replaced(exported: Exported) -> None:
    assert exported(name="/dev/null").bytes > 0
    assert stat.S_ISCHR(Path("/dev/null").stat().st_mode)


def test_a_folder_that_is_not_there_is_told(exported: Exported) -> None:
    with pytest.raises(FileNotWritten, match="No such file"):
        exported(name="missing/out.csv")


def test_a_watch_tells_what_changed_since_the_look_before(
    present: DatabaseUrl, tmp_path: Path
) -> None:
    add(present, "privacyrequest", request("a", updated_at=ago(2)), request("b", updated_at=ago(3)))
    looks = request_reports.watch(workspace(present, tmp_path), interval=0.01)
    first = next(looks)
    assert ([row.id for row in first.requests], first.moves) == (["pri_a", "pri_b"], ())
    assert next(looks).moves == ()
    run(
        present,
        "UPDATE privacyrequest SET status = 'denied', updated_at = now() WHERE id = 'pri_b'",
    )
    add(present, "privacyrequest", request("c", updated_at=ago(1)))
    third = next(looks)
    moves = [(move.id, move.before, move.status) for move in third.moves]
    assert moves == [("pri_c", None, "pending"), ("pri_b", "pending", "denied")]
    run(present, "UPDATE privacyrequest SET deleted_at = now() WHERE id = 'pri_a'")
    (move,) = next(looks).moves
    assert (move.id, move.deleted) == ("pri_a", True)


def test_a_watched_status_is_told_when_it_is_reached_and_left(
    present: DatabaseUrl, tmp_path: Path
) -> None:
    add(present, "privacyrequest", *(request(name, updated_at=NOW) for name in "abc"))
    chosen = RequestFilters(statuses=frozenset({"Pending"}))
    looks = request_reports.watch(workspace(present, tmp_path), chosen, interval=0.01, looks=3)
    next(looks)
    run(present, "UPDATE privacyrequest SET status = 'error' WHERE id = 'pri_a'")
    second = next(looks)
    assert [(move.before, move.status) for move in second.moves] == [("pending", "error")]
    assert [row.id for row in second.requests] == ["pri_b", "pri_c"]
    run(present, "UPDATE privacyrequest SET status = 'denied' WHERE id = 'pri_a'")
    assert [look.moves for look in looks] == [()]


def test_a_watch_refuses_a_status_that_is_none(present: DatabaseUrl, tmp_path: Path) -> None:
    chosen = RequestFilters(statuses=frozenset({"pendng"}))
    with pytest.raises(UsageError, match="no status"):
        next(request_reports.watch(workspace(present, tmp_path), chosen))
    assert ask_one(present, "SELECT count(*) FROM privacyrequest") == 0
