"""What the engine is asked for all it holds, by several at once."""

from __future__ import annotations

import os
from concurrent.futures import ThreadPoolExecutor

from fidesdev.adapters.engine import open_engine
from fidesdev.adapters.engine_inventory import inventory
from fidesdev.core.engine_objects import EngineObject, Kind


def taken() -> tuple[EngineObject, ...]:
    with open_engine(os.environ) as engine:
        return inventory(engine)


def test_several_may_ask_at_once(tiny_image: str) -> None:
    with ThreadPoolExecutor(6) as pool:
        answers = [each.result() for each in [pool.submit(taken) for _ in range(6)]]
    for held in answers:
        (image,) = (one for one in held if tiny_image in one.tags)
        assert image.kind is Kind.IMAGE
        assert image.created is not None
        assert {one.name for one in held if one.kind is Kind.NETWORK} >= {"host", "none"}
