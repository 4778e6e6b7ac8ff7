"""A person who copies the commands of README and docs sees what the page shows."""

from __future__ import annotations

import doctest
import json
import re
import subprocess
import tomllib
from collections.abc import Iterator
from contextlib import ExitStack
from pathlib import Path

import pytest
import yaml

from docs import pictures
from fidesdev.config import Flags, load_settings
from fidesdev.core.url import DatabaseUrl
from tests import places
from tests.documents import ROOT, Block, blocks, pages, programs, runs, same
from tests.places import Place

PAGES = {page.relative_to(ROOT).as_posix(): page for page in pages()}
BLOCKS = tuple(block for page in PAGES.values() for block in blocks(page))
RUNS = tuple(run for page in PAGES.values() for run in runs(page))
NOT_RUN = 10
"""How many blocks of commands are marked as not run here, each with its reason."""


@pytest.fixture(scope="session")
def bin_folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return programs(tmp_path_factory.mktemp("bin"))


@pytest.fixture(scope="module")
def clone(tmp_path_factory: pytest.TempPathFactory, bin_folder: Path) -> Iterator[Place]:
    with places.clone(tmp_path_factory.mktemp("readme") / "fidesdev", bin_folder) as place:
        yield place


@pytest.fixture(scope="module")
def shop(
    server: DatabaseUrl, tmp_path_factory: pytest.TempPathFactory, bin_folder: Path
) -> Iterator[Place]:
    with places.shop(tmp_path_factory.mktemp("shops") / "shop", bin_folder, server) as place:
        yield place


@pytest.mark.parametrize("run", RUNS, ids=lambda run: f"{run[1][0].page}:{run[1][0].start}")
def test_commands_show_what_happens(
    run: tuple[str, tuple[Block, ...]], request: pytest.FixtureRequest, tmp_path: Path
) -> None:
    place, shown = run
    with ExitStack() as stack:
        here: Place = request.getfixturevalue(place)
        if place == "shop":
            server = request.getfixturevalue("server")
            here = stack.enter_context(places.copied(here, tmp_path / "shop", server))
        for block in shown:
            for command, expected in block.commands():
                answer = here.type(command)
                told = f"{block.page}:{block.line}: $ {command}\n{answer}"
                assert same(answer) == same(expected), told


def test_pictures_taken_again_differ_only_in_dates(
    shop: Place, server: DatabaseUrl, tmp_path: Path, bin_folder: Path
) -> None:
    with places.copied(shop, tmp_path / "shop", server, pictures.short_name()) as place:
        again = dict(pictures.taken(place, pictures.SHOP, (80,)))
    with pictures.requests_place(tmp_path, bin_folder, server) as place:
        again |= pictures.taken(place, pictures.REQUESTS, (200,))
    for name, svg in again.items():
        before = (pictures.IMAGES / f"{name}.svg").read_text(encoding="utf-8")
        assert dateless(svg) == dateless(before), name


def test_every_picture_is_shown_at_both_widths() -> None:
    names = {scene.name for scene in (*pictures.SHOP, *pictures.REQUESTS)}
    files = {path.name for path in pictures.IMAGES.iterdir()}
    assert files == {f"{name}-{width}.svg" for name in names for width in pictures.WIDTHS}
    text = "".join(page.read_text(encoding="utf-8") for page in PAGES.values())
    assert {name for name in files if f"images/{name}" not in text} == set()


def test_second_quickstart_changes_nothing(clone: Place) -> None:
    again = clone.type("fidesdev quickstart")
    assert "Nothing to do: the database is at" in again
    assert again.count("pri_") == 21


@pytest.mark.parametrize("block", BLOCKS, ids=lambda block: f"{block.page}:{block.line}")
def test_every_block_is_run_or_read(block: Block, tmp_path: Path) -> None:
    READERS[block.kind](block, tmp_path)


def test_what_is_not_run_says_why_and_is_counted() -> None:
    marked = [block for block in BLOCKS if block.reason is not None]
    assert all(block.kind == "console" and block.reason for block in marked)
    assert len(marked) == NOT_RUN, [f"{block.page}:{block.line}" for block in marked]


def is_run(block: Block, folder: Path) -> None:
    """Its page says where, and every one has a command."""
    assert block.place or block.reason
    assert list(block.commands())


def is_configuration(block: Block, folder: Path) -> None:
    """The program takes it as its configuration."""
    assert tomllib.loads(block.text)
    (folder / ".fides.toml").write_text(block.text, encoding="utf-8")
    load_settings(Flags(), {}, folder)


def is_python(block: Block, folder: Path) -> None:
    """It compiles; examples at a prompt are run by `test_python_docs.py`."""
    if not doctest.DocTestParser().get_examples(block.text):
        compile(block.text, f"{block.page}:{block.line}", "exec")
    else:
        assert block.page == "docs/reference/python.md"


def is_yaml(block: Block, folder: Path) -> None:
    assert yaml.safe_load(block.text)


def is_json(block: Block, folder: Path) -> None:
    assert json.loads(block.text)


def is_shell(block: Block, folder: Path) -> None:
    """A shell takes it; for lines that belong into a file."""
    subprocess.run(["bash", "-n", "-c", block.text], check=True)


def is_read_by_sphinx(block: Block, folder: Path) -> None:
    """A directive or a drawing."""


def dateless(svg: str) -> str:
    """The picture without its dates, the days until them, and where these numbers begin."""
    day = r"(\d{4}-\d\d-\d\d|-?\d+)"
    told = rf'x="[\d.]+" (y="[\d.]+") textLength="[\d.]+"([^>]*)>(&#160;)*{day}(&#160;)*</text>'
    return re.sub(told, r"\1\2>DAY</text>", svg)


READERS = {
    "console": is_run,
    "toml": is_configuration,
    "python": is_python,
    "yaml": is_yaml,
    "json": is_json,
    "shell": is_shell,
    "sh": is_shell,
    "mermaid": is_read_by_sphinx,
    "{toctree}": is_read_by_sphinx,
    "text": is_read_by_sphinx,
}
"""What is done with a block of each kind; another kind is an error."""
