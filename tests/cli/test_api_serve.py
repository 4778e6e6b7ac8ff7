"""`api serve` and `api check` as they are typed, with a real server and real calls."""

from __future__ import annotations

import json
import re
import signal
import subprocess
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, HTTPServer
from pathlib import Path
from threading import Thread
from urllib.request import urlopen

import pytest

from fidesdev.core.url import DatabaseUrl
from tests.cli.processes import FIDESDEV, environment, fidesdev
from tests.requests_databases import (  # noqa: F401 - fixtures
    present_fixture,
    present_template_fixture,
)
from tests.requests_tables import add, request

pytestmark = pytest.mark.server


class Server:
    """A `fidesdev api serve` that runs."""

    def __init__(self, database: DatabaseUrl, folder: Path, *more: str) -> None:
        self.process = subprocess.Popen(
            [*FIDESDEV, "--database-url", database.render(), "api", "serve", "--port=0", *more],
            cwd=folder,
            env=environment(),
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
        )
        assert self.process.stderr is not None
        said = self.process.stderr.readline()
        found = re.search(r"http://[^ ]+", said)
        assert found, said
        self.url = found[0]

    def end(self) -> tuple[int, str, str]:
        """Exit code, stdout and stderr after Ctrl-C."""
        self.process.send_signal(signal.SIGINT)
        out, err = self.process.communicate(timeout=20)
        return self.process.returncode, out, err


@pytest.fixture
def served(present: DatabaseUrl, tmp_path: Path) -> Iterator[Server]:
    add(present, "privacyrequest", request("1"))
    server = Server(present, tmp_path)
    yield server
    server.process.kill()
    server.process.communicate()


def test_the_api_is_served_until_ctrl_c(served: Server) -> None:
    with urlopen(f"{served.url}/api/v1/privacy-request") as answer:  # noqa: S310 - our own
        assert [row["id"] for row in json.load(answer)["requests"]] == ["pri_1"]
    code, out, err = served.end()
    assert (code, err) == (0, "")
    assert out.startswith("Served for ")


def test_a_running_server_is_compared_with_the_registry(served: Server, tmp_path: Path) -> None:
    some = fidesdev("api", "check", served.url, "--json", cwd=tmp_path)
    assert some.code == 3
    assert (some.json["ok"], some.json["error"], some.json["data"]["unknown"]) == (False, None, [])
    assert {"USERS", "POLICY_LIST"} < {found["name"] for found in some.json["data"]["missing"]}
    ours = fidesdev("api", "check", served.url, "--search", "privacy-request", cwd=tmp_path)
    assert (ours.code, ours.out.partition(":")[0]) == (0, "All 8 URLs are there")


def test_a_port_that_is_taken_is_told(served: Server, present: DatabaseUrl, tmp_path: Path) -> None:
    port = served.url.rpartition(":")[2]
    more = ("--database-url", present.render(), "api", "serve", "--port", port)
    answer = fidesdev(*more, cwd=tmp_path)
    assert answer.code == 4
    assert answer.err.startswith(f"error: nothing can be served at 127.0.0.1:{port}: ")


def test_others_are_let_in_only_when_somebody_says_so(present: DatabaseUrl, tmp_path: Path) -> None:
    serve = ("--database-url", present.render(), "api", "serve", "--host", "0.0.0.0")  # noqa: S104
    refused = fidesdev(*serve, cwd=tmp_path)
    assert (refused.code, "without any password" in refused.err) == (5, True)
    planned = fidesdev(*serve, "--dry-run", "--json", cwd=tmp_path).json["data"]
    assert (planned["loopback"], planned["executed"], len(planned["paths"])) == (False, False, 8)


class _Elsewhere(BaseHTTPRequestHandler):
    """A server with one path of ours, two of its own, and other names for parameters."""

    def do_GET(self) -> None:
        if self.path != "/openapi.json":
            self.send_error(404)
            return
        paths = ["/api/v1/user/", "/api/v1/user/{id}", "/api/v1/own", "/health"]
        self.send_response(200)
        self.end_headers()
        document = {"info": {"title": "Other", "version": "2"}, "paths": {p: {} for p in paths}}
        self.wfile.write(json.dumps(document).encode())

    def log_message(self, format: str, *args: object) -> None:  # noqa: A002 - overrides
        """Say nothing."""


@pytest.fixture
def elsewhere() -> Iterator[str]:
    with HTTPServer(("127.0.0.1", 0), _Elsewhere) as server:
        Thread(target=server.serve_forever, daemon=True).start()
        yield f"http://127.0.0.1:{server.server_port}"
        server.shutdown()


def test_names_of_parameters_and_last_slashes_do_not_count(elsewhere: str, tmp_path: Path) -> None:
    answer = fidesdev("api", "check", elsewhere, "--search", "/user", "--json", cwd=tmp_path)
    assert (answer.code, answer.json["data"]["unknown"]) == (0, ["/api/v1/own"])


@pytest.mark.parametrize(
    ("address", "code", "said"),
    [
        ("file:///etc/passwd", 2, "is no URL of a server"),
        ("localhost:8080", 2, "is no URL of a server"),
        ("http://me:secret@localhost", 2, "would be shown"),
        ("http://127.0.0.1:1", 4, "refused"),
        ("{elsewhere}/nowhere", 4, "the server answers 404"),
    ],
)
def test_what_is_no_server_is_an_error(
    elsewhere: str, tmp_path: Path, address: str, code: int, said: str
) -> None:
    answer = fidesdev("api", "check", address.format(elsewhere=elsewhere), cwd=tmp_path)
    assert (answer.code, said in answer.err) == (code, True)
    assert "secret" not in answer.err


def test_without_its_packages_or_a_database_nothing_is_served(
    present: DatabaseUrl, server: DatabaseUrl, tmp_path: Path
) -> None:
    missing = (
        "import sys; sys.modules['fastapi'] = None; from fidesdev.cli.app import main;"
        f" main(['--database-url', {present.render()!r}, 'api', 'serve'])"
    )
    done = subprocess.run(
        [FIDESDEV[0], "-c", missing], cwd=tmp_path, capture_output=True, text=True, check=False
    )
    assert (done.returncode, "pip install 'fidesdev[api]'" in done.stderr) == (4, True)
    for url, code in ((f"sqlite:///{tmp_path}/x.db", 2), (f"{server.render()}_nowhere", 4)):
        answer = fidesdev("--database-url", url, "api", "serve", cwd=tmp_path)
        assert (answer.code, answer.out) == (code, "")
