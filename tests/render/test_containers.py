"""The reports about containers as text."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta

from fidesdev.core.containers import (
    CommandReport,
    Connection,
    ContainerRow,
    DownReport,
    LogLine,
    LogsReport,
    Place,
    PsReport,
    UpReport,
)
from fidesdev.render.containers import blocks
from fidesdev.render.plain import plain

PLACE = Place("shop", ("compose.yml",), generated=False, engine="context 'default'", remote=False)
ROW = ContainerRow(
    service="web",
    container="shop-web-1",
    state="running",
    health="healthy",
    exit_code=None,
    ports=("8080->80/tcp",),
    image="web:1",
    created=datetime.now(UTC) - timedelta(hours=2, minutes=5),
    folder="/srv/shop",
    id="c1",
)
CONNECTION = Connection(
    url="postgresql://ann:***@localhost:5432/shop",
    written="shop-db",
    host="localhost",
    port=5432,
    service="shop-db",
    published=5432,
    in_use=True,
)
UP = UpReport(PLACE, ("web",), (ROW,), CONNECTION, waited=True, executed=True, seconds=1.0)


def shown(report: object) -> str:
    return "\n".join(plain(blocks(report)))


def test_up_ends_with_how_to_connect() -> None:
    told = shown(UP)
    assert "Connect    postgresql://ann:***@localhost:5432/shop" in told
    assert "Look at it fidesdev db status" in told
    assert "shop-db is reached from here as localhost: [fidesdev] host_server says so." in told


def test_port_that_the_configuration_does_not_know_is_told() -> None:
    told = shown(replace(UP, connection=replace(CONNECTION, published=9032)))
    assert "port = 9032 under [database]" in told
    assert "db status" not in told


def test_plan_says_what_would_be_started_and_on_which_machine() -> None:
    place = replace(PLACE, remote=True, engine="context 'staging' (ssh://ann@host)")
    told = shown(replace(UP, place=place, executed=False))
    assert told == "Would start web  compose.yml, on the remote context 'staging' (ssh://ann@host)"


def test_ps_lists_state_ports_and_age() -> None:
    told = shown(PsReport(PLACE, (ROW,), missing=("db",)))
    assert "web      running (healthy)  8080->80/tcp  shop-web-1  web:1  2 h ago" in told
    assert "Without a container: db" in told
    ended = replace(ROW, state="exited", health=None, exit_code=3)
    assert "exited (3)" in shown(PsReport(PLACE, (ended,), missing=()))


def test_ps_of_nothing_says_how_to_start() -> None:
    assert "fidesdev docker up" in shown(PsReport(PLACE, (), missing=("web",)))


def test_down_says_what_stays() -> None:
    report = DownReport(PLACE, (ROW,), ("shop_data",), executed=True, seconds=1.0)
    assert shown(report) == "Removed shop-web-1  compose.yml\nVolumes stay: shop_data"
    assert shown(replace(report, executed=False)).startswith("Would remove shop-web-1")


def test_log_lines_carry_their_service() -> None:
    line = LogLine("web", "shop-web-1", "2026-04-01T00:00:00Z", "ready")
    assert shown(LogsReport((line,))) == "web | ready"


def test_command_is_shown_before_it_runs() -> None:
    report = CommandReport("web", ("echo", "a b"), 0, None, executed=False)
    assert shown(report) == "Would run echo 'a b' in web"
