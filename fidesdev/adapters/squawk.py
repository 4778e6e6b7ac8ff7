"""squawk, the linter of PostgreSQL's SQL: texts in, what it finds out."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sysconfig
import tempfile
from collections.abc import Collection, Mapping
from dataclasses import dataclass
from pathlib import Path

from fidesdev.errors import LinterFailed, PackageMissing

_PURPOSE = "judge the SQL of revisions"


@dataclass(frozen=True, slots=True)
class Judgement:
    """One thing that squawk found."""

    name: str
    """Of the text that it is in."""
    rule: str
    line: int
    """In the text, from 0."""
    column: int
    """In the line, from 0."""
    message: str
    remedy: str


def judge(
    texts: Mapping[str, str], *, opt_in: Collection[str] = (), version: int | None = None
) -> tuple[Judgement, ...]:
    """What squawk's rules find in the texts, by name; `opt_in` are rules that it leaves out else.

    `version` is PostgreSQL's, else the one that squawk takes for the usual.
    Raises `PackageMissing` without the package squawk-cli, and `LinterFailed`.
    """
    program = find_program()
    if not texts:
        return ()
    with tempfile.TemporaryDirectory(prefix="fidesdev-") as folder:
        names = {f"{number}.sql": name for number, name in enumerate(texts)}
        for file, name in names.items():
            Path(folder, file).write_text(texts[name], encoding="utf-8")
        options = [f"--include={rule}" for rule in sorted(opt_in)]
        options += [f"--pg-version={version}"] if version else []
        done = subprocess.run(
            [program, "--reporter", "json", "--config", os.devnull, *options, *names],
            cwd=folder,
            capture_output=True,
            text=True,
            check=False,
        )
    try:
        found = json.loads(done.stdout)
    except ValueError as error:
        raise LinterFailed("squawk", done.returncode, done.stderr.strip()) from error
    return tuple(
        Judgement(
            names[Path(one["file"]).name],
            one["rule_name"],
            one["line"],
            one["column"],
            one["message"],
            one["help"] or "",
        )
        for one in found
    )


def find_program() -> Path:
    """Beside this Python, where pip puts it, or on PATH; raises `PackageMissing`."""
    beside = Path(sysconfig.get_path("scripts")) / "squawk"
    found = str(beside) if os.access(beside, os.X_OK) else shutil.which("squawk")
    if found is None:
        raise PackageMissing("squawk-cli", _PURPOSE, extra="lint")
    return Path(found)
