"""What a person sees of a cleaning."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta

from fidesdev.core.cleaning import CleanItem, CleanReport, LostDatabase, SavedDatabase
from fidesdev.core.containers import Place
from fidesdev.core.engine_objects import Kind
from fidesdev.render.cleaning import blocks
from fidesdev.render.plain import plain

NOW = datetime(2026, 1, 2, 12, tzinfo=UTC)
PLACE = Place("shop", ("/src/compose.yml",), False, "context 'default' (unix:///d.sock)", False)
REPORT = CleanReport(
    place=PLACE,
    removed=(
        CleanItem(Kind.CONTAINER, "shop_db_1", 63, NOW - timedelta(hours=3), "running"),
        CleanItem(Kind.VOLUME, "a" * 64, 2048, None, why="made for its container"),
        CleanItem(Kind.CACHE, "2 unnamed layers of shop_app:latest", None, None),
    ),
    kept=(
        CleanItem(Kind.VOLUME, "common", 1024, NOW - timedelta(days=1), why="external: no"),
        CleanItem(Kind.CACHE, "build cache", 5120, None, why="of nobody"),
    ),
    saved=(SavedDatabase("fides", "shop_db_1", "/src/.fidesdev/dumps/one.dump"),),
    lost=(LostDatabase("old_db", "test", "whose server does not run"),),
    bytes=2111,
    advice="cleaning no. 3",
    executed=False,
    at=NOW,
)


def text(report: CleanReport) -> list[str]:
    return [*plain(blocks(report))]


def test_list_shows_sizes_ages_and_why_something_stays() -> None:
    shown = text(REPORT)
    assert shown[0] == "Project shop on context 'default' (unix:///d.sock)"
    assert shown[1] == "Goes, 2.1 kB"
    assert shown[3].split() == ["container", "shop_db_1", "3", "hours", "63", "bytes", "running"]
    assert shown[6:] == [
        "Stays",
        "  volume common (1.0 kB, 1 day): external: no",
        "  build cache (5.0 kB): of nobody",
        "Saved first: database fides to /src/.fidesdev/dumps/one.dump",
        "Not saved: database test of old_db, whose server does not run",
        "hint: cleaning no. 3",
    ]


def test_remote_engine_is_named_as_one() -> None:
    place = replace(PLACE, engine="context 'far' (ssh://ann@far)", remote=True)
    first = text(replace(REPORT, place=place))[0]
    assert first == "Project shop on a remote engine: context 'far' (ssh://ann@far)"


def test_end_counts_what_went_and_tells_where_the_databases_are() -> None:
    saved = (replace(REPORT.saved[0], bytes=1024),)
    shown = text(replace(REPORT, executed=True, seconds=1.25, saved=saved))
    assert shown[0] == "Removed 1 container, 1 volume of shop in 1.2 s. 2.1 kB are free again."
    assert shown[1] == "Saved database fides to /src/.fidesdev/dumps/one.dump (1.0 kB)"


def test_nothing_to_do_is_told() -> None:
    bare = replace(REPORT, removed=(), kept=(), saved=(), lost=(), advice=None)
    assert text(bare)[1] == "Nothing goes."
