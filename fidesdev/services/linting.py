"""Hazards in revisions: what they lock, rewrite, lose or leave behind."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import PurePath

from fidesdev.adapters.packages import own_packages
from fidesdev.adapters.runner import open_runner
from fidesdev.adapters.squawk import judge
from fidesdev.core.check_codes import nearest
from fidesdev.core.checks import CheckReport, Explanations, Skipped, explained, judged
from fidesdev.core.findings import Finding
from fidesdev.core.graph import Revision
from fidesdev.core.ignores import read_ignores, without_ignored
from fidesdev.core.lint_codes import LINTS
from fidesdev.core.lint_scope import scope_of
from fidesdev.core.lint_squawk import ALIASES, SQUAWK, STYLE
from fidesdev.core.lint_statements import Hazard, statement_hazards
from fidesdev.core.lint_text import cascading_tables, indexed_tables, rebuilt_tables, text_hazards
from fidesdev.core.linting import Judged, Sizes, hazard_findings, joined, sql_findings
from fidesdev.core.planner import Direction
from fidesdev.core.sent import sent
from fidesdev.core.statements import Rendered
from fidesdev.errors import (
    EnvFailed,
    PackageMissing,
    UsageError,
)
from fidesdev.services.moves import scripts_of
from fidesdev.services.selection import selected
from fidesdev.services.workspace import Workspace

REPACK_SINCE = 19
"""The PostgreSQL for which squawk has `prefer-repack`."""
NOTHING = Rendered(())
SOME = ("some SQL",)
_NO_MODULE = "ModuleNotFoundError: No module named '"


def lint(
    workspace: Workspace,
    span: str | None = None,
    *,
    only: Collection[str] = (),
    live: bool = False,
) -> CheckReport:
    """The hazards in the upgrades of the revisions of a range `A:B`, by default of one's own.

    Those are what upstream does not have; without an upstream, all. With `live` the statistics of
    the database say how severe a lock is. Raises `UsageError` for a code that does not exist.
    """
    codes = chosen_codes(only, workspace.settings.tool.lint)
    wanted, against = selected(workspace, span)
    scripts = _Scripts(workspace, wanted)
    sizes = Sizes(_read_sizes(workspace) if live else {})
    skipped = list(scripts.skipped)
    findings = list(_own_findings(scripts, sizes))
    try:
        findings += _squawk_findings(scripts, codes, sizes)
    except PackageMissing as error:
        skipped.append(Skipped(("squawk",), f"{error}; {error.hint}"))
    strange = sorted({one.code for one in findings} - LINTS.keys())
    if strange:
        skipped.append(Skipped(tuple(strange), "this squawk has rules that fidesdev does not know"))
    comments = [
        (revision.path, ignore)
        for revision in wanted
        for ignore in read_ignores(scripts.texts[revision.id])
    ]
    kept, checked = without_ignored(findings, comments, codes), (*codes, "ignore")
    severities = {k: v for k, v in workspace.settings.tool.lint.items() if v != "off"}
    return CheckReport(
        findings=judged(kept, checked, severities),
        checked=checked,
        skipped=tuple(skipped),
        revisions=len(wanted),
        against=against,
    )


def explanations(codes: Collection[str]) -> Explanations:
    """What the codes mean; `all` is every one of them. Raises `UsageError` for an unknown one."""
    wanted = list(LINTS) if "all" in codes else list(codes)
    for code in wanted:
        _known(code)
    return explained(LINTS[code] for code in wanted)


def chosen_codes(only: Collection[str], severities: Mapping[str, str]) -> tuple[str, ...]:
    """The codes to look for; what is named is looked for in any case."""
    for code in only:
        _known(code)
    if only:
        asked = {one for code in only for one in (code, *ALIASES.get(code, ()))}
        return tuple(code for code in LINTS if code in asked)
    told = {code for code, said in severities.items() if said != "off"}
    named = {one for code in told for one in (code, *ALIASES.get(code, ()))}
    usual = (code for code, one in LINTS.items() if not one.on_request or code in named)
    return tuple(code for code in usual if severities.get(code) != "off")


@dataclass(frozen=True)
class _Scripts:
    """The revisions that are looked at, with their texts and what they would send."""

    workspace: Workspace
    revisions: tuple[Revision, ...]
    _rendered: dict[Direction, dict[str, Rendered]] = field(default_factory=dict)

    @cached_property
    def texts(self) -> dict[str, bytes]:
        """The text of each revision."""
        root = self.workspace.settings.project
        return {one.id: (root / one.path).read_bytes() for one in self.revisions}

    def rendered(self, direction: Direction, id_: str) -> Rendered:
        """What a revision would send."""
        if not self._rendered:
            self._render()
        return self._rendered[direction].get(id_, NOTHING)

    @property
    def skipped(self) -> Iterator[Skipped]:
        """The revisions whose statements are not all known, and why."""
        stopped = [(one.id, self.rendered(Direction.UP, one.id)) for one in self.revisions]
        failed = [(id_, one.failure) for id_, one in stopped if one.failure]
        missing = [one for one in failed if one[1].startswith(_NO_MODULE)]
        if missing:
            names = sorted({reason.partition("'")[2].partition("'")[0] for _id, reason in missing})
            reason = (
                f"{_counted(missing)} import what this Python does not have: {', '.join(names)}"
            )
            yield Skipped(SOME, f"{reason}; set 'runner' under [fidesdev] to one that has it")
        if asking := [one for one in failed if one not in missing]:
            id_, reason = asking[0]
            where = f"such as {id_} ({reason})" if len(asking) > 1 else f"{id_} ({reason})"
            yield Skipped(SOME, f"{_counted(asking)} cannot be rendered to the end, {where}")

    def _render(self) -> None:
        workspace, wanted = self.workspace, {one.id for one in self.revisions}
        scripts = scripts_of(workspace.graph, workspace.settings.project)
        chosen = {id_: script for id_, script in scripts.items() if id_ in wanted}
        with open_runner(workspace.reading_environment) as runner:
            for direction in Direction:
                self._rendered[direction], failure = runner.statements(
                    chosen, direction=direction, dialect=workspace.backend
                )
                if failure:
                    raise EnvFailed(
                        failure.message,
                        hint="Lint needs the Alembic file alone: see 'fidesdev db heads'.",
                        traceback=failure.traceback,
                    )


def _counted(revisions: Collection[object]) -> str:
    return f"{len(revisions)} revision{'s' * (len(revisions) != 1)}"


def _own_findings(scripts: _Scripts, sizes: Sizes) -> Iterator[Finding]:
    """What our own rules find."""
    workspace = scripts.workspace
    packages = own_packages(workspace.settings.project)
    cascading = _cascading(scripts) if workspace.backend == "sqlite" else frozenset()
    for revision in scripts.revisions:
        text = scripts.texts[revision.id]
        up, down = (scripts.rendered(one, revision.id) for one in Direction)
        known = not (up.failure or down.failure)
        hazards = [
            *text_hazards(text, own_packages=packages, folder=PurePath(revision.path).parts[:-2]),
            *statement_hazards(
                sent(up.statements), sent(down.statements) if known else None, large=sizes.large
            ),
            *_rebuilt(text, cascading),
        ]
        yield from hazard_findings(revision, hazards, sizes)


def _squawk_findings(scripts: _Scripts, codes: Collection[str], sizes: Sizes) -> Iterator[Finding]:
    """What squawk finds, in PostgreSQL's SQL."""
    if scripts.workspace.backend != "postgresql" or not SQUAWK.keys() & set(codes):
        return
    texts = {one.id: joined(scripts.rendered(Direction.UP, one.id)) for one in scripts.revisions}
    opt_in = STYLE.intersection(codes) - ALIASES.keys()
    version = REPACK_SINCE if "prefer-repack" in codes else None
    found: dict[str, list[Judged]] = {}
    for one in judge({i: text.text for i, text in texts.items()}, opt_in=opt_in, version=version):
        said = Judged(one.rule, one.line, one.column, one.message, one.remedy)
        found.setdefault(one.name, []).append(said)
    for revision in scripts.revisions:
        if said_of := found.get(revision.id):
            up, down = (sent(scripts.rendered(one, revision.id).statements) for one in Direction)
            indexed = dict(indexed_tables(scripts.texts[revision.id]))
            scope = scope_of(up, down, indexed=indexed)
            yield from sql_findings(revision, texts[revision.id], said_of, sizes, scope)


def _rebuilt(text: bytes, cascading: Collection[str]) -> Iterator[Hazard]:
    for table, line in rebuilt_tables(text) if cascading else ():
        if table in cascading:
            message = f"{table} is made anew while rows of others cascade from it"
            yield Hazard("batch-cascades", message, line, (table,))


def _cascading(scripts: _Scripts) -> frozenset[str]:
    """The tables whose rows take others along, as far as any revision of the checkout says."""
    workspace = scripts.workspace
    root = workspace.settings.project
    texts = ((root / one.path).read_bytes() for one in workspace.graph.revisions.values())
    return frozenset(table for text in texts for table in cascading_tables(text))


def _read_sizes(workspace: Workspace) -> Mapping[str, int]:
    """The rows of each table by the live database's statistics; SQLite keeps none."""
    if workspace.backend != "postgresql":
        return {}
    from fidesdev.adapters.table_sizes import read_row_estimates

    return read_row_estimates(workspace.database)


def _known(code: str) -> None:
    if code not in LINTS:
        close = nearest(code, LINTS)
        raise UsageError(
            f"there is no hazard {code!r}",
            hint=(f"The nearest: {close}. " if close else "")
            + "See them all with 'fidesdev db lint --explain all'.",
            known=list(LINTS),
        )
