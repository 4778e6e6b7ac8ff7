"""The README's table of commands names what there is."""

from __future__ import annotations

import re

from tests.cli.test_verbs import VERBS
from tests.documents import ROOT


def test_every_command_of_the_reference_exists_and_every_verb_is_there() -> None:
    readme = (ROOT / "README.md").read_text(encoding="utf-8")
    table = readme.partition("## Reference")[2].partition("Every command")[0]
    named = set()
    for cell in re.findall(r"^\| (`.*?) \|", table, re.MULTILINE):
        group = ""
        for code in re.findall(r"`([^`]+)`", cell):
            words = code.split()
            pair = " ".join(words[:2]) if len(words) > 1 else ""
            known = (pair, f"{group} {words[0]}", words[0])
            verb = next((name for name in known if name in VERBS), None)
            assert verb, code
            group = verb.partition(" ")[0]
            named.add(verb)
    shown = {verb for verb, ctx in VERBS.items() if not ctx.command.hidden}
    assert shown - named == set()
