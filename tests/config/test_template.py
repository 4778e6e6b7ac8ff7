"""The files that we write: the commented one of `config init`, and this checkout's own."""

from __future__ import annotations

from pathlib import Path

from fidesdev.config.template import TEMPLATE
from tests.config.conftest import Load


def test_template_says_nothing_until_a_line_is_uncommented(load: Load) -> None:
    found = load(TEMPLATE)
    assert {source.kind for source in found.sources.values()} == {"default"}


def test_template_uncommented_says_every_key_and_its_default(load: Load) -> None:
    lines = [line.removeprefix("# ") if " = " in line else line for line in TEMPLATE.splitlines()]
    found, plain = load("\n".join(lines)), load("")
    spoken = {key for key, source in found.sources.items() if source.kind == "file"}
    assert spoken == found.sources.keys() - {"test_mode"}
    assert (found.database, found.tool) == (plain.database, plain.tool)


def test_own_file_of_this_checkout_can_be_used(load: Load) -> None:
    own = (Path(__file__).parents[2] / ".fides.toml").read_text(encoding="utf-8")
    found = load(own)
    assert (found.tool.engine, found.database.db) == ("embedded", "fides")
    assert len(found.app_encryption_key or "") == 32
    there = load(own.replace('engine = "embedded"', 'engine = "server"'))
    assert (there.tool.engine, there.database) == ("server", found.database)
