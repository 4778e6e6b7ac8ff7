"""Findings in the formats of other programs: GitHub's annotations, SARIF 2.1.0, JUnit XML."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator, Mapping
from typing import Any
from urllib.parse import quote
from xml.etree import ElementTree as ET

from fidesdev import __version__
from fidesdev.core.check_codes import CHECKS
from fidesdev.core.checks import CheckReport
from fidesdev.core.drift import DRIFTS
from fidesdev.core.findings import Finding
from fidesdev.core.lint_codes import LINTS
from fidesdev.core.roundtrip import ROUNDTRIPS
from fidesdev.render.checks import counted

CODES = {**CHECKS, **LINTS, **ROUNDTRIPS, **DRIFTS}
_PROGRAM = "fidesdev"
_SARIF = "https://docs.oasis-open.org/sarif/sarif/v2.1.0/os/schemas/sarif-schema-2.1.0.json"
_CONTROL = dict.fromkeys({*range(32), 0xFFFE, 0xFFFF} - {9, 10, 13}, "\N{REPLACEMENT CHARACTER}")
"""Characters that XML cannot hold, not even escaped."""


def github(report: CheckReport) -> str:
    """Workflow commands that GitHub Actions shows beside the lines of the pull request.

    https://docs.github.com/actions/reference/workflow-commands-for-github-actions
    """
    lines = [_command(found) for found in report.findings]
    for skipped in report.skipped:
        text = f"not checked: {', '.join(skipped.codes)}: {skipped.reason}"
        lines.append(f"::notice title={_PROGRAM}::{_data(text)}")
    lines.append(f"{counted(report.findings) or 'nothing found'} in {report.revisions} files")
    return "\n".join(lines)


def sarif(report: CheckReport) -> str:
    """A SARIF log of one run; its results name every check that found something."""
    rules = [code for code in CODES if code in report.checked]
    run = {
        "tool": {
            "driver": {
                "name": _PROGRAM,
                "version": __version__,
                "rules": [_rule(code) for code in rules],
            }
        },
        "columnKind": "unicodeCodePoints",
        "results": [_result(found, rules.index(found.code)) for found in report.findings],
        "invocations": [_invocation(report)],
    }
    return json.dumps({"$schema": _SARIF, "version": "2.1.0", "runs": [run]}, indent=2)


def junit(report: CheckReport) -> str:
    """A test suite with a case for each check; warnings are no failures, and are told."""
    suite = ET.Element("testsuite", name=f"{_PROGRAM} db check", time="0")
    cases = [_case(code, report) for code in report.checked]
    cases += [_skipped(code, one.reason) for one in report.skipped for code in one.codes]
    suite.extend(cases)
    for attribute, tag in (("failures", "failure"), ("skipped", "skipped")):
        suite.set(attribute, str(sum(case.find(tag) is not None for case in cases)))
    suite.set("tests", str(len(cases)))
    suite.set("errors", "0")
    root = ET.Element("testsuites")
    root.append(suite)
    ET.indent(root)
    text = ET.tostring(root, encoding="unicode")
    return f'<?xml version="1.0" encoding="utf-8"?>\n{text}'


FORMATS: Mapping[str, Callable[[CheckReport], str]] = {
    "github": github,
    "sarif": sarif,
    "junit": junit,
}
"""By the name that the command line knows it by."""


def _command(found: Finding) -> str:
    facts = {"file": found.path, "line": found.line, "title": f"{_PROGRAM}: {found.code}"}
    properties = ",".join(f"{key}={_property(value)}" for key, value in facts.items() if value)
    return f"::{found.severity} {properties}::{_data(_text(found))}"


def _data(text: str) -> str:
    return text.replace("%", "%25").replace("\r", "%0D").replace("\n", "%0A")


def _property(value: object) -> str:
    return _data(str(value)).replace(":", "%3A").replace(",", "%2C")


def _text(found: Finding) -> str:
    return f"{found.message}\n{found.hint}"


def _rule(code: str) -> dict[str, Any]:
    check = CODES[code]
    return {
        "id": code,
        "name": "".join(word.capitalize() for word in code.split("-")),
        "shortDescription": {"text": check.summary},
        "fullDescription": {"text": check.explanation},
        "help": {"text": check.remedy},
        "defaultConfiguration": {"level": check.severity},
    }


def _result(found: Finding, rule: int) -> dict[str, Any]:
    result: dict[str, Any] = {
        "ruleId": found.code,
        "ruleIndex": rule,
        "level": found.severity,
        "message": {"text": _text(found)},
    }
    if found.path:
        physical: dict[str, Any] = {"artifactLocation": {"uri": _uri(found.path)}}
        if found.line:
            physical["region"] = {"startLine": found.line}
        result["locations"] = [{"physicalLocation": physical}]
    if found.revision:
        result["partialFingerprints"] = {"revision/v1": f"{found.code}:{found.revision}"}
    return result


def _uri(path: str) -> str:
    quoted = quote(path, errors="replace")
    return f"file://{quoted}" if path.startswith("/") else quoted


def _invocation(report: CheckReport) -> dict[str, Any]:
    notes = [
        {"level": "note", "message": {"text": f"not checked: {code}: {one.reason}"}}
        for one in report.skipped
        for code in one.codes
    ]
    return {"executionSuccessful": True, "toolExecutionNotifications": notes}


def _case(code: str, report: CheckReport) -> ET.Element:
    case = ET.Element("testcase", classname=f"{_PROGRAM}.check", name=code, time="0")
    found = [one for one in report.findings if one.code == code]
    errors = [one for one in found if one.severity == "error"]
    if errors:
        failure = ET.SubElement(case, "failure", message=_clean(counted(errors)), type=code)
        failure.text = _clean("\n".join(_listed(errors)))
    if warnings := [one for one in found if one.severity != "error"]:
        ET.SubElement(case, "system-out").text = _clean("\n".join(_listed(warnings)))
    return case


def _skipped(code: str, reason: str) -> ET.Element:
    case = ET.Element("testcase", classname=f"{_PROGRAM}.check", name=code, time="0")
    ET.SubElement(case, "skipped", message=_clean(reason))
    return case


def _listed(findings: list[Finding]) -> Iterator[str]:
    for found in findings:
        place = ":".join(str(part) for part in (found.path, found.line) if part)
        yield f"{place}: {found.severity}: {_text(found)}"


def _clean(text: str) -> str:
    cleaned = text.translate(_CONTROL)
    return cleaned.encode("utf-8", "replace").decode()
