"""How often the verbs ask the server, counted on the wire: each time is a delay to a far server."""

from __future__ import annotations

import socket
from collections.abc import Callable
from dataclasses import dataclass, field, replace
from pathlib import Path

import pytest

from fidesdev.core.url import DatabaseUrl
from fidesdev.services import history, journal, migrations
from fidesdev.services.workspace import Workspace
from tests.projects import Project, make_project
from tests.wire import When, Wire

NEVER = 0
BOUNDS: dict[str, tuple[Callable[[Workspace], object], int, int]] = {
    "status": (history.status, 1, 2),
    "current": (history.current, 1, 2),
    "heads --applied": (lambda space: history.heads(space, applied=True), 1, 2),
    "history --applied": (lambda space: history.history(space, applied=True), 1, 2),
    "plan": (lambda space: migrations.goto(space, "heads"), 1, 2),
    "upgrade, nothing to do": (
        lambda space: migrations.execute(migrations.upgrade(space, "heads")),
        1,
        2,
    ),
    "log": (journal.log, 1, 1),
}
"""Verb -> what runs it, and at most how many connections and statements it makes.

A connection is one more round trip, and another one for a password.
"""


@dataclass
class Counting(Wire):
    """Never breaks; counts connections and statements, also those that are sent again."""

    sessions: list[int] = field(default_factory=list)
    asked: list[str] = field(default_factory=list)

    def _serve(self, client: socket.socket, server: socket.socket) -> None:
        self.sessions.append(client.fileno())
        super()._serve(client, server)

    def _pass_statement(self, client: socket.socket, server: socket.socket, message: bytes) -> None:
        self.asked.append(message[5:-1].decode())
        super()._pass_statement(client, server, message)


@pytest.fixture
def project(tmp_path: Path, database: DatabaseUrl) -> Project:
    """At its head."""
    found = make_project(tmp_path / "p", "aaa0 > bbb0", database)
    migrations.execute(migrations.upgrade(found.workspace, "heads"))
    return found


def test_verbs_ask_the_server_seldom(project: Project) -> None:
    asked: dict[str, tuple[int, list[str]]] = {}
    for verb, (run, _connections, _statements) in BOUNDS.items():
        wire = Counting(project.url, NEVER, When.BEFORE)
        with wire.opened() as url:
            run(replace(project, url=url).workspace)
        asked[verb] = len(wire.sessions), wire.asked
    assert {
        verb: found
        for verb, found in asked.items()
        if found[0] > BOUNDS[verb][1] or len(found[1]) > BOUNDS[verb][2]
    } == {}


def test_each_revision_costs_one_statement_beside_its_own(project: Project) -> None:
    """The row of the version table; lock, journal and transaction cost the same for any number."""

    def statements(to: str) -> int:
        wire = Counting(project.url, NEVER, When.BEFORE)
        with wire.opened() as url:
            migrations.execute(migrations.goto(replace(project, url=url).workspace, to))
        return len(wire.asked)

    statements("base")
    one = statements("aaa0")
    statements("base")
    assert statements("bbb0") - one == 2  # its CREATE TABLE, and the row
