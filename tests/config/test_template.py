"""The commented file: silent as it is, and true when uncommented."""

from __future__ import annotations

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
