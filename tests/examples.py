"""How many examples hypothesis tries: few in the gate, more at night."""

from __future__ import annotations

from hypothesis import HealthCheck, settings

_USUAL = 100


def examples(count: int) -> settings:
    """So many, and with the profile `nightly` as many times more as that has more than usual.

    The fixtures of a test may hold a folder for all of its examples.
    """
    default = settings.default
    assert default is not None
    suppressed = [HealthCheck.function_scoped_fixture, HealthCheck.too_slow]
    return settings(
        max_examples=max(1, count * default.max_examples // _USUAL),
        suppress_health_check=suppressed,
    )
