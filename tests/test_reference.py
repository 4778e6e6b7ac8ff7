"""The reference of the documentation has everything that the program has."""

from __future__ import annotations

import json
import re
from functools import cache
from pathlib import Path

import pytest

from docs import generate
from docs.generator.errors import every
from docs.generator.reports import reports
from docs.generator.verbs import verbs
from fidesdev import errors
from fidesdev.config.keys import DEFAULTS
from fidesdev.core.check_codes import CHECKS
from fidesdev.core.drift import DRIFTS
from fidesdev.core.lint_codes import LINTS
from fidesdev.core.roundtrip import ROUNDTRIPS
from tests.cli.test_verbs import VERBS


@cache
def pages() -> dict[str, str]:
    return dict(generate.pages())


def test_every_verb_is_described_but_those_that_help_hides() -> None:
    text = "".join(pages().values())
    shown = {verb for verb, ctx in VERBS.items() if not ctx.command.hidden}
    assert set(verbs()) == shown
    assert {verb for verb in shown if f"\nfidesdev {verb}" not in text} == set()


@pytest.mark.parametrize("verb", verbs())
def test_every_option_is_described(verb: str) -> None:
    page = pages()[f"commands/{verb.split(maxsplit=1)[0]}.md"]
    part = page.partition(f"\nfidesdev {verb} ")[2].partition("See also")[0]
    ctx = verbs()[verb]
    shown = [one for one in ctx.command.get_params(ctx) if not getattr(one, "hidden", False)]
    names = {name for one in shown for name in one.opts if name.startswith("-")}
    assert {name for name in names - {"-h", "--help"} if f"`{name}`" not in part} == set()


def test_every_error_key_and_code_is_described() -> None:
    kinds = {kind.__name__ for kind in every(errors.FidesdevError)}
    assert {name for name in kinds if f"| `{name}` |" not in pages()["errors.md"]} == set()
    keys = {key for section in DEFAULTS.values() for key in section}
    assert {key for key in keys if f"| `{key}` |" not in pages()["configuration.md"]} == set()
    codes = {*CHECKS, *LINTS, *ROUNDTRIPS, *DRIFTS}
    assert {code for code in codes if f"| `{code}` |" not in pages()["codes.md"]} == set()


def test_facts_of_an_error_are_those_that_json_shows() -> None:
    row = re.search(r"^\| `ambiguous_revision` .* \| (.*) \|$", pages()["errors.md"], re.MULTILINE)
    error = errors.AmbiguousRevision("ae1", ("ae10", "ae11"))
    assert row
    assert row[1].split(", ") == [f"`{fact}`" for fact in error.facts]


def test_keys_of_every_report_are_described() -> None:
    text = pages()["json.md"]
    assert len(reports()) > 100
    for name, report in reports().items():
        part = text.partition(f"(report-{name})=\n")[2].partition("\n(report-")[0]
        assert re.findall(r"^\| `(\w+)` \|", part, re.MULTILINE) == list(
            report.schema["properties"]
        )
    assert json.loads(text.partition("```json\n")[2].partition("```")[0])["fidesdev"] == 1


def test_links_lead_somewhere() -> None:
    text = "".join(pages().values())
    targets = set(re.findall(r"^\(([\w-]+)\)=$", text, re.MULTILINE))
    assert len(targets) > 200
    assert {name for name in re.findall(r"\]\(#([\w-]+)\)", text) if name not in targets} == set()


def test_a_second_writing_changes_nothing(tmp_path: Path) -> None:
    generate.write(tmp_path)
    before = {path: path.stat().st_mtime_ns for path in tmp_path.rglob("*.md")}
    generate.write(tmp_path)
    assert {path: path.stat().st_mtime_ns for path in tmp_path.rglob("*.md")} == before
