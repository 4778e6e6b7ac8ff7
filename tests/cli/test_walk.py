"""Every verb, really run: documents as their schemas say, exit codes, plain text where piped."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from functools import partial
from http.server import BaseHTTPRequestHandler, HTTPServer
from pathlib import Path
from threading import Thread

import pytest

from fidesdev import errors
from fidesdev.cli.examples import usage_of
from fidesdev.cli.outline import outline
from fidesdev.core.completion import Outline, look
from fidesdev.core.documents import REPORTS
from fidesdev.core.url import DatabaseUrl
from tests.checkouts import new_checkout
from tests.cli import walks
from tests.cli.conftest import Ask, AskThere
from tests.cli.processes import Answer
from tests.cli.test_verbs import READS, VERBS
from tests.projects import Project
from tests.repositories import Repository
from tests.requests_databases import present_fixture, present_template_fixture  # noqa: F401 - fixtures
from tests.requests_tables import KEY, add, policy, request

READ_AGAIN = READS - {"db drift", "db roundtrip"}
"""All but those that make databases to read from."""
EXIT_CODES = {"ok": 0, "finding": 3} | {
    error.code: error.exit_code
    for error in vars(errors).values()
    if isinstance(error, type) and issubclass(error, errors.FidesdevError)
}
BASE = "from sqlalchemy.orm import DeclarativeBase\n\n\nclass Base(DeclarativeBase):\n    pass\n"
SERVICES = """
web:
  build: .
  image: {image}
  network_mode: host
  command: ["sh", "-c", "echo ready; sleep 600"]
"""
DOCUMENT = {"openapi": "3.1.0", "paths": {"/api/v1/privacy-request": {}}}


def walk(text: str, ask: Callable[..., Answer], **names: object) -> None:
    """Type one line after the other, and what only reads once more without `--json`."""
    wrong = []
    for line in walks.lines(text):
        words = line.filled(**names)
        answer = ask("--json", *words)
        problem = _wrong(line, answer)
        if line.verb in READ_AGAIN and answer.code == 0:
            problem = problem or _not_plain(ask(*words))
        wrong += [f"{' '.join(line.words)}: {problem}"] if problem else []
    assert not wrong, "\n".join(wrong)


def _wrong(line: walks.Line, answer: Answer) -> str:
    """What is not as the line says; `Answer.json` holds the document to its schema."""
    document = answer.json
    outcome = "ok" if document["ok"] else (document["error"] or {}).get("code", "finding")
    if outcome not in line.outcomes or document["command"] != line.verb:
        return f"{document['command']} answered {outcome}: {answer.out}"
    if answer.code != EXIT_CODES[outcome]:
        return f"exit code {answer.code}"
    return "terminal codes" if "\x1b" in answer.out + answer.err else ""


def _not_plain(answer: Answer) -> str:
    """What is not as it should be where stdout is no terminal."""
    if answer.code or not answer.out.endswith("\n"):
        return f"as text: exit code {answer.code}: {answer.out}{answer.err}"
    return "terminal codes" if set("\x1b\r") & set(answer.out + answer.err) else ""


@pytest.fixture
def names(tmp_path: Path) -> dict[str, object]:
    """What the names in braces stand for."""
    (tmp_path / "empty").write_text("")
    (tmp_path / "broken.toml").write_text("[")
    (tmp_path / "elsewhere").mkdir()
    return {
        "nowhere": "postgresql://nobody@127.0.0.1:1/nothing",
        "empty": tmp_path / "empty",
        "elsewhere": tmp_path / "elsewhere",
        "dump": tmp_path / "first.dump",
        "rows": tmp_path / "rows.csv",
        "broken": tmp_path / "broken.toml",
    }


def test_verbs_of_migrations_and_snapshots(
    ask: Ask, pg_fork: Project, names: dict[str, object]
) -> None:
    repository = Repository(pg_fork.root)
    repository.git("init", "-q", "-b", "main")
    repository.git("add", "migrations/versions/[ac]*", "migrations/versions/base*")
    repository.git("commit", "-q", "-m", "all but branch b")
    (pg_fork.root / "shop.py").write_text(BASE)
    walk(walks.MIGRATIONS, partial(ask, pg_fork), **names)


def test_verbs_of_rows(
    ask: Ask,
    present: DatabaseUrl,
    tmp_path: Path,
    names: dict[str, object],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    policy(present, "walk", "access")
    statuses = ("pending", "pending", "pending", "error")
    rows = (request(str(n), status=s) for n, s in enumerate(statuses, 1))
    add(present, "privacyrequest", *({**row, "policy_id": "pol_walk"} for row in rows))
    monkeypatch.setenv("FIDES__SECURITY__APP_ENCRYPTION_KEY", KEY)
    (tmp_path / "rows").mkdir()
    with served_document() as address:
        project = Project(tmp_path / "rows", present, ())
        walk(walks.ROWS, partial(ask, project), **names, address=address)


def test_verbs_of_files(ask: Ask, fork: Project, names: dict[str, object]) -> None:
    Repository(fork.root).git("init", "-q", "-b", "main")
    walk(walks.FILES, partial(ask, fork), **names)


def test_verbs_of_the_embedded_server(
    ask_there: AskThere, tmp_path: Path, names: dict[str, object]
) -> None:
    (tmp_path / "new").mkdir()
    ask = partial(ask_there, tmp_path / "new")
    try:
        walk(walks.SERVER, ask, **names)
    finally:
        ask("db", "stop")


def test_verbs_of_containers(
    ask_there: AskThere, tmp_path: Path, tiny_image: str, names: dict[str, object]
) -> None:
    with new_checkout(tmp_path) as checkout:
        checkout.compose_file(SERVICES.format(image=tiny_image))
        (checkout.root / "Dockerfile").write_text(f"FROM {tiny_image}\n")
        walk(walks.CONTAINERS, partial(ask_there, checkout.root), **names)


def test_every_verb_is_walked_with_and_without_success() -> None:
    walked = [line for text in walks.WALKS for line in walks.lines(text)]
    answered = {line.verb for line in walked if line.outcomes <= {"ok", "finding"}}
    failed = {line.verb for line in walked if not line.outcomes & {"ok", "finding"}}
    with_report = {verb for verb, reports in REPORTS.items() if reports}
    assert (with_report - answered, set(VERBS) - failed) == (set(), set()), "see tests/cli/walks.py"


@pytest.mark.parametrize("verb", VERBS)
def test_help_of_every_verb_fits_a_narrow_screen_and_has_its_examples(verb: str) -> None:
    shown = VERBS[verb].get_help().splitlines()
    examples = [f"  fidesdev {example}" for example in usage_of(verb).examples]
    assert examples
    assert set(examples) <= set(shown)
    assert [text for text in shown if len(text) > 80 and text not in examples] == []


@pytest.fixture(scope="module", name="known")
def known_fixture() -> Outline:
    """The command line as completion sees it."""
    return outline()


@pytest.mark.parametrize("verb", VERBS)
def test_completion_knows_every_verb_and_its_options(verb: str, known: Outline) -> None:
    words = verb.split()
    assert words[-1] in dict(look(known, words[:-1], words[-1]).values)
    offered = dict(look(known, words, "--").values)
    options = (one for one in VERBS[verb].command.params if not one.secondary_opts)
    own = {name for option in options for name in option.opts if name.startswith("--")}
    assert set(offered) >= {"--json", *own}


@contextmanager
def served_document() -> Iterator[str]:
    """The URL of an OpenAPI document of our own API."""

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            self.send_response(200)
            self.end_headers()
            self.wfile.write(json.dumps(DOCUMENT).encode())

        def log_message(self, format: str, *args: object) -> None:  # noqa: A002 - as inherited
            pass

    server = HTTPServer(("127.0.0.1", 0), Handler)
    Thread(target=server.serve_forever, daemon=True).start()
    yield f"http://127.0.0.1:{server.server_port}/openapi.json"
    server.shutdown()
    server.server_close()
