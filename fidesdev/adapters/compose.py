"""Docker Compose as a program: the plugin, or the older one of its own."""

from __future__ import annotations

import shutil
import subprocess
from collections.abc import Generator, Iterable, Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

from fidesdev.adapters.compose_files import ComposeChoice, FoundFiles, find_compose_files
from fidesdev.core.compose import ComposeProject, project_name, read_project
from fidesdev.errors import CommandMissing, ComposeFailed, ComposeFileMissing, PackageMissing
from fidesdev.errors.docker import WITHOUT_DOCKER

_SECONDS = 30
_LAST_LINES = 20


@dataclass(frozen=True, slots=True)
class ComposeProgram:
    """How Compose is called here, and which one it is."""

    argv: tuple[str, ...]
    is_older: bool
    """Whether it is version 1, with its own names and rules."""

    @property
    def version(self) -> str:
        """What it says of itself; asking version 1 takes as long as working with it."""
        return _version(*self.argv) or "of unknown version"


@dataclass(frozen=True, slots=True)
class Compose:
    """Compose, told which project it is about."""

    program: ComposeProgram
    project: ComposeProject
    options: tuple[str, ...]
    folder: Path
    """Where it runs."""
    environ: Mapping[str, str] = field(repr=False)

    def argv(self, *arguments: str) -> tuple[str, ...]:
        """The command line for some arguments."""
        return (*self.program.argv, *self.options, *arguments)

    def with_profiles(self, profiles: Iterable[str]) -> Compose:
        """The same with more profiles enabled."""
        options = [option for profile in profiles for option in ("--profile", profile)]
        return replace(self, options=(*self.options, *options))

    def lines(self, *arguments: str) -> Generator[str, None, None]:
        """What it says, line by line as it says it; raises `ComposeFailed` at its end.

        When the iteration is given up, such as by Ctrl-C, Compose is told so and waited for.
        """
        process = subprocess.Popen(
            self.argv(*arguments),
            cwd=self.folder,
            env=dict(self.environ),
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            encoding="utf-8",
            errors="replace",
        )
        assert process.stdout is not None
        said: list[str] = []
        try:
            with process.stdout as output:
                for line in output:
                    said.append(line.rstrip())
                    yield said[-1]
            code = process.wait()
        finally:
            _end(process)
        if code:
            command = " ".join((*self.program.argv, arguments[0]))
            raise ComposeFailed(command, "\n  ".join(said[-_LAST_LINES:]).strip(), code)

    def run(self, *arguments: str, captured: bool = False) -> tuple[int, str]:
        """(exit code, output) of a command that has this process's terminal; Ctrl-C is its own."""
        done = subprocess.run(
            self.argv(*arguments),
            cwd=self.folder,
            env=dict(self.environ),
            stdout=subprocess.PIPE if captured else None,
            text=True,
            encoding="utf-8",
            errors="replace",
            check=False,
        )
        return done.returncode, done.stdout or ""


def compose_command() -> tuple[str, ...]:
    """How Compose is called here: `docker compose`, else `docker-compose`."""
    if _plugin_version() is not None:
        return ("docker", "compose")
    if shutil.which("docker-compose"):
        return ("docker-compose",)
    raise _missing()


def compose_program() -> ComposeProgram:
    """The same, and which one it is; raises `CommandMissing`."""
    if _plugin_version() is not None:
        return ComposeProgram(("docker", "compose"), is_older=False)
    path = shutil.which("docker-compose")
    if path is None:
        raise _missing()
    return ComposeProgram(("docker-compose",), is_older=_is_older(path))


def open_compose(choice: ComposeChoice, environ: Mapping[str, str]) -> Compose | None:
    """Compose and the project that its files describe; None where there is no file.

    Raises `CommandMissing`, `PackageMissing`, `ComposeFileMissing` or `BrokenComposeFile`.
    """
    program = compose_program()
    found = find_compose_files(choice, environ, older=program.is_older)
    return _opened(program, choice, found, environ) if found.paths else None


def need_compose(choice: ComposeChoice, environ: Mapping[str, str]) -> Compose:
    """The same; raises `ComposeFileMissing` where there is no file."""
    opened = open_compose(choice, environ)
    if opened is None:
        raise ComposeFileMissing(
            f"there is no Compose file in {choice.folder} or above it",
            hint="A PostgreSQL without one: 'fidesdev docker up'.",
            folder=str(choice.folder),
        )
    return opened


def yaml_module() -> Any:
    """PyYAML; raises `PackageMissing`."""
    try:
        import yaml
    except ImportError as error:
        raise PackageMissing("pyyaml", "read Compose files", extra="docker") from error
    return yaml


def _opened(
    program: ComposeProgram, choice: ComposeChoice, found: FoundFiles, environ: Mapping[str, str]
) -> Compose:
    older = program.is_older
    folder = choice.folder if found.is_chosen else found.folder
    named = found.project or (found.folder.name if older else "")
    name = project_name(named, older=older) or "default" if named else ""
    options = [option for file in choice.files for option in ("--file", file)]
    options += ["--project-name", name] if name else []
    project = ComposeProject(
        name=name,
        folder=str(found.folder),
        files=tuple(map(str, found.paths)),
        profiles=found.profiles,
        is_generated=choice.is_generated,
    )
    bare = Compose(program, project, tuple(options), folder, _environ(program, choice, environ))
    document = _resolved(bare, found)
    project = replace(project, name=str(document.get("name") or name))
    project = read_project(document, project, older=older)
    return replace(bare, project=project).with_profiles(found.profiles)


def _environ(
    program: ComposeProgram, choice: ComposeChoice, environ: Mapping[str, str]
) -> Mapping[str, str]:
    """The environment with the engine's address for version 1, which knows no DOCKER_CONTEXT."""
    address = choice.engine
    if address is None or not program.is_older or address.source != "DOCKER_CONTEXT":
        return environ
    return {**environ, "DOCKER_HOST": address.host}


def _resolved(compose: Compose, found: FoundFiles) -> Mapping[str, Any]:
    """What the files mean, by Compose itself; with the services of every profile."""
    yaml = yaml_module()
    older = compose.program.is_older  # which prints them all without being asked to
    asked = ("config",) if older else ("--profile", "*", "config", "--format", "json")
    done = subprocess.run(
        compose.argv(*asked),
        cwd=compose.folder,
        env=dict(compose.environ),
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        encoding="utf-8",
        errors="replace",
        check=False,
    )
    if done.returncode:
        from fidesdev.adapters.compose_lines import broken_file

        raise broken_file(done.stderr, found.paths, older=older)
    if older:
        return dict(yaml.safe_load(done.stdout) or {})
    import json

    return dict(json.loads(done.stdout))


def _plugin_version() -> str | None:
    return _version("docker", "compose") if shutil.which("docker") else None


def _is_older(path: str) -> bool:
    """Whether the program is version 1: as a script it is, since that was written in Python."""
    with Path(path).open("rb") as program:
        if program.read(2) == b"#!":
            return True
    return (_version("docker-compose") or "").lstrip("v").startswith("1.")


def _version(*argv: str) -> str | None:
    """The program's version; None where it does not work."""
    asked = subprocess.run(
        [*argv, "version", "--short"],
        capture_output=True,
        text=True,
        check=False,
        timeout=_SECONDS,
        stdin=subprocess.DEVNULL,
    )
    return asked.stdout.strip() if asked.returncode == 0 else None


def _end(process: subprocess.Popen[str]) -> None:
    """Let a program that is not read any more end in its own way, then by force."""
    if process.poll() is not None:
        return
    process.terminate()
    try:
        process.wait(_SECONDS)
    except subprocess.TimeoutExpired:
        process.kill()
        process.wait()


def _missing() -> CommandMissing:
    return CommandMissing(
        "neither 'docker compose' nor 'docker-compose' is there",
        hint="Install Docker with its compose plugin; migrations can take another [fidesdev] "
        f"runner. {WITHOUT_DOCKER}",
        command="docker compose",
    )
