"""Measure `fidesdev db lint` against alembic-guard, which reads the text alone.

    python benchmarks/lint.py [--peer /path/to/alembic-guard] [--tree FOLDER]

`fidesdev` is taken from the environment of the interpreter that runs this; the peer, which needs
none of its packages, from PATH or where it is told. Both are timed as whole processes, A B A B in
one run, without anything cached: neither fidesdev's outlines nor compiled revisions are left from
the run before. Printed are the medians of wall time and of the CPU time that the processes and
their children used, which other work on the machine changes less, and how much each of them finds.
FOLDER is an Alembic project with its revisions in one folder below; without one a tree of 400
revisions is written, half of which change tables that other revisions made. No database is asked.
"""

from __future__ import annotations

import argparse
import json
import os
import platform
import resource
import shutil
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

FIDESDEV = str(Path(sys.executable).parent / "fidesdev")
URL = "postgresql://nobody@127.0.0.1:1/never_connected_to"
REVISIONS = 400
SCRIPT = '''"""Change {number}"""
import sqlalchemy as sa
from alembic import op

revision = "{number:04}"
down_revision = {parent!r}


def upgrade():
    {up}


def downgrade():
    {down}
'''
BODIES = (
    (
        (
            'op.create_table("t{n}", sa.Column("id", sa.Integer()), sa.Column("c", sa.String(9)))\n'
            '    op.create_index(op.f("ix_t{n}"), "t{n}", ["c"])'
        ),
        'op.drop_table("t{n}")',
    ),
    (
        (
            'op.drop_index(op.f("ix_t{last}"), table_name="t{last}")\n'
            '    op.add_column("t{last}", sa.Column("d", sa.Text(), nullable=False))'
        ),
        'op.drop_column("t{last}", "d")\n    op.create_index(op.f("ix_t{last}"), "t{last}", ["c"])',
    ),
)


@dataclass(frozen=True)
class Run:
    """What one process needed and found."""

    wall: float
    """Seconds."""
    cpu: float
    """Seconds of the process and its children."""
    findings: int


def main(arguments: Sequence[str] | None = None) -> None:
    """Write the tree unless one is given, measure, and print the table."""
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("--peer", default=shutil.which("alembic-guard"))
    parser.add_argument("--tree", type=Path)
    parser.add_argument("--runs", type=int, default=5)
    given = parser.parse_args(arguments)
    if given.peer is None:
        parser.error("alembic-guard is not on PATH: install it somewhere and name it by --peer")
    with tempfile.TemporaryDirectory() as folder:
        project = Path(folder) / "project"
        if given.tree:
            shutil.copytree(given.tree, project, ignore=shutil.ignore_patterns("node_modules"))
        else:
            write_tree(project)
        report(project, given.peer, given.runs)


def write_tree(project: Path) -> None:
    """A chain of revisions that make a table, and change it in the next."""
    versions = project / "migrations" / "versions"
    versions.mkdir(parents=True)
    (project / "alembic.ini").write_text("[alembic]\nscript_location = %(here)s/migrations\n")
    (project / "migrations" / "env.py").write_text("")
    for number in range(REVISIONS):
        parent = f"{number - 1:04}" if number else None
        up, down = (body.format(n=number, last=number - 1) for body in BODIES[number % 2])
        text = SCRIPT.format(number=number, parent=parent, up=up, down=down)
        (versions / f"{number:04}.py").write_text(text)


def report(project: Path, peer: str, runs: int) -> None:
    """Print the table."""
    versions = max(project.rglob("versions"), key=lambda one: len(list(one.glob("*.py"))))
    commands = {
        "fidesdev db lint": [FIDESDEV, "--database-url", URL, "db", "lint", ":", "--json"],
        "alembic-guard": [peer, "--format", "json", str(versions)],
    }
    measured: dict[str, list[Run]] = {name: [] for name in commands}
    for run in range(runs + 1):
        for name, command in commands.items():
            once = measure(project, command)
            if run:  # the first pair warms the disk's cache
                measured[name].append(once)
    load = os.getloadavg()[0]
    print(f"{platform.machine()}, {os.cpu_count()} cores, load {load:.1f}, {platform.system()},")
    print(f"Python {platform.python_version()}; {len(list(versions.glob('*.py')))} revision files;")
    print(f"medians of {runs} runs, nothing cached\n")
    print("| program | wall | CPU | findings |\n|---|--:|--:|--:|")
    for name, found in measured.items():
        wall, cpu = (statistics.median(getattr(one, what) for one in found) for what in KINDS)
        print(f"| {name} | {wall:.2f} s | {cpu:.2f} s | {found[-1].findings} |")


KINDS = ("wall", "cpu")


def measure(project: Path, command: Sequence[str]) -> Run:
    """One run of the command, without what an earlier one left."""
    for left in [project / ".fidesdev", *project.rglob("__pycache__")]:
        shutil.rmtree(left, ignore_errors=True)
    before = resource.getrusage(resource.RUSAGE_CHILDREN)
    started = time.perf_counter()
    done = subprocess.run(command, cwd=project, capture_output=True, text=True, check=False)
    wall = time.perf_counter() - started
    after = resource.getrusage(resource.RUSAGE_CHILDREN)
    cpu = after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime
    found = json.loads(done.stdout)
    return Run(wall, cpu, len(found if isinstance(found, list) else found["data"]["findings"]))


if __name__ == "__main__":
    main()
