"""Lines of a generator streamed into the tables, in the caller's transaction."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from concurrent.futures import Future, ThreadPoolExecutor
from io import BytesIO

from psycopg2 import sql

from fidesdev.adapters.request_generator import BATCH, COLUMNS, Generator
from fidesdev.adapters.requests_catalog import REQUESTS, Tables

Batch = Mapping[str, list[str]]
_CHUNK = 1 << 18


def writable(tables: Tables) -> dict[str, tuple[str, ...]]:
    """Table -> the columns to be written, of the tables that can take rows of requests."""
    found = {
        table: tuple(name for name in columns if tables.has(table, name))
        for table, columns in COLUMNS.items()
    }
    return {
        table: columns
        for table, columns in found.items()
        if {"id", "status" if table == REQUESTS else "privacy_request_id"} <= set(columns)
    }


def numbers_present(tables: Tables, end: str) -> tuple[int, int, int]:
    """How many requests have an id with this end, and the first and last of their numbers."""
    cursor = tables.connection.cursor()
    cursor.execute(
        "SELECT count(*), min(id), max(id) FROM privacyrequest WHERE id LIKE %s",
        (f"pri\\_{'_' * 8}-{end}",),
    )
    found = cursor.fetchone()
    assert found is not None
    count, least, most = found
    return (count, int(least[4:12], 16), int(most[4:12], 16)) if count else (0, 0, 0)


def copy_requests(
    tables: Tables,
    generator: Generator,
    columns: Mapping[str, tuple[str, ...]],
    numbers: range,
    *,
    on_batch: Callable[[int], None],
) -> dict[str, int]:
    """Write the requests with these numbers; table -> rows. `on_batch` hears how many are done.

    While the server takes a batch, the next one is made.
    """
    written = dict.fromkeys(columns, 0)
    for last, made in _ahead(generator, numbers):
        for table, present in columns.items():
            if lines := made.get(table):
                _copy(tables, table, present, lines)
                written[table] += len(lines)
        on_batch(last - numbers.start + 1)
    return written


def analyze(tables: Tables, names: Iterable[str]) -> None:
    """Let the planner know at once how the tables look now."""
    cursor = tables.connection.cursor()
    for name in names:
        cursor.execute(sql.SQL("ANALYZE {}").format(sql.Identifier(name)))


def _ahead(generator: Generator, numbers: range) -> Iterator[tuple[int, Batch]]:
    """The batches in order, each with its last number, one made ahead."""
    bounds = list(_bounds(numbers))
    with ThreadPoolExecutor(1, "generator") as worker:
        waiting: Future[dict[str, list[str]]] | None = None
        for here, following in zip(bounds, [*bounds[1:], None], strict=True):
            made = (waiting or worker.submit(generator.lines, *here)).result()
            waiting = worker.submit(generator.lines, *following) if following else None
            yield here[1], made


def _bounds(numbers: range) -> Iterator[tuple[int, int]]:
    """First and last number of each batch."""
    first = numbers.start
    while first < numbers.stop:
        last = min((first - 1) // BATCH * BATCH + BATCH, numbers.stop - 1)
        yield first, last
        first = last + 1


def _copy(tables: Tables, table: str, columns: tuple[str, ...], lines: list[str]) -> None:
    statement = sql.SQL("COPY {} ({}) FROM STDIN").format(
        sql.Identifier(table), sql.SQL(", ").join(map(sql.Identifier, columns))
    )
    text = BytesIO("\n".join(lines).encode())
    tables.connection.cursor().copy_expert(statement, text, size=_CHUNK)
