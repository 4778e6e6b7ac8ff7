"""Real git repositories with revision files, for tests."""

from __future__ import annotations

import os
import subprocess
from dataclasses import dataclass
from pathlib import Path

VERSIONS = "migrations/versions"
AUTHOR = {
    "GIT_AUTHOR_NAME": "Ann Author",
    "GIT_AUTHOR_EMAIL": "ann@example.com",
    "GIT_COMMITTER_NAME": "Ann Author",
    "GIT_COMMITTER_EMAIL": "ann@example.com",
}


@dataclass(frozen=True)
class Repository:
    """A working tree; its methods run git there."""

    folder: Path

    @property
    def versions(self) -> Path:
        return self.folder / VERSIONS

    def git(self, *arguments: str, date: str = "2026-01-01T00:00:00Z") -> str:
        """What git prints; a test fails where git does."""
        dates = {"GIT_AUTHOR_DATE": date, "GIT_COMMITTER_DATE": date}
        own = {name: value for name, value in os.environ.items() if not name.startswith("GIT_")}
        return subprocess.run(
            ["git", "-C", str(self.folder), *arguments],
            check=True,
            capture_output=True,
            text=True,
            env={**own, **AUTHOR, **dates, "GIT_CONFIG_GLOBAL": os.devnull},
        ).stdout.strip()

    def write(self, id_: str, parent: str | None = None, **more: str) -> Path:
        """Write a revision file; `name` is its path in the repository, `text` ends it."""
        path = self.folder / more.get("name", f"{VERSIONS}/{id_}.py")
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(script(id_, parent, more.get("text", "")), encoding="utf-8")
        return path

    def commit(self, message: str = "change", *, date: str = "2026-01-01T00:00:00Z") -> str:
        """Commit everything that is there; the commit's id."""
        self.git("add", "-A")
        self.git("commit", "-q", "--allow-empty", "-m", message, date=date)
        return self.git("rev-parse", "HEAD")

    def branch(self, name: str, *ids: str, parent: str | None = "main1") -> None:
        """A branch off main with a chain of revisions, one commit each; main is out again."""
        self.git("checkout", "-q", "-b", name, "main")
        for id_ in ids:
            self.write(id_, parent)
            self.commit(f"add {id_}")
            parent = id_
        self.git("checkout", "-q", "main")

    def forget_reflog(self) -> None:
        """Nothing leads any more to what no ref does."""
        self.git("reflog", "expire", "--expire=now", "--all")

    def prune(self) -> None:
        """What nothing leads to is gone for good."""
        self.forget_reflog()
        self.git("gc", "-q", "--prune=now")


def make_repository(folder: Path) -> Repository:
    """A repository whose branch main has one revision, `main1`."""
    folder.mkdir(parents=True, exist_ok=True)
    made = Repository(folder)
    made.git("init", "-q", "-b", "main")
    made.write("main1")
    made.commit("begin")
    return made


def script(id_: str, parent: str | None, text: str = "") -> str:
    """A revision file's text."""
    down = repr(parent)
    return f'"""does {id_}"""\nrevision = {id_!r}\ndown_revision = {down}\n{text}\n'
