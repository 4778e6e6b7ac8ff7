"""Whatever a file holds, reading it ends in values or in an error that names the file."""

from __future__ import annotations

import json
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from fidesdev.adapters.alembic_config import read_alembic_config
from fidesdev.adapters.compose_files import read_dotenv
from fidesdev.adapters.compose_lines import broken_file
from fidesdev.adapters.journal_file import FileJournal
from fidesdev.adapters.loader import load_graph
from fidesdev.adapters.rebase_log import open_log
from fidesdev.adapters.record_files import read_records
from fidesdev.core.graph import RevisionGraph
from fidesdev.core.journal import Origin, Outcome, PlannedStep, RanStep
from fidesdev.errors import (
    BrokenComposeFile,
    ConfigError,
    FidesdevError,
    GraphError,
    UsageError,
)
from tests.examples import examples

pytestmark = pytest.mark.usefixtures("here")
FEW = examples(25)
"""Every example writes files."""

NAMES = ["script_location", "version_locations", "prepend_sys_path", "path_separator"]
SECTIONS = ["[alembic]", "[alembic:two]", "[tool.alembic]", "["]
VALUES = ["%(here)s", "%(", "%", "os", "newline", "migrations", ".", "..:x", "true"]
SIGNS = ["=", ":", "\n", "\n ", "\t", '"', "'", "]", "{", "#", ";"]
WORDS = st.sampled_from([*NAMES, *SECTIONS, *VALUES, *SIGNS])
ALEMBIC = st.lists(WORDS | st.text(max_size=5), max_size=25).map(" ".join).map(str.encode)
PARTS = ["services:", "\n  app:", "image:", "- ", "{", "}", "[", "&a", "*a", "<<:", "?"]
YAML = st.lists(st.sampled_from(PARTS) | st.text(max_size=4), max_size=20).map(" ".join)


@pytest.fixture
def here(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.chdir(tmp_path)
    (tmp_path / "migrations" / "versions").mkdir(parents=True)
    return tmp_path


@FEW
@given(
    content=st.binary(max_size=60) | ALEMBIC,
    name=st.sampled_from(["ini/alembic.ini", "toml/pyproject.toml"]),
)
def test_any_alembic_configuration_is_read_or_refused(content: bytes, name: str) -> None:
    file = Path(name)
    file.parent.mkdir(exist_ok=True)
    file.write_bytes(content)
    error = refusal(lambda: read_alembic_config(file.absolute()), ConfigError)
    assert error is None or (file.name in str(error) and error.hint)


@FEW
@given(content=st.binary(max_size=80) | st.text(max_size=80).map(str.encode))
def test_any_file_of_variables_is_read(content: bytes) -> None:
    Path(".env").write_bytes(content)
    assert all(read_dotenv(Path(".env")))


@FEW
@given(content=st.text(max_size=40) | YAML, said=st.text(max_size=40))
def test_what_compose_refuses_is_an_error_with_a_place(content: str, said: str) -> None:
    file = Path("compose.yml")
    file.write_text(content, encoding="utf-8", errors="replace")
    error = broken_file(said, [file], older=False)
    assert isinstance(error, BrokenComposeFile)
    assert error.facts["line"] is None or error.facts["line"] >= 1


@FEW
@given(
    st.binary(max_size=60)
    | st.text(max_size=60).map(str.encode)
    | st.lists(st.dictionaries(st.text(max_size=5), st.integers() | st.text(max_size=5))).map(
        lambda rows: "\n".join(map(json.dumps, rows)).encode()
    )
)
def test_any_file_of_records_is_read_or_refused(content: bytes) -> None:
    Path("rows").write_bytes(content)
    error = refusal(lambda: list(read_records(Path(), "rows")), UsageError)
    assert error is None or error.hint


@FEW
@given(st.binary(max_size=40), st.integers(0, 1500))
def test_a_torn_journal_tells_what_was_whole(garbage: bytes, size: int) -> None:
    path = Path("journal.jsonl")
    path.unlink(missing_ok=True)
    journal = FileJournal(path)
    record(journal, "db upgrade")
    first = path.stat().st_size
    record(journal, "db downgrade")
    text = path.read_bytes()
    kept = text[: min(first + size, len(text))]
    path.write_bytes(kept + b"\n" + garbage.replace(b"{", b""))
    moves = journal.moves()
    assert moves[-1].outcome is Outcome.DONE
    assert [move.command for move in moves[-2:]][-1] == "db upgrade"
    record(journal, "db goto")
    assert journal.moves()[0].outcome is Outcome.DONE
    assert all(move.outcome is not Outcome.RUNNING for move in journal.moves())


@FEW
@given(st.lists(st.dictionaries(st.text(max_size=3), st.integers()), min_size=1), st.integers(0))
def test_a_torn_log_of_a_rebase_tells_what_was_whole(
    entries: list[dict[str, int]], size: int
) -> None:
    with open_log(Path("data")) as log:
        for entry in entries:
            log.write(entry)
        path = Path("data/rebase.json")
        lines = path.read_bytes()[: max(1, size % 200)]
        path.write_bytes(lines)
        whole = lines.split(b"\n")[:-1]
        found = log.read()
        assert {**found, **joined(whole)} == found
        log.remove()


@FEW
@given(st.binary(max_size=60) | st.text(max_size=60).map(str.encode))
def test_any_revision_file_is_read_or_named(content: bytes) -> None:
    folder = Path("migrations/versions")
    (folder / "one.py").write_bytes(content)
    error = refusal(lambda: loaded(folder), GraphError)
    assert error is None or "one.py" in str(error)


def refusal(call: Callable[[], object], kind: type[FidesdevError]) -> FidesdevError | None:
    """The error of that kind that the call raises; None where it raises none."""
    try:
        call()
    except kind as error:
        return error
    return None


def loaded(folder: Path) -> RevisionGraph:
    ini = folder.parent.parent / "alembic.ini"
    ini.write_text("[alembic]\nscript_location = %(here)s/migrations\n")
    config = read_alembic_config(ini.absolute())
    return load_graph(config, root=Path.cwd(), cache=Path("kept.json"))


def joined(lines: list[bytes]) -> dict[str, int]:
    joined: dict[str, int] = {}
    for line in lines:
        joined |= json.loads(line)
    return joined


def record(journal: FileJournal, command: str) -> None:
    """A move of one step, from beginning to end."""
    step = PlannedStep(1, "up", "a1", (), (), "a1.py", b"revision = 'a1'")
    origin = Origin("ann", "host", None, None, None, "1")
    move = journal.begin(command, frozenset(), origin, [step])
    ran = RanStep(step, datetime.now(UTC), 0.1)
    journal.end(move, Outcome.DONE, frozenset({"a1"}), None, [ran])
