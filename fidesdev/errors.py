"""Every failure that a user can cause or meet, as one tree.

An error carries *facts* (which JSON output shows as they are), a stable `code`,
the exit code of the process, and a hint: one sentence that names the command to type. It also
subclasses the nearest sensible built-in, so that Python callers need not know this tree.

FidesdevError
  UsageError             the request itself makes no sense                       exit 2
    InvalidTarget        text that is no REV
    InvalidUrl           text that is no database URL
    ConfigError          a configuration file, variable or key
      BadToml  WrongType  UnknownKey  ConfigMissing  AlembicConfigMissing  SeveralAlembicConfigs
      MissingConfig      nothing says which database to connect to
      UpstreamMissing    nothing says which branch revisions are merged into
  LookupFailed           the request names something that does not exist         exit 1
    UnknownRow           the version table has no such row
    NothingRecorded      no journal says where the database was before
    UnknownRevision  AmbiguousRevision  UnknownRecord  AmbiguousRecord  MissingTable
    UnknownRef           a git ref that does not exist, or has no revisions
  MigrationError         the migrations and the database do not fit              exit 1
    GraphError           the revision files contradict each other
    UnknownApplied       the database holds a revision that no file has
      SourceNotFound     and neither git nor the journal has it
    NotApplied           downgrade to something that is not applied
    NotEnoughApplied     fewer revisions are applied than are to be done again
    StalePlan            the database moved between planning and running
    StepFailed           a migration script raised
    EnvFailed            env.py raised before any step, or did not commit
    RunnerDied           the process that ran the migrations was killed
    LockLost             the connection that held the migration lock was lost
    Interrupted          Ctrl-C                                                  exit 130
    RebaseError          own revisions cannot be given another parent
      UpstreamAhead  ConflictUnresolved  SeveralHeadsLeft  ParentsSkipped
      NotWritten  RevisionChanged  NotTakenBack
  RecordError            a row would break a rule of its model or table           exit 1
    UnknownField         a value for something that the model does not have
    KeyValidationError   a key that may not be one, or none at all
    DuplicateRecord      another row has what must be unique
      KeyOrNameAlreadyExists
    RecordRefused        the database refused the values, or rows that others refer to
  SqlFailed              the database refused a statement that was typed         exit 1
  Unavailable            something outside does not answer                       exit 4
    DatabaseUnavailable  DatabaseMissing  ServerMissing  ServerFailed  RunnerMissing  CommandMissing
      PackageMissing
      RunnerFailed       the interpreter or container for the migrations does not start
      AuthenticationFailed   (a DatabaseUnavailable) the server answers and refuses the user
    GitUnavailable       git is not installed, or cannot read the repository
  Locked                 another run is at it                                    exit 6
    LockBusy             it holds the migration lock of the database
    RebaseRunning        it rewrites the revision files of this checkout
  Refused                it would not be safe                                    exit 5
    ConfirmationNeeded  Declined  ProtectedDatabase  WrongDatabase  VersionTableDiffers
    AlreadyExists
    JournalRefused       the journal cannot be where the setting wants it
  Bug                    anything that is not in this tree                      exit 70
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, ClassVar


class FidesdevError(Exception):
    """Base of all expected failures; `code` is stable and machine-readable."""

    code: ClassVar[str] = "error"
    exit_code: ClassVar[int] = 1

    def __init__(self, message: str, *, hint: str | None = None, **facts: Any) -> None:
        super().__init__(message)
        self.hint = hint
        self.facts = facts
        """What JSON output shows beside code, message and hint."""


class UsageError(FidesdevError, ValueError):
    """The request itself makes no sense."""

    code = "usage"
    exit_code = 2


class InvalidTarget(UsageError):
    """Text that is no REV, whatever the revision tree looks like."""

    code = "invalid_target"

    def __init__(self, text: str) -> None:
        super().__init__(
            f"{text!r} is not a revision, a symbol or a relative step",
            hint="Try an id, a unique prefix, 'head', 'heads', 'base', '+1', '-1' or 'label@head'.",
            text=text,
        )


class InvalidUrl(UsageError):
    """Text that is no database URL."""

    code = "invalid_url"

    def __init__(self, shown: str, reason: str) -> None:
        super().__init__(
            f"not a database URL: {shown!r} ({reason})",
            hint="Write it as 'postgresql://user:password@host:5432/name' or 'sqlite:///file.db'.",
        )


class ConfigError(UsageError):
    """Something is wrong with a configuration file, variable or key."""

    code = "invalid_config"


class BadToml(ConfigError):
    """A configuration file that is no TOML; facts: file, line, column, text of the line."""

    code = "bad_toml"

    def __init__(self, file: str, reason: str, *, line: int, column: int, text: str) -> None:
        super().__init__(
            f"{file}, line {line}, column {column}: {reason}\n  {text}",
            hint="Mend that line, then run 'fidesdev config check'.",
            file=file,
            line=line,
            column=column,
            text=text,
        )


class WrongType(ConfigError, TypeError):
    """A key holds something that it cannot mean; `found` never shows a secret's value."""

    code = "wrong_type"

    def __init__(self, key: str, *, found: str, wanted: str, source: str) -> None:
        super().__init__(
            f"{key} in {source}: found {found}, wanted {wanted}",
            hint=f"Change {key} there, then run 'fidesdev config check'.",
            key=key,
            found=found,
            wanted=wanted,
            source=source,
        )


class UnknownKey(ConfigError, KeyError):
    """A key of our own section that does not exist."""

    code = "unknown_key"
    __str__ = Exception.__str__

    def __init__(
        self, key: str, *, source: str, nearest: str | None, known: tuple[str, ...]
    ) -> None:
        meant = f"Did you mean {nearest!r}?" if nearest else f"The keys are {', '.join(known)}."
        super().__init__(
            f"unknown key {key} in {source}",
            hint=f"{meant} Change it there, then run 'fidesdev config check'.",
            key=key,
            source=source,
            nearest=nearest,
            known=list(known),
        )


class ConfigMissing(ConfigError, FileNotFoundError):
    """The configuration file that was named does not exist."""

    code = "config_missing"

    def __init__(self, path: str, named_by: str) -> None:
        super().__init__(
            f"no configuration file at {path} (named by {named_by})",
            hint=f"Correct {named_by}; without it 'fidesdev config path' names what is read.",
            path=path,
            named_by=named_by,
        )


class AlembicConfigMissing(ConfigError, FileNotFoundError):
    """The project has no Alembic configuration, or not where it was said to be."""

    code = "alembic_config_missing"

    def __init__(self, project: str, configured: str | None = None) -> None:
        super().__init__(
            f"no Alembic configuration at {configured!r} in {project}"
            if configured
            else f"no Alembic configuration in {project}: no alembic.ini, none that git lists, "
            "and no [tool.alembic] in pyproject.toml",
            hint='Write alembic_config = "PATH" under [fidesdev] in .fides.toml; '
            "'fidesdev config check' shows what is found.",
            project=project,
            configured=configured,
        )


class SeveralAlembicConfigs(ConfigError):
    """Git lists more than one alembic.ini, and nothing says which is meant."""

    code = "several_alembic_configs"

    def __init__(self, project: str, found: tuple[str, ...]) -> None:
        super().__init__(
            f"{project} has {len(found)} Alembic configurations: {', '.join(found)}",
            hint=f'Write alembic_config = "{found[0]}" (or another) under [fidesdev] '
            "in .fides.toml.",
            project=project,
            found=list(found),
        )


class MissingConfig(ConfigError):
    """Nothing says which database to connect to."""

    code = "missing_config"

    def __init__(self) -> None:
        super().__init__(
            "neither settings nor a database URI say where to connect",
            hint="Pass config= or database_uri=; 'fidesdev db url' prints the URI in use.",
        )


class UpstreamMissing(ConfigError):
    """Nothing says which branch revisions are merged into."""

    code = "upstream_missing"

    def __init__(self, configured: str | None, tried: tuple[str, ...]) -> None:
        super().__init__(
            f"upstream is set to {configured!r}, which is no branch or commit of this repository"
            if configured
            else f"no upstream branch: this repository has none of {', '.join(tried)}",
            hint='Write upstream = "REMOTE/BRANCH" under [fidesdev] in .fides.toml, '
            "and fetch it with 'git fetch'.",
            configured=configured,
            tried=list(tried),
        )


class LookupFailed(FidesdevError, LookupError):
    """The request names something that does not exist."""

    code = "not_found"


class UnknownRevision(LookupFailed):
    """No revision of this checkout has the name."""

    code = "unknown_revision"

    def __init__(self, text: str, nearest: tuple[str, ...] = (), *, reason: str = "") -> None:
        listed = f"The nearest: {', '.join(nearest)}. " if nearest else ""
        super().__init__(
            f"no revision matches {text!r}{reason and ': ' + reason}",
            hint=f"{listed}List them with 'fidesdev db history'.",
            text=text,
            nearest=list(nearest),
        )


class AmbiguousRevision(LookupFailed):
    """Several revisions have the name."""

    code = "ambiguous_revision"

    def __init__(self, text: str, candidates: tuple[str, ...]) -> None:
        super().__init__(
            f"{text!r} can mean {len(candidates)} revisions",
            hint=f"Name one of them: {', '.join(candidates)}.",
            text=text,
            candidates=list(candidates),
        )


class UnknownRow(LookupFailed):
    """The version table has no such row."""

    code = "unknown_row"

    def __init__(self, row: str, rows: tuple[str, ...]) -> None:
        super().__init__(
            f"the version table has no row {row!r}; it has {', '.join(rows) or 'none'}",
            hint="See what they mean with 'fidesdev db current'.",
            row=row,
            rows=list(rows),
        )


class NothingRecorded(LookupFailed):
    """No journal says where the database was before."""

    code = "nothing_recorded"

    def __init__(self) -> None:
        super().__init__(
            "nothing is recorded that changed this database",
            hint="See what is recorded with 'fidesdev db log'; name a revision for "
            "'fidesdev db goto REV'.",
        )


class UnknownRecord(LookupFailed):
    """No row of a table has the id or key."""

    code = "unknown_record"


class AmbiguousRecord(LookupFailed):
    """Several rows share the shortened id."""

    code = "ambiguous_record"


class MissingTable(LookupFailed):
    """The database answers, but does not have the table that the verb is about."""

    code = "missing_table"


class UnknownRef(LookupFailed):
    """No git ref has the name, or there are no revision files at it."""

    code = "unknown_ref"

    def __init__(self, ref: str, reason: str, nearest: tuple[str, ...] = ()) -> None:
        listed = f"The nearest: {', '.join(nearest)}. " if nearest else ""
        super().__init__(
            f"'git:{ref}': {reason}",
            hint=f"{listed}List the refs with 'git for-each-ref'.",
            ref=ref,
            nearest=list(nearest),
        )


class MigrationError(FidesdevError, RuntimeError):
    """The migrations and the database do not fit."""

    code = "migration"


class GraphError(MigrationError):
    """The revision files contradict each other; `problems` names every one with its file."""

    code = "graph"

    def __init__(self, problems: tuple[str, ...]) -> None:
        count = "1 problem" if len(problems) == 1 else f"{len(problems)} problems"
        super().__init__(
            f"the revision files do not form a graph ({count}):\n"
            + "\n".join(f"  {problem}" for problem in problems),
            hint="Mend the files named above, then run 'fidesdev db heads'.",
            problems=list(problems),
        )


class UnknownApplied(MigrationError, LookupError):
    """The version table holds revisions that no file of this checkout has.

    `sources` says where each one's source is: `journal`, `working tree`, `git:REF` or None.
    """

    code = "unknown_revision"

    def __init__(
        self,
        ids: frozenset[str],
        sources: Mapping[str, str | None] | None = None,
        *,
        hint: str | None = None,
        **facts: Any,
    ) -> None:
        found = {id_: (sources or {}).get(id_) for id_ in sorted(ids)}
        names = ", ".join(f"{id_} ({place})" if place else id_ for id_, place in found.items())
        super().__init__(
            f"the database is at {names}, which no revision file of this checkout has",
            hint=hint
            or "Make the database match this checkout with 'fidesdev db sync', or check out the "
            "branch that has it; see 'fidesdev db status'.",
            revisions=sorted(ids),
            sources=found,
            **facts,
        )


class SourceNotFound(UnknownApplied):
    """Unknown revisions whose source, or whose parents' source, was found nowhere.

    `missing` names what was looked for in vain, `searched` where.
    """

    def __init__(
        self,
        ids: frozenset[str],
        sources: Mapping[str, str | None],
        *,
        missing: Mapping[str, str],
        searched: tuple[str, ...],
        advice: str = "",
    ) -> None:
        lost = "; ".join(f"{id_}: {reason}" for id_, reason in sorted(missing.items()))
        first = min(ids - {id_ for id_ in ids if sources.get(id_)} or ids)
        super().__init__(
            ids,
            sources,
            hint=f"{advice}Restore a snapshot of the database; or forget the row and keep its "
            f"tables ('fidesdev db stamp --forget {first}'); or let an empty revision pass for it, "
            f"on what it was written on ('alembic revision -m pass-through --rev-id {first} "
            "--splice --head PARENT').",
            missing=dict(missing),
            searched=list(searched),
        )
        self.args = (f"{self}; {lost} (searched: {', '.join(searched) or 'nothing'})",)


class NotApplied(MigrationError):
    """A downgrade names a revision that the database does not have."""

    code = "not_applied"

    def __init__(self, text: str, ids: tuple[str, ...]) -> None:
        super().__init__(
            f"cannot downgrade to {text!r}: {', '.join(ids)} is not applied",
            hint=f"To end exactly there from anywhere: 'fidesdev db goto {text}'.",
            text=text,
            revisions=list(ids),
        )


class NotEnoughApplied(MigrationError):
    """Fewer revisions are applied than are to be done again."""

    code = "not_enough_applied"

    def __init__(self, wanted: int, applied: tuple[str, ...]) -> None:
        super().__init__(
            f"cannot redo {wanted}: {len(applied)} revisions are applied",
            hint="See them with 'fidesdev db history --applied'.",
            wanted=wanted,
            applied=len(applied),
        )


class StalePlan(MigrationError):
    """The database moved between planning and running; nothing was run."""

    code = "stale_plan"

    def __init__(self, planned: list[str], found: list[str]) -> None:
        super().__init__(
            "the database moved after the plan was made: "
            f"planned from {', '.join(planned) or 'base'}, found {', '.join(found) or 'base'}",
            hint="Run the command again; nothing was changed.",
            planned=planned,
            found=found,
        )


class StepFailed(MigrationError):
    """A migration script raised; the facts say what was kept and where the database is now."""

    code = "step_failed"

    def __init__(self, step: str, reason: str, *, advice: str | None, **facts: Any) -> None:
        self.traceback = str(facts.pop("traceback", ""))
        where = f"{facts['path']}:{facts['line']}" if facts["line"] else facts["path"]
        lines = [f"{step} failed ({where}): {reason}"]
        if facts["statement"]:
            lines.append("  statement: " + " ".join(str(facts["statement"]).split()))
        for title in ("kept", "rolled_back"):
            names = ", ".join(facts[title]) or "nothing"
            lines.append(f"  {title.replace('_', ' ')}: {names}")
        lines.append(f"  the database is at {', '.join(facts['now']) or 'base'}")
        super().__init__(
            "\n".join(lines),
            hint=advice or f"Mend {facts['path']}, then run the command again.",
            reason=reason,
            **facts,
        )


class EnvFailed(MigrationError):
    """The project's env.py raised, or did not do what it is there for."""

    code = "env_failed"

    def __init__(self, message: str, *, hint: str, **facts: Any) -> None:
        self.traceback = str(facts.pop("traceback", ""))
        super().__init__(message, hint=hint, **facts)


class RunnerDied(MigrationError):
    """The process that ran the migrations is gone; what it had not committed was rolled back."""

    code = "runner_died"

    def __init__(self, how: str, now: list[str]) -> None:
        super().__init__(
            f"the process that ran the migrations ended ({how}); "
            f"the database is at {', '.join(now) or 'base'}",
            hint="Run the command again; 'fidesdev db status' says what is left to do.",
            how=how,
            now=now,
        )


class LockLost(MigrationError):
    """The server ended the connection that held the migration lock; the migrations stopped."""

    code = "lock_lost"

    def __init__(self, reason: str, now: list[str]) -> None:
        super().__init__(
            f"{reason}\n  the database is at {', '.join(now) or 'base'}",
            hint="Run the command again; 'fidesdev db status' says what is left to do.",
            now=now,
        )


class Interrupted(MigrationError):
    """Ctrl-C; while migrations ran, `now` is where the database stands, read again."""

    code = "interrupted"
    exit_code = 130

    def __init__(self, now: list[str] | None = None) -> None:
        if now is None:
            super().__init__("interrupted")
            return
        super().__init__(
            f"interrupted; the database is at {', '.join(now) or 'base'}",
            hint="See what is left to do with 'fidesdev db status'.",
            now=now,
        )


class RebaseError(MigrationError):
    """Own revisions cannot be given another parent; files and database are as they were."""

    code = "rebase"


class UpstreamAhead(RebaseError):
    """Upstream has revisions that this checkout lacks, so that nothing can stand on them yet."""

    code = "upstream_ahead"

    def __init__(self, ref: str, missing: tuple[str, ...]) -> None:
        super().__init__(
            f"{ref} has {len(missing)} revision{'s' * (len(missing) > 1)} that this checkout "
            f"lacks: {', '.join(missing)}",
            hint=f"Bring them in with 'git merge {ref}' or 'git rebase {ref}', then run "
            "'fidesdev db rebase' again.",
            ref=ref,
            missing=list(missing),
        )


class ConflictUnresolved(RebaseError):
    """A conflict in a revision file is about more than its parents."""

    code = "conflict"

    def __init__(self, path: str, line: int) -> None:
        super().__init__(
            f"{path}:{line}: git left a conflict there that is about more than down_revision",
            hint="Resolve it in an editor, then run 'fidesdev db rebase' again; the parents can "
            "stay as they are.",
            path=path,
            line=line,
        )


class SeveralHeadsLeft(RebaseError):
    """The own revisions would end in several heads also where they are to move to."""

    code = "several_heads"

    def __init__(self, heads: tuple[str, ...]) -> None:
        super().__init__(
            f"there would still be {len(heads)} heads: {', '.join(heads)}",
            hint=f"Put one branch on top of the other first: 'fidesdev db rebase --onto "
            f"{heads[0]}'; or join them with 'fidesdev db merge-heads'.",
            heads=list(heads),
        )


class ParentsSkipped(RebaseError):
    """Revisions were re-pointed by hand after the database had applied them."""

    code = "parents_skipped"

    def __init__(self, skipped: Mapping[str, frozenset[str]]) -> None:
        lost = sorted({id_ for ids in skipped.values() for id_ in ids})
        super().__init__(
            f"the database counts {', '.join(lost)} as applied and never had it: "
            f"{', '.join(sorted(skipped))} was re-pointed after it had been applied",
            hint="See what would heal it with 'fidesdev db doctor', then rebase.",
            skipped={id_: sorted(ids) for id_, ids in sorted(skipped.items())},
        )


class NotWritten(RebaseError, OSError):
    """A revision file could not be written."""

    code = "not_written"

    def __init__(self, path: str, reason: str) -> None:
        super().__init__(
            f"cannot write {path}: {reason}",
            hint="See who may write there with 'ls -ld', then run the command again.",
            path=path,
            reason=reason,
        )


class RevisionChanged(RebaseError):
    """A revision file was changed by somebody else while it was to be rewritten."""

    code = "revision_changed"

    def __init__(self, path: str) -> None:
        super().__init__(
            f"{path} was changed by somebody else in the meantime",
            hint="See what changed with 'git diff', then run the command again.",
            path=path,
        )


class NotTakenBack(RebaseError):
    """A rebase failed, and not everything could be put back; the message says what is where."""

    code = "not_taken_back"

    def __init__(self, reason: str, left: str, **facts: Any) -> None:
        super().__init__(
            f"{reason}\n  and taking the rebase back failed: {left}",
            hint="Once that is mended, 'fidesdev db rebase' takes it back first.",
            **facts,
        )


class RecordError(FidesdevError, ValueError):
    """A row would break a rule of its model or of its table; nothing was written."""

    code = "invalid_record"


class UnknownField(RecordError, AttributeError):
    """A value is given for something that the model does not have."""

    code = "unknown_field"

    def __init__(self, model: str, fields: tuple[str, ...], known: tuple[str, ...]) -> None:
        super().__init__(
            f"{model} has no field {' or '.join(map(repr, fields))}",
            hint=f"Its fields are {', '.join(known)}; 'fidesdev db shell' shows the rows.",
            model=model,
            fields=list(fields),
            known=list(known),
        )


class KeyValidationError(RecordError):
    """A key holds other characters than letters, digits, `-` and `_`, or there is none."""

    code = "invalid_key"

    def __init__(self, model: str, reason: str, *, key: object = None) -> None:
        super().__init__(
            f"{model} {reason}",
            hint="Give a key of letters, digits, '-' and '_', or a name that one can be made of.",
            model=model,
            key=key,
        )


class DuplicateRecord(RecordError):
    """Another row has the value already, where values must be unique."""

    code = "duplicate_record"

    def __init__(self, model: str, values: dict[str, str]) -> None:
        shown = ", ".join(f"{field} {value!r}" for field, value in values.items())
        super().__init__(
            f"{model} with {shown} already exists",
            hint="Choose another value, or look at the row with 'fidesdev db shell'.",
            model=model,
            values=values,
        )


class KeyOrNameAlreadyExists(DuplicateRecord):
    """Another row of the model has the key or the name."""

    code = "key_or_name_exists"


class RecordRefused(RecordError):
    """The database refused the values (a reference, a missing or a too long one) or a deletion."""

    code = "record_refused"

    def __init__(self, model: str, reason: str, *, constraint: str | None = None) -> None:
        super().__init__(
            f"{model} was refused by the database: {reason}",
            hint="Look at the table and its rows with 'fidesdev db shell'.",
            model=model,
            constraint=constraint,
        )


class SqlFailed(FidesdevError, RuntimeError):
    """The database refused a statement that was typed; `output` is what came before."""

    code = "sql_failed"

    def __init__(self, reason: str, output: str = "") -> None:
        super().__init__(
            f"the statement failed: {reason}",
            hint="Correct it, or try it out in 'fidesdev db shell'.",
            output=output,
        )


class Unavailable(FidesdevError, ConnectionError):
    """Something outside does not answer."""

    code = "unavailable"
    exit_code = 4


class DatabaseUnavailable(Unavailable):
    """No server answers at the address, or it refuses the user."""

    code = "database_unavailable"


class AuthenticationFailed(DatabaseUnavailable):
    """The server answers and refuses the user: unknown role, wrong password, or no such right."""

    code = "authentication_failed"


class DatabaseMissing(Unavailable):
    """The server answers and has no database of that name."""

    code = "database_missing"

    def __init__(self, name: str, address: str) -> None:
        super().__init__(
            f"database {name!r} does not exist on {address}",
            hint="Create it with 'fidesdev db create'.",
            database=name,
            address=address,
        )


class ServerMissing(Unavailable):
    """No PostgreSQL programs are installed for the embedded server."""

    code = "server_missing"


class ServerFailed(Unavailable):
    """The embedded server did not start, or stopped badly."""

    code = "server_failed"


class RunnerMissing(Unavailable):
    """The interpreter cannot import what env.py or a revision needs."""

    code = "runner_missing"

    def __init__(self, module: str, config: str, *, place: str = "this environment") -> None:
        super().__init__(
            f"the migrations of {config} import {module!r}, which {place} does not have",
            hint='Write runner = "python:PATH" under [fidesdev] in .fides.toml, naming the Python '
            "that has it, or \"compose:SERVICE\"; then run 'fidesdev db status'.",
            module=module,
            config=config,
            place=place,
        )


class RunnerFailed(Unavailable):
    """The interpreter or container that migrations should run in does not take the worker."""

    code = "runner_failed"

    def __init__(
        self, place: str, reason: str, *, remedy: str, missing_module: str | None = None
    ) -> None:
        super().__init__(
            f"{place} cannot run migrations: {reason}",
            hint=remedy,
            place=place,
            reason=reason,
            missing_module=missing_module,
        )


class CommandMissing(Unavailable):
    """A program that the verb needs is not on PATH."""

    code = "command_missing"


class PackageMissing(Unavailable):
    """An optional Python package that the verb needs is not installed."""

    code = "package_missing"

    def __init__(self, package: str, purpose: str, *, extra: str) -> None:
        super().__init__(
            f"the package {package!r} is not installed; it is needed to {purpose}",
            hint=f"Install it with: pip install 'fidesdev[{extra}]'.",
            package=package,
            extra=extra,
        )


class GitUnavailable(Unavailable):
    """git cannot answer: `reason` is missing, no_repository, not_ours or timeout."""

    code = "git_unavailable"

    def __init__(self, message: str, *, hint: str, reason: str, **facts: Any) -> None:
        super().__init__(message, hint=hint, reason=reason, **facts)
        self.reason = reason

    @classmethod
    def not_installed(cls) -> GitUnavailable:
        """There is no git on PATH."""
        return cls(
            "git is not on PATH",
            hint="Install git; 'git --version' shows that it is found.",
            reason="missing",
        )

    @classmethod
    def no_repository(cls, folder: str) -> GitUnavailable:
        """The folder is in no repository."""
        return cls(
            f"{folder} is in no git repository",
            hint="Run the command in a clone ('fidesdev -C DIR ...').",
            reason="no_repository",
            folder=folder,
        )

    @classmethod
    def not_ours(cls, folder: str, repository: str) -> GitUnavailable:
        """The repository belongs to another user, so that git does not read it."""
        return cls(
            f"git refuses to read {repository}, which belongs to another user",
            hint=f"If you trust it: 'git config --global --add safe.directory {repository}'.",
            reason="not_ours",
            folder=folder,
        )

    @classmethod
    def timed_out(cls, command: str) -> GitUnavailable:
        """git did not answer in time."""
        return cls(
            f"'git {command}' took too long",
            hint="See whether 'git gc' makes the repository faster.",
            reason="timeout",
        )


class Locked(FidesdevError, TimeoutError):
    """Another run is at it, and was waited for long enough."""

    code = "locked"
    exit_code = 6


class LockBusy(Locked):
    """Another run holds the migration lock of the database; nothing was changed."""

    def __init__(self, database: str, holder: str, seconds: float, **facts: Any) -> None:
        super().__init__(
            f"another run is migrating {database}: {holder}; nothing was changed",
            hint="Run the command again when it is done, or wait longer with '--lock-timeout S'.",
            database=database,
            waited=round(seconds, 1),
            **facts,
        )


class RebaseRunning(Locked):
    """Another run rewrites the revision files of this checkout."""

    code = "rebase_running"

    def __init__(self, path: str) -> None:
        super().__init__(
            f"another rebase of this checkout is running ({path} is locked)",
            hint="Wait until it has ended, then run 'fidesdev db rebase' again.",
            path=path,
        )


class Refused(FidesdevError, PermissionError):
    """It would not be safe; nothing was changed."""

    code = "refused"
    exit_code = 5


class ConfirmationNeeded(Refused):
    """A question could not be asked because nobody is at a terminal."""

    code = "confirmation_needed"

    def __init__(self, what: str) -> None:
        super().__init__(
            f"{what}, and nobody is at a terminal to be asked; nothing was changed",
            hint="Say so beforehand with '--yes', or look first with '--dry-run'.",
        )


class Declined(Refused):
    """The answer to the question was no."""

    code = "declined"

    def __init__(self) -> None:
        super().__init__("not confirmed; nothing was changed")


class ProtectedDatabase(Refused):
    """A destructive verb on a database that is not local, or is listed as protected."""

    code = "protected_database"

    def __init__(self, name: str, what: str) -> None:
        super().__init__(
            f"{what}, and database {name!r} is protected; nothing was changed",
            hint=f"If you are sure, add '--yes --force-protected {name}'; "
            "for good, list it under [fidesdev] allow.",
            database=name,
        )


class WrongDatabase(Refused):
    """env.py connected to another database than the one planned for."""

    code = "wrong_database"

    def __init__(self, planned: str, expected: list[Any], found: list[Any]) -> None:
        super().__init__(
            f"env.py connected to {_place(found)}, and the plan is for {planned}; "
            "nothing was changed",
            hint="Let env.py take its URL from config.get_main_option('sqlalchemy.url'), or set the "
            "variables that it reads under [fidesdev] runner_env; 'fidesdev db url' shows ours.",
            planned=planned,
            expected=expected,
            found=found,
        )


class VersionTableDiffers(Refused):
    """env.py records revisions in another table than the one that was read."""

    code = "version_table_differs"

    def __init__(self, expected: list[str], found: list[str]) -> None:
        table, schema = found
        super().__init__(
            f"env.py keeps its revisions in {'.'.join(filter(None, [schema, table]))}, "
            f"and {'.'.join(filter(None, expected[::-1]))} was read; nothing was changed",
            hint=f"Set version_table = {table!r} and version_table_schema = {schema!r} "
            "under [fidesdev], then run 'fidesdev config check'.",
            expected=expected,
            found=found,
        )


class AlreadyExists(Refused, FileExistsError):
    """A file or database is there already and is not overwritten."""

    code = "already_exists"


class JournalRefused(Refused):
    """The setting `journal` names a place that does not take the journal."""

    code = "journal_refused"

    def __init__(self, journal: str, reason: str) -> None:
        super().__init__(
            f"journal = {journal!r}, and {reason}; nothing was changed",
            hint="Let it be where it can with journal = 'auto' under [fidesdev]; "
            "'fidesdev config show --origin' names who set it.",
            journal=journal,
            reason=reason,
        )


class Bug(FidesdevError):
    """An exception that nothing expected; its traceback is on stderr."""

    code = "bug"
    exit_code = 70

    def __init__(self, error: BaseException) -> None:
        super().__init__(
            f"this is a bug in fidesdev: {type(error).__name__}: {error}",
            hint="Please report it with the traceback; '--pdb' opens the debugger where it was.",
            kind=type(error).__name__,
        )


def _place(identity: list[Any]) -> str:
    """The database of an identity (see `adapters.worker.identity`), as a person would say it."""
    return f"{identity[0]} database {identity[1]!r}" if len(identity) > 1 else str(identity[0])
