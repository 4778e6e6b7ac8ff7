"""Print the matrix: `python -m tests.fault_matrix --help`."""

from __future__ import annotations

import argparse
import os
import shutil
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from fidesdev.adapters import embedded
from fidesdev.core.url import DatabaseUrl, parse_url
from tests.conftest import ADMIN_VARIABLE
from tests.fault_matrix import cleaning
from tests.fault_matrix.runs import Run
from tests.fault_matrix.table import table
from tests.fault_matrix.verbs import VERBS

CLEAN = "clean"


def main() -> int:
    """1 where a cell is red."""
    asked = _parser().parse_args()
    chosen = [verb for verb in VERBS if verb.name in (asked.verb or [one.name for one in VERBS])]
    began = time.monotonic()
    with tempfile.TemporaryDirectory() as home, server_for(Path(home)) as server:
        run = Run(Path(home), server, asked.every, asked.jobs)
        lines = list(run.verbs(chosen, asked.on, _tell))
        if asked.on is None and (not asked.verb or CLEAN in asked.verb):
            lines += cleaning.lines(Path(home) / "docker", asked.every, _tell)
    print(table(lines))
    if asked.verbose:
        print(*(one.judged.text for one in lines if one.judged.problems), sep="\n--\n")
    print(f"{time.monotonic() - began:.0f} s")
    return int(any(line.judged.problems for line in lines))


def _tell(line: str) -> None:
    print(line, file=sys.stderr, flush=True)


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="python -m tests.fault_matrix", description=__doc__)
    names = [*(verb.name for verb in VERBS), CLEAN]
    parser.add_argument("--verb", action="append", choices=names, help="Only this one; repeatable.")
    parser.add_argument("--on", choices=("sqlite", "postgresql"), help="Only this database.")
    parser.add_argument("--every", type=int, default=1, help="Only one cell in so many.")
    parser.add_argument("--jobs", type=int, default=os.cpu_count() or 2, help="At a time.")
    parser.add_argument("-v", "--verbose", action="store_true", help="What red commands said.")
    return parser


@contextmanager
def server_for(folder: Path) -> Iterator[DatabaseUrl]:
    """The server that the tests use, or an embedded one for as long as this takes."""
    if named := os.environ.get(ADMIN_VARIABLE):
        yield parse_url(named)
        return
    running = embedded.start(folder / "postgres", os.environ)
    try:
        yield running.url("postgres")
    finally:
        embedded.stop(folder / "postgres")
        shutil.rmtree(running.directory)  # which is elsewhere where root cannot use the folder


if __name__ == "__main__":
    sys.exit(main())
