"""Several points of a doctor as one."""

from __future__ import annotations

from fidesdev.core.docker_doctor import Diagnosis
from fidesdev.core.health import HealthReport, summed_up

FINE = Diagnosis("x", "ok", "fine")
DOUBTFUL = Diagnosis("x", "warning", "doubtful", "look")
WRONG = Diagnosis("x", "error", "wrong", "mend it")


def test_worst_point_speaks_for_all() -> None:
    assert summed_up("y", [FINE, DOUBTFUL], more="m") == Diagnosis(
        "y", "warning", "doubtful", "look"
    )
    assert summed_up("y", [DOUBTFUL, WRONG, FINE], more="see") == Diagnosis(
        "y", "error", "wrong, and 1 more", "See all of it with 'see'."
    )


def test_points_in_order_are_told_together() -> None:
    assert summed_up("y", [FINE, FINE], more="m") == Diagnosis("y", "ok", "fine, fine")


def test_one_doubt_is_enough() -> None:
    assert HealthReport((FINE,)).is_healthy
    assert not HealthReport((FINE, DOUBTFUL)).is_healthy
