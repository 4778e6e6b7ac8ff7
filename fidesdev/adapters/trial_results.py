"""The findings of a run that is not over, on disk: one JSON document a line."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from contextlib import suppress
from dataclasses import asdict
from pathlib import Path
from typing import IO, Any

from fidesdev.adapters.own_files import open_own
from fidesdev.adapters.revision_cache import make_folder
from fidesdev.core.findings import Finding

NAME = "roundtrip.jsonl"


def read_results(folder: Path) -> dict[str, tuple[Finding, ...]]:
    """What was found, by key; a line that a killed run did not finish is none."""
    found = {}
    with suppress(OSError):
        for line in (folder / NAME).read_text(encoding="utf-8").splitlines():
            with suppress(ValueError, TypeError, KeyError):
                facts = json.loads(line)
                found[str(facts["key"])] = tuple(Finding(**one) for one in facts["findings"])
    return found


class TrialResults:
    """The file, to write to; where the folder cannot be written to, nothing is kept."""

    def __init__(self, folder: Path, known: Mapping[str, Sequence[Finding]]) -> None:
        """It begins with what is `known` already."""
        self._file: IO[str] | None = None
        with suppress(OSError):
            make_folder(folder)
            new = folder / f"{NAME}.new"
            self._file = open_own(new, "w", encoding="utf-8")
            for key, findings in known.items():
                self.add(key, findings)
            new.replace(folder / NAME)

    def add(self, key: str, findings: Sequence[Finding]) -> None:
        """Keep one more."""
        facts: dict[str, Any] = {"key": key, "findings": [asdict(one) for one in findings]}
        if self._file:
            with suppress(OSError):
                self._file.write(json.dumps(facts) + "\n")
                self._file.flush()

    def close(self) -> None:
        """Nothing more comes."""
        if self._file:
            self._file.close()
