"""Pictures of real screens: the program at a terminal of 80 and 200 columns, as SVG.

    python -m docs.pictures        takes all of them anew, into docs/images/

The project is the shop of `tests/shop.py`, the requests are made up by `db seed`. The address and
version of the server and the name of the database are the same in every picture; all else is what
the program wrote. Taken again, a picture differs only in dates.
"""

from __future__ import annotations

import io
import re
import secrets
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path

from rich.console import Console
from rich.text import Text

from docs.refresh import server
from fidesdev.core.url import DatabaseUrl
from tests import places
from tests.cli.processes import at_terminal
from tests.documents import ROOT, programs
from tests.places import Place

IMAGES = Path(__file__).parent / "images"
WIDTHS = (80, 200)
_REQUESTS = 400
_SAME = (
    (r"postgres(:\*\*\*)?@127\.0\.0\.1:\d+", "postgres:***@localhost:5432"),
    (r"postgresql \d+(\.\d+)?", "postgresql 18"),
)
_SVG = """\
<svg viewBox="0 0 {width} {height}" xmlns="http://www.w3.org/2000/svg">
<style>
.{unique_id}-matrix {{
font-family: ui-monospace, "Fira Code", Menlo, Consolas, "DejaVu Sans Mono", monospace;
font-size: {char_height}px; line-height: {line_height}px; white-space: pre;
}}
.{unique_id}-title {{ font: bold 18px sans-serif; }}
{styles}
</style>
<defs>
<clipPath id="{unique_id}-clip-terminal">
<rect x="0" y="0" width="{terminal_width}" height="{terminal_height}" />
</clipPath>
{lines}
</defs>
{chrome}
<g transform="translate({terminal_x}, {terminal_y})" clip-path="url(#{unique_id}-clip-terminal)">
{backgrounds}
<g class="{unique_id}-matrix">
{matrix}
</g>
</g>
</svg>
"""
"""As Rich has it, without fonts from the network."""


@dataclass(frozen=True)
class Scene:
    """One picture: what is typed, and what was typed before it."""

    name: str
    command: str
    before: str = ""


SHOP = (
    Scene("graph", "fidesdev db graph --applied", "git switch -q tidy"),
    Scene("plan", "fidesdev db plan head"),
    Scene("lint", "fidesdev db lint"),
    Scene("check", "fidesdev db check", "git switch -q invoices"),
    Scene(
        "status",
        "fidesdev db status",
        "git switch -q points && fidesdev -q db upgrade && git switch -q tidy",
    ),
)
"""In this order, in one shop."""
REQUESTS = (
    Scene("requests", "fidesdev requests list --status in_processing"),
    Scene("stats", "fidesdev requests stats"),
)


def main() -> None:
    """Take every picture."""
    IMAGES.mkdir(exist_ok=True)
    with tempfile.TemporaryDirectory() as folder, server() as url:
        bin_ = programs(Path(folder) / "bin")
        with places.shop(Path(folder) / "shop", bin_, url, name=short_name()) as shop:
            _write(shop, SHOP)
        with requests_place(Path(folder), bin_, url) as place:
            _write(place, REQUESTS)


def taken(
    place: Place, scenes: tuple[Scene, ...], widths: tuple[int, ...]
) -> Iterator[tuple[str, str]]:
    """The name and SVG of each picture."""
    for scene in scenes:
        if scene.before:
            place.type(scene.before)
        for width in widths:
            yield f"{scene.name}-{width}", picture(scene, place, width)


def picture(scene: Scene, place: Place, width: int) -> str:
    """The screen after the command, as SVG."""
    argv = (str(place.bin / "fidesdev"), *scene.command.split()[1:])
    variables = {**place.variables, "COLORTERM": "", "PYTHONPATH": str(ROOT)}
    _code, screen = at_terminal(argv, place.folder, typed={}, columns=width, **variables)
    screen = screen.replace(place.variables["PGDATABASE"], "shop")
    for pattern, stands_for in _SAME:
        screen = re.sub(pattern, stands_for, screen)
    console = Console(record=True, width=width, file=io.StringIO(), force_terminal=True)
    console.print(Text(f"$ {scene.command}", style="bold"))
    for line in Text.from_ansi(screen.rstrip()).split(allow_blank=True):
        for part in line.divide(range(width, len(line), width)):
            console.print(part)
    svg = console.export_svg(title="", code_format=_SVG, unique_id=scene.name)
    return "\n".join(line.strip() for line in svg.splitlines() if line.strip()) + "\n"


@contextmanager
def requests_place(folder: Path, bin_: Path, url: DatabaseUrl) -> Iterator[Place]:
    """A database with Fides' tables and made-up requests until today."""
    with places.empty(folder, bin_, url, short_name()) as place:
        until = (datetime.now(UTC) - timedelta(days=1)).date().isoformat()
        here = f"FIDES__FIDESDEV__ENGINE=server fidesdev -q -C '{ROOT}'"
        place.type(f"{here} db upgrade")
        shown = place.type(f"{here} db seed --requests {_REQUESTS} --seed 7 --until {until}")
        assert str(_REQUESTS) in shown, shown
        yield place


def short_name() -> str:
    """The name of a database, as long as `shop`, so that lines break where they do there."""
    return f"s{secrets.token_hex(2)[:3]}"


def _write(place: Place, scenes: tuple[Scene, ...]) -> None:
    for name, svg in taken(place, scenes, WIDTHS):
        (IMAGES / f"{name}.svg").write_text(svg, encoding="utf-8")
        sys.stdout.write(f"{name}.svg {len(svg) / 1024:.0f} kB\n")


if __name__ == "__main__":
    main()
