"""Whether models and migrated schema are the same, which only the project's env.py can tell."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

from fidesdev.core.findings import Finding, finding
from fidesdev.errors import ConfigError, EnvFailed, MigrationError
from fidesdev.services.workspace import Workspace

if TYPE_CHECKING:
    from fidesdev.adapters.jobs import Failure


def model_findings(workspace: Workspace) -> Iterator[Finding]:
    """Findings of `models`, from the configured database, which has to be at the heads.

    Raises `ConfigError` where env.py names no models, `MigrationError` where the database is
    elsewhere, and whatever else keeps env.py from running.
    """
    recorded, heads = workspace.recorded(), workspace.graph.heads
    if recorded.rows != heads:
        raise MigrationError(
            f"the database is at {_listed(recorded.rows)} and the heads are {_listed(heads)}, "
            "so that the models cannot be compared",
            hint="Apply what is missing with 'fidesdev db upgrade'.",
        )
    for text in compared(workspace):
        yield finding("models", f"what the models would have done to the database: {text}")


def compared(workspace: Workspace) -> tuple[str, ...]:
    """What the models would have done to the workspace's database, a line each.

    Raises `ConfigError` where env.py names no models, and whatever else keeps it from running.
    """
    from fidesdev.adapters.runner import open_runner
    from fidesdev.services.outcomes import refused

    with open_runner(workspace.environment) as runner:
        texts, failure = runner.compare_models(workspace.recorded().identity)
    if failure:
        raise refused(workspace, failure) or _failed(workspace, failure)
    return texts


def _failed(workspace: Workspace, failure: Failure) -> Exception:
    if failure.code == "no_models":
        return ConfigError(
            "env.py sets no target_metadata, so that there are no models to compare",
            hint="Hand the models' metadata to context.configure() in "
            f"{workspace.alembic.script_location / 'env.py'}.",
        )
    return EnvFailed(
        f"env.py failed before the models were compared: {failure.message}",
        hint="See the whole traceback: the same command with '-v'.",
        kind=failure.kind,
        traceback=failure.traceback,
    )


def _listed(ids: frozenset[str]) -> str:
    return ", ".join(sorted(ids)) or "base"
