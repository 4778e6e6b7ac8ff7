"""Measure everything; write `results.json` and the same as Markdown.

    python -m benchmarks --database-url postgresql://postgres@localhost/postgres [--quick]

Run it in an environment that has fidesdev; the user must be a superuser. What is measured is this
checkout, installed into an environment of its own below `--cache`, beside the peers, which come
from PyPI. Every case is run A B A B. Databases whose names begin with `fidesdev_benchmark` are made
and dropped; the one named is not written to. `--quick` shows that it all works, and measures
nothing that anybody should read.
"""

from __future__ import annotations

import argparse
import json
import sys
import tempfile
import time
from contextlib import closing
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from benchmarks.cases import FULL, NEEDS, PARTS, QUICK, Bench, Scale, new_database
from benchmarks.measuring import Case, Measured, machine, measure, orders
from benchmarks.places import Programs, environ, programs
from benchmarks.summary import markdown
from fidesdev.adapters.postgres import connect, drop_database, server_version
from fidesdev.core.url import DatabaseUrl, parse_url

CACHE = Path.home() / ".cache" / "fidesdev-benchmarks"
RESULTS = Path(__file__).with_name("results.json")
LARGE, HUGE = 5_000, 20_000
"""Revisions from which on a case is run less often, since the peer takes its time."""


def main(arguments: list[str] | None = None) -> None:
    """The command."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks", description=__doc__)
    parser.add_argument("--database-url", required=True)
    parser.add_argument("--quick", action="store_true", help="once, on the smallest of everything")
    parser.add_argument("--runs", type=int, default=5)
    parser.add_argument("--only", nargs="+", choices=PARTS, default=list(PARTS))
    parser.add_argument("--cache", type=Path, default=CACHE)
    parser.add_argument("--here", action="store_true",
                        help="measure what is installed beside this interpreter")  # fmt: skip
    parser.add_argument("--output", type=Path, default=RESULTS)
    given = parser.parse_args(arguments)
    needed = frozenset[str]().union(*(NEEDS.get(part, frozenset()) for part in given.only))
    found = here() if given.here else programs(given.cache.resolve(), needed)
    began = time.monotonic()
    admin = parse_url(given.database_url)
    scale, runs = (QUICK, 1) if given.quick else (FULL, given.runs)
    measured = [one for part in given.only for one in measure_part(part, found, admin, scale, runs)]
    results = {
        "measured": datetime.now(UTC).strftime("%Y-%m-%d"),
        "seconds": round(time.monotonic() - began),
        "runs": runs,
        "machine": machine() | {"postgresql": _version(admin)},
        "cases": [one.facts() for one in measured],
        "orders": orders(measured),
    }
    given.output.write_text(_json(results))
    given.output.with_suffix(".md").write_text(markdown(results))


def here() -> Programs:
    """The programs of the interpreter that runs this, in place of an environment of our own."""
    return Programs(Path(sys.prefix).parent, Path(sys.prefix).name)


def measure_part(
    part: str, found: Programs, admin: DatabaseUrl, scale: Scale, runs: int
) -> list[Measured]:
    """Every case of the part, in a folder and on a database of its own."""
    url = admin.with_database(f"fidesdev_benchmark_{part.replace('-', '_')}")
    measured = []
    with tempfile.TemporaryDirectory() as folder:
        new_database(url)
        variables = environ(Path(folder) / "cache", spares=part != "copies")
        try:
            for case in PARTS[part](Bench(found, Path(folder), url, scale)):
                one = measure(case, _runs(case, runs), variables, warm=scale is not QUICK)
                measured.append(one)
                print(_line(one), file=sys.stderr, flush=True)
        finally:
            drop_database(url)
    return measured


def _runs(case: Case, runs: int) -> int:
    size = case.size or 0
    return runs if size < LARGE else min(runs, 3) if size < HUGE else 1


def _line(one: Measured) -> str:
    facts = one.facts()
    size = f" of {one.size}" if one.size else ""
    times = f"{facts['ours']['wall']:.3f} s / {facts['theirs']['wall']:.3f} s"
    return f"{one.group}: {one.name}{size} / {one.peer}: {times} = {facts['ratio']}"


def _version(url: DatabaseUrl) -> str:
    with closing(connect(url)) as connection:
        return server_version(connection)


def _json(results: dict[str, Any]) -> str:
    """One line for each case, so that a difference can be read."""
    lists = {
        key: "[\n" + ",\n".join("  " + json.dumps(one) for one in value) + "\n ]"
        for key, value in results.items()
        if isinstance(value, list)
    }
    rest = {key: json.dumps(value) for key, value in results.items() if key not in lists}
    parts = (rest | lists).items()
    return "{\n" + ",\n".join(f' "{key}": {text}' for key, text in parts) + "\n}\n"


if __name__ == "__main__":
    main()
