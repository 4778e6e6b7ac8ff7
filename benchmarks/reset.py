"""Measure `fidesdev db reset` against `alembic upgrade heads` of an empty database.

    python -m benchmarks.reset --database-url postgresql://postgres@localhost/postgres [TREE]

Both programs are taken from the environment of the interpreter that runs this and are timed as
whole processes, A B A B in one run, on databases of the same server: an empty one for Alembic, one
that was reset and used for fidesdev. Between two runs nothing else is waited for than that the
server has made the spare copy. TREE is the folder of an Alembic project whose env.py takes
`sqlalchemy.url`; without one a tree of 400 revisions is written.
"""

from __future__ import annotations

import argparse
import json
import os
import re
import shutil
import statistics
import subprocess
import sys
import tempfile
import time
from contextlib import closing
from pathlib import Path

from benchmarks.trees import write_tree
from fidesdev.adapters.postgres import connect, create_database, drop_database
from fidesdev.core.url import DatabaseUrl, parse_url

BIN = Path(sys.executable).parent
FIDESDEV, ALEMBIC = str(BIN / "fidesdev"), str(BIN / "alembic")
REVISIONS = 400
URL = re.compile(r"^sqlalchemy\.url\s*=.*$", re.MULTILINE)
SNAPSHOTS = '{"keep": 1}'


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--database-url", required=True)
    parser.add_argument("--runs", type=int, default=5)
    parser.add_argument("tree", nargs="?", type=Path)
    given = parser.parse_args()
    admin = parse_url(given.database_url)
    ours, theirs = (admin.with_database(f"fidesdev_benchmark_{name}") for name in ("reset", "up"))
    with tempfile.TemporaryDirectory() as folder:
        project = Path(folder) / "project"
        written(project, given.tree, theirs)
        try:
            report(project, ours, theirs, given.runs)
        finally:
            clean(admin, project, ours, theirs)


def written(project: Path, tree: Path | None, url: DatabaseUrl) -> None:
    """The project in a folder of its own, with Alembic's database in its ini."""
    if tree is None:
        project.mkdir()
        write_tree(project, REVISIONS, url.render(driver="psycopg2"))
        return
    shutil.copytree(tree, project)
    ini = project / "alembic.ini"
    text = ini.read_text().replace(str(tree.resolve()), str(project))
    line = f"sqlalchemy.url = {url.render(driver='psycopg2')}"
    ini.write_text(URL.sub(line, text))


def report(project: Path, ours: DatabaseUrl, theirs: DatabaseUrl, runs: int) -> None:
    reset = [FIDESDEV, "-q", "--database-url", ours.render(), "db", "reset", "-y"]
    upgrade = [ALEMBIC, "-c", str(project / "alembic.ini"), "upgrade", "heads"]
    cold = timed(reset, project)
    looked = subprocess.run(
        [*reset, "--dry-run", "--json"], cwd=project, check=True, capture_output=True
    )
    fingerprint = json.loads(looked.stdout)["data"]["template"]["fingerprint"]
    seconds: dict[str, list[float]] = {"reset": [], "upgrade": []}
    for _run in range(runs):
        wait_for_spare(ours, fingerprint)
        seconds["reset"].append(timed(reset, project))
        drop_database(theirs)
        create_database(theirs)
        seconds["upgrade"].append(timed(upgrade, project))
    fast, slow = (statistics.median(seconds[name]) for name in ("reset", "upgrade"))
    print(f"{os.cpu_count()} cores, load {os.getloadavg()[0]:.1f}; medians of {runs} runs\n")
    print("| case | fidesdev | alembic | times faster |\n|---|--:|--:|--:|")
    print(f"| `db reset`, warm | {fast:.2f} s | {slow:.2f} s | {slow / fast:.1f} |")
    print(f"| `db reset`, cold | {cold:.2f} s | {slow:.2f} s | {slow / cold:.1f} |")
    print("reset", *(f"{one:.2f}" for one in seconds["reset"]), "s")
    print("upgrade", *(f"{one:.2f}" for one in seconds["upgrade"]), "s")


def timed(command: list[str], folder: Path) -> float:
    """The seconds that the whole process takes."""
    environ = {**os.environ, "FIDES__FIDESDEV__SNAPSHOTS": SNAPSHOTS}
    began = time.perf_counter()
    subprocess.run(command, cwd=folder, check=True, capture_output=True, env=environ)
    return time.perf_counter() - began


def wait_for_spare(url: DatabaseUrl, fingerprint: str) -> None:
    deadline = time.monotonic() + 60
    while not names(url, f"^fidesdev_spare_{fingerprint}_") and time.monotonic() < deadline:
        time.sleep(0.05)


def names(url: DatabaseUrl, pattern: str) -> list[str]:
    with closing(connect(url.with_database("postgres"), autocommit=True)) as connection:
        cursor = connection.cursor()
        cursor.execute("SELECT datname FROM pg_database WHERE datname ~ %s", (pattern,))
        return [name for (name,) in cursor.fetchall()]


def clean(admin: DatabaseUrl, project: Path, *databases: DatabaseUrl) -> None:
    """Drop what was made here: the databases, their snapshots, the template and its copies."""
    with closing(connect(admin.with_database("postgres"), autocommit=True)) as connection:
        cursor = connection.cursor()
        marks = [f'%"database": "{url.database}"%' for url in databases]
        cursor.execute(
            "SELECT datname FROM pg_database WHERE shobj_description(oid, 'pg_database')"
            " LIKE ANY (%s) AND datname LIKE 'fidesdev\\_%%'",
            ([f'%:{project}"%', *marks],),
        )
        found = [name for (name,) in cursor.fetchall()]
    templates = {name[-16:] for name in found if name.startswith("fidesdev_template_")}
    for print_ in templates:
        found += names(admin, f"^fidesdev_spare_{print_}_")
    for url in (*databases, *map(admin.with_database, found)):
        drop_database(url)


if __name__ == "__main__":
    main()
