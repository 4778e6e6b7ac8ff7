"""Writes the reference pages that are made from the program, beside those that people write.

python -m docs.generate        once; a build of the documentation does it by itself
"""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

from docs.generator import codes, commands, errors, reports, settings

FOLDER = Path(__file__).parent / "reference"


def pages() -> Iterator[tuple[str, str]]:
    """Name below `reference/`, and text, of each page."""
    yield from commands.pages()
    yield "configuration.md", settings.page()
    yield "codes.md", codes.page()
    yield "errors.md", errors.error_page()
    yield "topics.md", errors.topic_page()
    yield "json.md", reports.page()


def write(folder: Path = FOLDER) -> None:
    """Write the pages whose text is new; others keep their time, so that a build skips them."""
    for name, text in pages():
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        if not path.exists() or path.read_text(encoding="utf-8") != text:
            path.write_text(text, encoding="utf-8")


if __name__ == "__main__":
    write()
