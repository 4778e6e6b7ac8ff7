"""The figures as Markdown, and the table in the README: `python -m benchmarks.summary`."""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import Any

ROOT = Path(__file__).parents[1]
RESULTS = ROOT / "benchmarks" / "results.json"
BEGIN, END = "<!-- figures -->", "<!-- /figures -->"
_MARKED = re.compile(f"{BEGIN}.*{END}", re.DOTALL)
_LONG = 10.0
"""Seconds from which on nobody counts milliseconds."""
SUMMARY_SIZE = 1_000
"""The synthetic tree that the README's table has."""


def main() -> None:
    """Write the README's table anew from the results."""
    readme = ROOT / "README.md"
    results = json.loads(RESULTS.read_text())
    readme.write_text(filled(readme.read_text(), results))


def filled(readme: str, results: dict[str, Any]) -> str:
    """The README with the table of these results between its marks."""
    return _MARKED.sub(lambda _found: f"{BEGIN}\n{summary(results)}{END}", readme)


def summary(results: dict[str, Any]) -> str:
    """Machine, the cases that a reader asks for, and how cost grows."""
    cases = [one for one in results["cases"] if one["size"] in (None, SUMMARY_SIZE)]
    shown = [one for one in cases if "the shape of" not in one["case"] or "Fides" in one["case"]]
    return f"{_machine(results)}\n{_table(shown)}{_orders(results['orders'])}"


def markdown(results: dict[str, Any]) -> str:
    """Everything that was measured."""
    return f"{_machine(results)}\n{_table(results['cases'])}{_orders(results['orders'])}"


def _machine(results: dict[str, Any]) -> str:
    of = results["machine"]
    return (
        f"Measured on {results['measured']}: {of['architecture']}, {of['cores']} cores,"
        f" {of['memory_gib']} GiB, {of['system']}, Python {of['python']}, PostgreSQL"
        f" {of['postgresql']}, load {of['load']};"
        f" medians of up to {results['runs']} runs in turn.\n"
        "Times are wall time; CPU is that of the client; memory is the most of any run.\n"
    )


def _table(cases: Iterable[dict[str, Any]]) -> str:
    lines = [
        "| case | peer | fidesdev | peer | ratio | ratio of CPU | memory | peer |",
        "|---|---|--:|--:|--:|--:|--:|--:|",
    ]
    for one in cases:
        ours, theirs = one["ours"], one["theirs"]
        name = one["case"] + (f", {one['size']} revisions" if one["size"] else "")
        cpu = "" if one["cpu_ratio"] is None else f"{one['cpu_ratio']:.2f}"
        lines.append(
            f"| {name} | {one['peer']} | {_time(ours['wall'])} | {_time(theirs['wall'])}"
            f" | {one['ratio']:.2f} | {cpu} | {ours['megabytes']:.0f} MB"
            f" | {theirs['megabytes']:.0f} MB |"
        )
    return "\n".join(lines) + "\n"


def _orders(orders: Sequence[dict[str, Any]]) -> str:
    if not orders:
        return ""
    lines = ["", "| cost grows as (revisions)^ | peer | fidesdev | peer |", "|---|---|--:|--:|"]
    for one in orders:
        sizes = f"{min(one['sizes'])} to {max(one['sizes'])}"
        lines.append(
            f"| {one['case']}, {sizes} | {one['peer']} | {one['ours']:.2f} | {one['theirs']:.2f} |"
        )
    return "\n".join(lines) + "\n"


def _time(seconds: float) -> str:
    return f"{seconds * 1000:.0f} ms" if seconds < _LONG else f"{seconds:.1f} s"


if __name__ == "__main__":
    main()
