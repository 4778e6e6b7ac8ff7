"""Names that sort as the revisions stand."""

from __future__ import annotations

from datetime import datetime

import pytest

from fidesdev.core.renaming import renewed_names

NOW = datetime(2026, 3, 4, 5, 6, 7)


@pytest.mark.parametrize(
    ("own", "others", "expected"),
    [
        ({"m": "0002_m.py"}, ["0001_a.py", "0002_b.py"], {"m": "0003_m.py"}),
        (
            {"m": "0002_m.py", "n": "0003_n.py"},
            ["0001_a.py", "0002_b.py", "0003_c.py"],
            {"m": "0004_m.py", "n": "0005_n.py"},
        ),
        ({"m": "0002_m.py"}, ["0001_a.py"], {}),
        ({"0002": "0002_m.py"}, ["0001_a.py", "0003_b.py"], {}),
        (
            {"m": "2026_01_01_1200_m_x.py"},
            ["2026_02_01_1200_b.py"],
            {"m": "2026_03_04_0506_m_x.py"},
        ),
        (
            {"m": "xx_20260101_m.py", "n": "xx_20260102_n.py"},
            ["xx_20260201_b.py"],
            {"m": "xx_20260304_m.py", "n": "xx_20260304_n.py"},
        ),
        ({"m": "2026-01-01-12-30-59_m.py"}, ["2026-02-01_b.py"], {"m": "2026-03-04-05-06-07_m.py"}),
        ({"m": "2026_02_02_m.py"}, ["2026_02_01_b.py"], {}),
        ({"m": "m.py"}, ["b.py"], {}),
    ],
)
def test_names_are_renewed(
    own: dict[str, str], others: list[str], expected: dict[str, str]
) -> None:
    assert renewed_names(own, others, others, NOW) == expected


def test_dates_count_against_those_below_alone() -> None:
    own, others = {"m": "2026_02_01_m.py"}, ["2026_01_01_a.py", "2026_03_01_elsewhere.py"]
    assert renewed_names(own, others[:1], others, NOW) == {}
