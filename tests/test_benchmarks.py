"""The benchmarks run, and the README says what they found."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from benchmarks.__main__ import main
from benchmarks.measuring import Measured, Run, orders
from benchmarks.summary import BEGIN, END, RESULTS, ROOT, filled
from benchmarks.trees import shapes, write_shape
from fidesdev.adapters.alembic_config import read_alembic_config
from fidesdev.adapters.loader import load_graph
from fidesdev.core.url import DatabaseUrl

QUICK = ("--quick", "--here", "--only", "start-up", "reading")


def test_table_in_the_readme_is_made_of_the_results() -> None:
    readme = (ROOT / "README.md").read_text(encoding="utf-8")
    assert (readme.count(BEGIN), readme.count(END)) == (1, 1)
    assert filled(readme, json.loads(RESULTS.read_text(encoding="utf-8"))) == readme


def test_order_is_the_exponent_of_the_growth() -> None:
    measured = []
    for size in (10, 100, 1000):
        one = Measured("reading", "heads", "peer", size)
        one.ours, one.theirs = [Run(0.5, 0.5, 1)], [Run(0.001 * size**2, 1, 1)]
        measured.append(one)
    (found,) = orders(measured)
    assert (found["ours"], found["theirs"], found["sizes"]) == (0, 2, [10, 100, 1000])


@pytest.mark.parametrize("project", shapes())
def test_shape_of_a_real_project_is_a_graph(tmp_path: Path, project: str) -> None:
    heads = write_shape(tmp_path, project, "sqlite://")
    config = read_alembic_config(tmp_path / "alembic.ini")
    assert load_graph(config, root=tmp_path, cache=None).heads == heads


@pytest.mark.server
def test_quick_run_measures_every_case(tmp_path: Path, server: DatabaseUrl) -> None:
    output = tmp_path / "results.json"
    main(["--database-url", server.render(), *QUICK, "--output", str(output)])
    results = json.loads(output.read_text())
    names = [(one["case"], one["size"]) for one in results["cases"]]
    assert ("`--help`", None) in names
    assert ("`db status`", 40) in names
    for one in results["cases"]:
        for side in ("ours", "theirs"):
            assert one[side]["wall"] > 0 < one[side]["megabytes"], one["case"]
    assert {one["sizes"][-1] for one in results["orders"]} == {40}
    assert "| `db heads`, 40 revisions |" in output.with_suffix(".md").read_text()
