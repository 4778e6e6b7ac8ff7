"""Verbs of `requests` run in this process, and what they answered."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from fidesdev.cli.app import program
from fidesdev.cli.invocation import run as run_program
from fidesdev.core.url import DatabaseUrl
from tests.contract import check_document


@dataclass(frozen=True)
class Answer:
    """What one command did."""

    code: int
    out: str
    err: str

    @property
    def data(self) -> dict[str, Any]:
        document = json.loads(self.out)
        check_document(document)
        data: dict[str, Any] = document["data"]
        return data

    @property
    def error(self) -> dict[str, Any]:
        document = json.loads(self.out)
        check_document(document)
        assert document["ok"] is False
        error: dict[str, Any] = document["error"]
        return error


Command = Callable[..., Answer]


@pytest.fixture(name="requests")
def requests_fixture(
    present: DatabaseUrl,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> Command:
    """Runs a verb of `requests` in an empty folder."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("HOME", str(tmp_path))
    monkeypatch.delenv("FIDES__SECURITY__APP_ENCRYPTION_KEY", raising=False)

    def command(*arguments: str) -> Answer:
        code = run_program(program, ["--database-url", present.render(), "requests", *arguments])
        return Answer(code, *capsys.readouterr())

    return command
