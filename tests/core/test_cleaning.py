"""When something cheaper than a cleaning is advised."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

from fidesdev.core.cleaning import cheaper

NOW = datetime(2026, 1, 10, tzinfo=UTC)


def days_ago(*days: float) -> list[datetime]:
    return [NOW - timedelta(days=one) for one in days]


def test_advice_comes_with_the_third_cleaning_in_seven_days() -> None:
    assert cheaper(days_ago(1), NOW, volumes=True, service="app") is None
    assert cheaper(days_ago(8, 7.5, 1), NOW, volumes=True, service="app") is None
    advice = cheaper(days_ago(30, 6.9, 0), NOW, volumes=True, service="app")
    assert advice is not None
    assert "no. 3" in advice


def test_advice_fits_what_is_removed() -> None:
    often = days_ago(1, 2)
    built = cheaper(often, NOW, volumes=False, service="app") or ""
    assert ("docker rebuild app" in built, "db sync" in built) == (True, False)
    data = cheaper(often, NOW, volumes=True, service=None) or ""
    assert ("rebuild" in data, "db sync" in data, "db reset" in data) == (False, True, True)
    assert "docker up" in (cheaper(often, NOW, volumes=False, service=None) or "")
