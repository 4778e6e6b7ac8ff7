"""The request itself, or the configuration, makes no sense: exit 2."""

from __future__ import annotations

from fidesdev.errors.base import FidesdevError


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
            "'fidesdev config path' names the project folder.",
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


class UrlParameterError(UsageError):
    """The parameters are not those of the URL."""

    code = "url_parameters"

    def __init__(
        self, name: str, wanted: tuple[str, ...], given: tuple[str, ...] = (), *, value: str = ""
    ) -> None:
        takes = f"takes {', '.join(wanted)}" if wanted else "takes no parameter"
        got = f"{value!r} is no part of a path" if value else f"not {', '.join(given) or 'none'}"
        typed = " ".join(["fidesdev api url", name, *(f"{item}=VALUE" for item in wanted)])
        super().__init__(
            f"the URL {name} {takes}, {'and ' if value else ''}{got}",
            hint=f"Type '{typed}'.",
            name=name,
            wanted=list(wanted),
            given=list(given),
        )
