"""What is measured, each part with the folders and databases that it needs."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
from collections.abc import Callable, Iterator, Sequence
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path

from benchmarks import requests, reset, roundtrip, snapshots
from benchmarks.lint import write_tree as write_lint_tree
from benchmarks.measuring import Case, Prepare
from benchmarks.places import Programs, environ
from benchmarks.trees import shapes, write_shape, write_tree
from fidesdev.adapters.dump_programs import Programs as DumpPrograms
from fidesdev.adapters.postgres import connect, create_database, drop_database
from fidesdev.core.url import DatabaseUrl

EMPTY = (
    "DROP SCHEMA IF EXISTS public CASCADE; CREATE SCHEMA public;"
    " DROP SCHEMA IF EXISTS fidesdev CASCADE"
)
BACK = 20
"""How many revisions a small move goes over."""


@dataclass(frozen=True)
class Scale:
    """How much is measured."""

    sizes: tuple[int, ...]
    """Of the synthetic trees."""
    shapes: tuple[str, ...]
    moved: int
    """Revisions that are applied and unapplied."""
    megabytes: int
    requests: int


FULL = Scale((100, 1_000, 10_000, 50_000), shapes(), 398, 200, 200_000)
QUICK = Scale((20, 40), (), 25, 10, 500)


@dataclass(frozen=True)
class Bench:
    """Where and with what a part is measured."""

    programs: Programs
    folder: Path
    """For this part alone."""
    url: DatabaseUrl
    """A database for this part alone, which is empty."""
    scale: Scale


Part = Callable[[Bench], Iterator[Case]]


def start_up(bench: Bench) -> Iterator[Case]:
    """Help, beside the least that a Python program costs."""
    write_tree(bench.folder / "p", 10, _written(bench.url))
    programs, folder = bench.programs, bench.folder / "p"
    bare = [programs.python, "-c", "pass"]
    yield Case(
        "start-up", "`--help`", [programs.fidesdev, "--help"], "`python -c pass`", bare, folder
    )
    ours, theirs = [programs.fidesdev, "db", "--help"], [programs.alembic, "--help"]
    yield Case("start-up", "`db --help`", ours, "`alembic --help`", theirs, folder)


def reading(bench: Bench) -> Iterator[Case]:
    """The verbs that read, on trees of every size and of the shapes of real projects."""
    for size in bench.scale.sizes:
        folder = bench.folder / str(size)
        head = write_tree(folder, size, _written(bench.url))
        _at(bench.url, [head])
        yield from _readers(bench, folder, f"{size} revisions", size)
        shutil.rmtree(folder)
    for name in bench.scale.shapes:
        folder = bench.folder / name
        _at(bench.url, write_shape(folder, name, _written(bench.url)))
        yield from _readers(bench, folder, f"the shape of {name}", None)


def moving(bench: Bench) -> Iterator[Case]:
    """Upgrade and downgrade a chain, with the lock and the journal."""
    folder = bench.folder / "p"
    write_tree(folder, bench.scale.moved, _written(bench.url), branching=0)
    ours = [bench.programs.fidesdev, "-q", "db"]
    theirs = [bench.programs.alembic]
    count = bench.scale.moved

    def empty() -> None:
        _execute(bench.url, EMPTY)

    def fresh() -> None:
        empty()
        shutil.rmtree(folder / "migrations" / "versions" / "__pycache__", ignore_errors=True)

    def full() -> None:
        subprocess.run([*ours, "upgrade"], cwd=folder, check=True, capture_output=True)

    def back() -> None:
        full()
        subprocess.run(down, cwd=folder, check=True, capture_output=True)

    up, down = [*ours, "upgrade"], [*ours, "goto", f"head-{BACK}", "--yes", "--no-snapshot"]

    def case(name: str, mine: Sequence[str], bare: Sequence[str], prepare: Prepare) -> Case:
        return Case("moving", name, mine, "Alembic", bare, folder, prepare, prepare)

    yield case(f"`db upgrade`, {count} revisions, fresh checkout", up,
               [*theirs, "upgrade", "heads"], fresh)  # fmt: skip
    yield case(f"`db upgrade`, {count} revisions, again", up, [*theirs, "upgrade", "heads"], empty)
    full()
    yield case("`db upgrade`, nothing to do", up, [*theirs, "upgrade", "heads"], full)
    yield case(f"`db goto` {BACK} back", down, [*theirs, "downgrade", f"-{BACK}"], full)
    yield case(f"`db goto` {BACK} on", [*ours, "goto", "head"], [*theirs, "upgrade", "head"], back)
    yield case("`db downgrade base`", [*ours, "downgrade", "base", "--yes", "--no-snapshot"],
               [*theirs, "downgrade", "base"], full)  # fmt: skip


def resetting(bench: Bench) -> Iterator[Case]:
    """An empty database at the heads, from the template of the reset before."""
    folder, other = bench.folder / "p", bench.url.with_database(f"{bench.url.database}_up")
    write_tree(folder, bench.scale.moved, _written(other))
    ours = [bench.programs.fidesdev, "-q", "--database-url", bench.url.render(), "db", "reset"]
    variables = environ(bench.folder / "cache", spares=True)

    def told(*options: str) -> bytes:
        command = [*ours, "--yes", *options]
        done = subprocess.run(command, cwd=folder, check=True, capture_output=True, env=variables)
        return done.stdout

    try:
        told()
        template = json.loads(told("--dry-run", "--json"))["data"]["template"]
        yield Case("reset", f"`db reset`, {bench.scale.moved} revisions", [*ours, "--yes"],
                   "`alembic upgrade` of an empty database",
                   [bench.programs.alembic, "upgrade", "heads"], folder,
                   lambda: reset.wait_for_spare(bench.url, template["fingerprint"]),
                   lambda: new_database(other))  # fmt: skip
    finally:
        reset.clean(bench.url, folder, bench.url, other)


def copies(bench: Bench) -> Iterator[Case]:
    """Save and restore, beside DSLR and PostgreSQL's own dumps."""
    size = snapshots.fill(bench.url, bench.scale.megabytes) / snapshots.MEGABYTE
    dump, dumper = str(bench.folder / "dump"), _dumper(bench.url)
    save = [str(dumper), "-Fc", "-f", dump, bench.url.render()]
    restore = [
        str(dumper.with_name("pg_restore")),
        "--clean",
        "--if-exists",
        "-d",
        bench.url.render(),
        dump,
    ]
    dslr = bench.programs.path("dslr", "dslr")
    named = f"{size:.0f} MB"
    try:
        for one in snapshots.cases(bench.url, dslr, bench.programs.fidesdev):
            yield Case("copies", f"{one.name}, {named}", one.ours, "DSLR", one.theirs,
                       bench.folder, one.before_ours, one.before_theirs)  # fmt: skip
            if one.name == "save":
                yield Case("copies", f"save, {named}", one.ours, "pg_dump", save,
                           bench.folder, one.before_ours)  # fmt: skip
            elif one.name == "restore by a spare":
                yield Case("copies", f"restore by a spare, {named}", one.ours, "pg_restore",
                           restore, bench.folder, one.before_ours)  # fmt: skip
    finally:
        snapshots.forget(bench.url)
        delete = [dslr, "--url", bench.url.render(), "delete", snapshots.NAME]
        subprocess.run(delete, check=False, capture_output=True)


def privacy_requests(bench: Bench) -> Iterator[Case]:
    """Listing, exporting and making up privacy requests, beside psql."""
    requests.fill(bench.url, bench.scale.requests, bench.programs.fidesdev)
    url, folder, count = bench.url.render(), bench.folder, bench.scale.requests
    ours = [bench.programs.fidesdev, "--database-url", url]
    psql = ["psql", url, "-qAt", "-c"]

    def case(name: str, mine: Sequence[str], query: str) -> Case:
        return Case("requests", name, [*ours, *mine], "psql", [*psql, query], folder)

    yield case(f"`requests list`, {count} rows", ["requests", "list"], requests.NEWEST.format(""))
    yield case(f"`requests export` csv, {count} rows",
               ["-q", "requests", "export", str(folder / "ours.csv"), "--include", "all"],
               f"\\copy privacyrequest to '{folder / 'theirs.csv'}' csv header")  # fmt: skip
    made = max(10, count // 100)
    columns = "id, created_at, updated_at, external_id, requested_at, status, policy_id"
    yield case(f"`db seed --bare`, {made} rows",
               ["-q", "db", "seed", "--requests", str(made), "--bare", "--yes"],
               f"INSERT INTO privacyrequest ({columns}) SELECT 'pri_' || gen_random_uuid(), now(),"  # noqa: S608
               " now(), 'case-' || n, now(), 'pending', 'pol_1'"
               f" FROM generate_series(1, {made}) n")  # fmt: skip


def linting(bench: Bench) -> Iterator[Case]:
    """`db lint` beside alembic-guard, with whatever both keep from the run before."""
    folder = bench.folder / "p"
    write_lint_tree(folder)
    ours = [bench.programs.fidesdev, "--database-url", "postgresql://nobody@127.0.0.1:1/none"]
    theirs = [bench.programs.path("guard", "alembic-guard"), "--format", "json"]
    yield Case("lint", "`db lint :`, 400 revisions", [*ours, "db", "lint", ":", "--json"],
               "alembic-guard", [*theirs, str(folder / "migrations" / "versions")], folder,
               statuses=frozenset({0, 1, 3}))  # fmt: skip


def trying(bench: Bench) -> Iterator[Case]:
    """`db roundtrip` beside pytest-alembic's up/down consistency, which compares no schema."""
    folder, other = bench.folder / "p", bench.url.with_database(f"{bench.url.database}_peer")
    write_tree(folder, bench.scale.moved, _written(other))
    (folder / "conftest.py").write_text(roundtrip.CONFTEST.format(url=_written(other)))
    (folder / "test_peer.py").write_text(roundtrip.TEST)
    ours = [bench.programs.fidesdev, "-q", "--database-url", bench.url.render(), "db", "roundtrip"]
    theirs = [bench.programs.path("pytest-alembic", "pytest"), "-q", "-p", "no:cacheprovider"]
    try:
        yield Case("roundtrip", f"`db roundtrip --all`, {bench.scale.moved} revisions",
                   [*ours, "--all", "--fresh"], "pytest-alembic", [*theirs, "test_peer.py"],
                   folder, before_theirs=lambda: new_database(other))  # fmt: skip
    finally:
        drop_database(other)


PARTS: dict[str, Part] = {
    "start-up": start_up,
    "reading": reading,
    "moving": moving,
    "reset": resetting,
    "copies": copies,
    "requests": privacy_requests,
    "lint": linting,
    "roundtrip": trying,
}
NEEDS = {
    "copies": frozenset({"dslr"}),
    "lint": frozenset({"guard"}),
    "roundtrip": frozenset({"pytest-alembic"}),
}
"""Part -> environments of its peers."""


def _readers(bench: Bench, folder: Path, named: str, size: int | None) -> Iterator[Case]:
    peers = {"heads": "heads", "history": "history", "current": "current", "status": "current"}
    for verb, theirs in peers.items():
        name = f"`db {verb}`" if size else f"`db {verb}`, {named}"
        yield Case("reading", name, [bench.programs.fidesdev, "db", verb], f"`alembic {theirs}`",
                   [bench.programs.alembic, theirs], folder, size=size)  # fmt: skip


def _dumper(url: DatabaseUrl) -> Path:
    """A pg_dump that is not older than the server."""
    with closing(connect(url)) as connection:
        return DumpPrograms(url, os.environ, connection.server_version).dump()


def new_database(url: DatabaseUrl) -> None:
    """Make it empty, whatever an earlier run left."""
    drop_database(url)
    create_database(url)


def _at(url: DatabaseUrl, heads: Sequence[str] | frozenset[str]) -> None:
    """Have the version table name the heads."""
    _execute(url, EMPTY + "; CREATE TABLE alembic_version (version_num varchar(32) PRIMARY KEY)")
    for head in heads:
        _execute(url, f"INSERT INTO alembic_version VALUES ('{head}')")  # noqa: S608 - our own ids


def _execute(url: DatabaseUrl, statement: str) -> None:
    with closing(connect(url, autocommit=True)) as connection:
        connection.cursor().execute(statement)


def _written(url: DatabaseUrl) -> str:
    return url.render(driver="psycopg2")
