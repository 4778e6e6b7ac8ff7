"""What each verb prints with `--json`: the type of its report, and the JSON Schema of the document.

The schemas are named by URNs, which no server has to answer for.
"""

from __future__ import annotations

from collections.abc import Iterator

from fidesdev.core.api import ApiCheck, ApiServed, ApiUrls, ResolvedUrl
from fidesdev.core.checks import CheckReport, Explanations
from fidesdev.core.cleaning import CleanReport
from fidesdev.core.configuration import ConfigCheck, ConfigPaths, ConfigReport, ConfigWritten
from fidesdev.core.containers import CommandReport, DownReport, LogsReport, PsReport, UpReport
from fidesdev.core.docker_doctor import DockerDoctorReport
from fidesdev.core.doctor import DoctorReport
from fidesdev.core.graph_reports import GraphReport
from fidesdev.core.health import HealthReport
from fidesdev.core.hooks import HookRun, HooksChanged, HooksStatus
from fidesdev.core.initialising import InitReport
from fidesdev.core.journal import LogReport
from fidesdev.core.json_schema import DIALECT, Definitions, Schema, described
from fidesdev.core.merge_reports import MergeReport
from fidesdev.core.model_reports import ModelAdded, ModelDetail, ModelDiagram, ModelList
from fidesdev.core.printed import CompletionScript, HelpText, Version
from fidesdev.core.quickstart import QuickstartCleaned, QuickstartReport
from fidesdev.core.rebase_reports import RebaseReport
from fidesdev.core.rebuilding import RebuildReport
from fidesdev.core.records import RecordDetail, RecordList, RecordsDeleted, RecordsWritten
from fidesdev.core.reports import (
    MoveReport,
    NewRevision,
    RevisionDetail,
    RevisionList,
    StampReport,
    StatusReport,
)
from fidesdev.core.request_reports import RequestExport, RequestStats
from fidesdev.core.request_review import RequestsChange
from fidesdev.core.request_seeds import RequestsSeeded
from fidesdev.core.requests import RequestCreated, RequestDetail, RequestList
from fidesdev.core.resetting import ResetReport
from fidesdev.core.seeding import SeedReport
from fidesdev.core.server import (
    CreateReport,
    DropReport,
    ShellReport,
    StartReport,
    StopReport,
    UrlReport,
    WaitReport,
)
from fidesdev.core.snapshot_diffs import SnapshotDiff
from fidesdev.core.snapshot_files import SnapshotExported, SnapshotImported
from fidesdev.core.snapshot_pruning import SnapshotsPruned
from fidesdev.core.snapshots import (
    SnapshotList,
    SnapshotRenamed,
    SnapshotRestored,
    SnapshotSaved,
    SnapshotsDeleted,
    SnapshotShown,
)
from fidesdev.core.tenants import FanoutReport
from fidesdev.core.why import WhyReport
from fidesdev.errors import FidesdevError

VERSION = 1
"""Of the outer shape that all documents share."""
REPORTS: dict[str, tuple[type, ...]] = {
    "--version": (Version,),
    "quickstart": (QuickstartReport, QuickstartCleaned),
    "init": (InitReport,),
    "doctor": (HealthReport,),
    "db status": (StatusReport, FanoutReport),
    "db upgrade": (MoveReport, FanoutReport),
    "db downgrade": (MoveReport, FanoutReport),
    "db goto": (MoveReport, FanoutReport),
    "db plan": (MoveReport,),
    "db current": (RevisionList,),
    "db heads": (RevisionList,),
    "db history": (RevisionList,),
    "db show": (RevisionDetail,),
    "db revision": (NewRevision,),
    "db merge-heads": (MergeReport,),
    "db create": (CreateReport,),
    "db drop": (DropReport,),
    "db wait": (WaitReport,),
    "db url": (UrlReport,),
    "db shell": (ShellReport,),
    "db start": (StartReport,),
    "db stop": (StopReport,),
    "db check": (CheckReport, Explanations),
    "db doctor": (DoctorReport,),
    "db drift": (CheckReport, Explanations),
    "db graph": (GraphReport,),
    "db log": (LogReport,),
    "db undo": (MoveReport,),
    "db redo": (MoveReport,),
    "db stamp": (StampReport,),
    "db lint": (CheckReport, Explanations),
    "db rebase": (RebaseReport,),
    "db sync": (MoveReport,),
    "db reset": (ResetReport,),
    "db roundtrip": (CheckReport, Explanations),
    "db seed": (SeedReport, RequestsSeeded),
    "db why": (WhyReport,),
    "snapshot save": (SnapshotSaved,),
    "snapshot restore": (SnapshotRestored,),
    "snapshot list": (SnapshotList,),
    "snapshot show": (SnapshotShown,),
    "snapshot rename": (SnapshotRenamed,),
    "snapshot delete": (SnapshotsDeleted,),
    "snapshot diff": (SnapshotDiff,),
    "snapshot export": (SnapshotExported,),
    "snapshot import": (SnapshotImported,),
    "snapshot prune": (SnapshotsPruned,),
    "requests list": (RequestList,),
    "requests show": (RequestDetail,),
    "requests create": (RequestCreated,),
    "requests stats": (RequestStats,),
    "requests export": (RequestExport,),
    "requests watch": (),
    "requests approve": (RequestsChange,),
    "requests deny": (RequestsChange,),
    "requests cancel": (RequestsChange,),
    "requests restart": (RequestsChange,),
    "requests delete": (RequestsChange,),
    "requests update": (RequestsChange,),
    "users list": (RecordList,),
    "users get": (RecordDetail,),
    "users create": (RecordsWritten,),
    "users update": (RecordsWritten,),
    "users delete": (RecordsDeleted,),
    "models list": (ModelList,),
    "models show": (ModelDetail,),
    "models diagram": (ModelDiagram,),
    "models add": (ModelAdded,),
    "records list": (RecordList,),
    "records get": (RecordDetail,),
    "records create": (RecordsWritten,),
    "records update": (RecordsWritten,),
    "records delete": (RecordsDeleted,),
    "api urls": (ApiUrls,),
    "api url": (ResolvedUrl,),
    "api serve": (ApiServed,),
    "api check": (ApiCheck,),
    "shell": (),
    "docker up": (UpReport,),
    "docker down": (DownReport,),
    "docker ps": (PsReport,),
    "docker logs": (LogsReport,),
    "docker shell": (CommandReport,),
    "docker clean": (CleanReport,),
    "docker doctor": (DockerDoctorReport,),
    "docker rebuild": (RebuildReport,),
    "hooks install": (HooksChanged,),
    "hooks uninstall": (HooksChanged,),
    "hooks status": (HooksStatus,),
    "hooks run": (HookRun,),
    "config show": (ConfigReport,),
    "config path": (ConfigPaths,),
    "config check": (ConfigCheck,),
    "config init": (ConfigWritten,),
    "help": (HelpText,),
    "completion": (CompletionScript,),
}
"""Verb -> the reports that it may answer; none where it has no JSON but for its errors."""


def document_schema(command: str) -> Schema:
    """The schema of the one document that a verb prints; raises `KeyError` for no verb."""
    definitions = Definitions()
    reports = [definitions.reference(report) for report in REPORTS[command]]
    outcomes = [_failed()]
    if reports:
        data = reports[0] if len(reports) == 1 else {"anyOf": reports}
        outcomes.insert(0, {"properties": {"data": data, "error": {"type": "null"}}})
    code = {"type": "string", "description": "One of those that 'help json error' lists."}
    return {
        **_outside(command.strip("-").replace(" ", "-"), {"const": command}),
        "title": f"fidesdev {command} --json",
        "oneOf": outcomes,
        "$defs": {**definitions.schemas, "Error": _error(code)},
    }


def failure_schema() -> Schema:
    """The schema of the document of any failure, and every code that an error may have."""
    codes: Schema = {"anyOf": [_code(error) for error in _errors(FidesdevError)]}
    return {
        **_outside("error", {"type": "string", "description": "The verb, as far as it was read."}),
        "title": "What a command prints that failed",
        "allOf": [_failed()],
        "$defs": {"Error": _error(codes)},
    }


def _outside(name: str, command: Schema) -> Schema:
    return {
        "$schema": DIALECT,
        "$id": f"urn:fidesdev:json:{VERSION}:{name}",
        "type": "object",
        "properties": {
            "fidesdev": {"const": VERSION, "description": "The version of this format."},
            "command": command,
            "ok": {"type": "boolean", "description": "False for a failure and for a finding."},
            "data": {"description": "The report; null for a failure."},
            "error": {"description": "The failure; null where there is a report."},
        },
        "required": ["fidesdev", "command", "ok", "data", "error"],
    }


def _failed() -> Schema:
    error = {"$ref": "#/$defs/Error"}
    return {"properties": {"ok": {"const": False}, "data": {"type": "null"}, "error": error}}


def _error(code: Schema) -> Schema:
    return {
        "description": "An expected failure; beside these keys stand the facts that its code has.",
        "type": "object",
        "properties": {
            "code": code,
            "message": {"type": "string", "description": "What happened, in one line."},
            "hint": {"type": ["string", "null"], "description": "What to type next."},
        },
        "required": ["code", "message", "hint"],
    }


def _code(error: type[FidesdevError]) -> Schema:
    told = described(error).get("description", "")
    return {"const": error.code, "description": f"{told} Exit code {error.exit_code}."}


def _errors(base: type[FidesdevError]) -> Iterator[type[FidesdevError]]:
    """Every class that names a code of its own, the general ones first."""
    if "code" in vars(base):
        yield base
    for error in base.__subclasses__():
        yield from _errors(error)
