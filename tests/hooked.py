"""Projects in real git repositories whose hooks call the real program."""

from __future__ import annotations

import os
import subprocess
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from fidesdev.core.url import DatabaseUrl
from tests.cli.processes import Answer, environment, fidesdev
from tests.projects import SCRIPT, Project, make_project
from tests.repositories import AUTHOR, Repository

DATABASE = """
[database]
server = "{host}"
port = {port}
user = "{user}"
password = "{password}"
db = "{database}"
"""


@dataclass(frozen=True)
class Hooked:
    """A project on branch main of a repository; its revisions are committed."""

    project: Project
    folder: Path
    """A working tree: the repository's first, or another one."""

    @property
    def repository(self) -> Repository:
        return Repository(self.folder)

    @property
    def hooks(self) -> Path:
        return self.project.root / ".git" / "hooks"

    def git(self, *arguments: str, given: str = "", **variables: str) -> Answer:
        """What git and the hooks that it calls do and say; nobody is at a terminal."""
        done = subprocess.run(
            ["git", *arguments],
            cwd=self.folder,
            env=git_environment(**variables),
            input=given,
            capture_output=True,
            text=True,
            check=False,
            timeout=60,
        )
        return Answer(done.returncode, done.stdout, done.stderr)

    def fidesdev(self, *arguments: str, **variables: str) -> Answer:
        return fidesdev(*arguments, cwd=self.folder, **variables)

    def install(self, *arguments: str) -> Answer:
        done = self.fidesdev("hooks", "install", *arguments)
        assert done.code == 0, done.err
        return done

    def revision(self, id_: str, parent: str | None) -> None:
        """Write a revision that makes table t_ID, and commit it without any hook."""
        self.write(id_, parent)
        self.git("add", "-A")
        done = self.git("commit", "-qm", f"add {id_}", FIDESDEV_HOOKS="off")
        assert done.code == 0, done.err

    def write(self, id_: str, parent: str | None) -> None:
        text = SCRIPT.format(
            id=id_,
            message=id_,
            parents=parent,
            labels=None,
            depends_on=None,
            up="",
            down="",
        )
        (self.folder / "migrations" / "versions" / f"{id_}.py").write_text(text)

    def on_switch(self, mode: str) -> None:
        path = self.folder / ".fides.toml"
        rest = path.read_text().partition("\n[database]")
        path.write_text(f'[fidesdev]\nhooks = {{ on_switch = "{mode}" }}\n{rest[1]}{rest[2]}')


def git_environment(**variables: str) -> Mapping[str, str]:
    """What git needs to commit, without this machine's own configuration."""
    kept = {name: text for name, text in environment().items() if not name.startswith("GIT_")}
    return {**kept, **AUTHOR, "GIT_CONFIG_GLOBAL": os.devnull, **variables}


def make_hooked(folder: Path, url: DatabaseUrl | None = None) -> Hooked:
    """A project with revisions base0 and main1 on main, and side1 on branch side."""
    ini = f"sqlalchemy.url = sqlite:///{folder}/test.db\n"
    project = make_project(folder, "base0 > main1", url, ini=ini)
    toml = "[fidesdev]\n"
    if url:
        known = {"host": url.host, "port": url.port or 5432, "user": url.user}
        toml += DATABASE.format(**known, password=url.password, database=url.database)
    (folder / ".fides.toml").write_text(toml)
    (folder / ".gitignore").write_text("*.db*\n.fidesdev/\n__pycache__/\n.fides.toml\n")
    hooked = Hooked(project, folder)
    Repository(folder).git("init", "-q", "-b", "main")
    Repository(folder).commit("begin")
    hooked.git("checkout", "-qb", "side")
    hooked.revision("side1", "main1")
    hooked.git("checkout", "-q", "main")
    return hooked
