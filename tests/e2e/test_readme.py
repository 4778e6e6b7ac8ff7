"""The README's table of commands names what there is."""

from __future__ import annotations

import re

import pytest

from fidesdev.cli.app import GROUPS, program
from fidesdev.cli.invocation import run
from tests.documents import ROOT


def test_every_command_of_the_reference_exists(capsys: pytest.CaptureFixture[str]) -> None:
    readme = (ROOT / "README.md").read_text(encoding="utf-8")
    table = readme.partition("## Reference")[2].partition("Every command")[0]
    for cell in re.findall(r"^\| (`.*?) \|", table, re.MULTILINE):
        group = ""
        for code in re.findall(r"`([^`]+)`", cell):
            words = code.split()
            if words[0] in GROUPS and words[1:2] and words[1].isidentifier():
                group, words = words[0], words[1:]
            verb = [group, words[0]] if group else [words[0]]
            assert run(program, [*verb, "--help"]) == 0, verb
            assert capsys.readouterr().out.startswith(f"Usage: fidesdev {' '.join(verb)} ")
