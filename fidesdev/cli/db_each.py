"""`--each`: a verb of `fidesdev db` for many databases, or for the schemas of one."""

from __future__ import annotations

from dataclasses import replace
from functools import partial

from fidesdev import services
from fidesdev.cli.invocation import Invocation
from fidesdev.core.tenants import WHOLE, parse_shard
from fidesdev.errors import UsageError
from fidesdev.services.fanout import Way
from fidesdev.services.tenants import Choice

_HEADS = "heads"
_NAMED = 3
"""The question names no more; what is shown before it names all."""


def show_standing(call: Invocation, *, exit_code: bool) -> None:
    """Show where each database stands, seen from this checkout."""
    way = partial(services.migrations.upgrade, rev=_HEADS)
    report = services.fanout.plan(call.workspace, _choice(call), _HEADS, way).report
    behind = 3 if exit_code and not report.is_settled else 0
    call.show(report, exit_code=report.exit_code or behind)


def fan_out(
    call: Invocation,
    rev: str,
    way: Way,
    *,
    dry_run: bool,
    sql: bool,
    yes: bool = False,
    force_protected: str = "",
) -> None:
    """Plan for all of them, ask once for what some would lose, then move them."""
    if sql:
        raise UsageError(
            "--sql is for one database",
            hint="Leave --each out, and name the database with '--database-url'.",
        )
    found = services.fanout.plan(call.workspace, _choice(call), rev, way)
    if dry_run:
        call.show(found.report, exit_code=found.report.exit_code)
        return
    found = found.without_protected(force_protected if yes else "")
    if losing := found.losing:
        what = f"this downgrades {len(losing)} of {len(found.planned)}, which can destroy data"
        names = [one.tenant for one in losing]
        more = [f"{len(names) - _NAMED} more"] if len(names) > _NAMED else []
        where = ", ".join(names[:_NAMED] + more)
        call.agreement(what, found.report, where=where, yes=yes)
    report = services.fanout.execute(found, on_event=call.event)
    call.show(report, exit_code=report.exit_code)


def _choice(call: Invocation) -> Choice:
    """What the options say; raises `UsageError` where they contradict each other."""
    given = call.given
    each, schemas = given.get("each"), given.get("each_schema")
    if each and schemas:
        raise UsageError("--each contradicts --each-schema", hint="Give one of them.")
    source = each or schemas
    if not source:
        raise UsageError(
            "no list of databases",
            hint="Give one with '--each FILE', or a query: '--each \"SELECT ...\"'.",
        )
    choice = Choice(source, schemas=each is None, fail_fast=bool(given.get("fail_fast")))
    shard = parse_shard(given["shard"]) if "shard" in given else WHOLE
    return replace(choice, jobs=given.get("jobs", choice.jobs), shard=shard)
