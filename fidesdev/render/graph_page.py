"""The revision graph as one page that needs nothing else: no network, no other file."""

from __future__ import annotations

import json
from base64 import b64encode
from collections import Counter
from collections.abc import Iterator
from hashlib import sha256
from html import escape
from importlib.resources import files

from fidesdev.core.graph_reports import STATES, GraphReport
from fidesdev.render.envelope import plain
from fidesdev.render.graph_pictures import STYLE, clean, drawn

_KEYS = {"+": "Zoom in", "-": "Zoom out", "0": "Back to the top", "f": "Show all of it"}


def page(report: GraphReport) -> str:
    """An HTML page that shows the graph, finds revisions, and tells what is known of each."""
    folder = files("fidesdev.render")
    script = folder.joinpath("graph_page.js").read_text("utf-8")
    style = STYLE + folder.joinpath("graph_page.css").read_text("utf-8")
    graph = json.dumps([plain(node) for node in report.nodes], ensure_ascii=True)
    return "\n".join(
        (
            "<!doctype html>",
            '<html lang="en">',
            "<head>",
            '<meta charset="utf-8">',
            f'<meta http-equiv="Content-Security-Policy" content="{_policy(script, style)}">',
            '<meta name="viewport" content="width=device-width, initial-scale=1">',
            "<title>Revisions</title>",
            f"<style>{style}</style>",
            "</head>",
            "<body>",
            *_header(report),
            '<main><svg><g id="view">',
            *drawn(report),
            "</g></svg></main>",
            '<aside id="about" hidden></aside>',
            f'<script type="application/json" id="graph">{_harmless(graph)}</script>',
            f"<script>{script}</script>",
            "</body>",
            "</html>",
            "",
        )
    )


def _policy(script: str, style: str) -> str:
    """Nothing is loaded from anywhere, and nothing runs but our own script."""
    return (
        f"default-src 'none'; script-src '{_digest(script)}'; style-src '{_digest(style)}';"
        " base-uri 'none'; form-action 'none'"
    )


def _digest(text: str) -> str:
    return f"sha256-{b64encode(sha256(text.encode()).digest()).decode()}"


def _harmless(json_text: str) -> str:
    """The same JSON without what could end a script, or begin a comment in it."""
    return json_text.replace("<", "\\u003c").replace(">", "\\u003e")


def _header(report: GraphReport) -> Iterator[str]:
    counted = f"{len(report.nodes)} revisions" if len(report.nodes) != 1 else "1 revision"
    older = f", {report.older} older left out" if report.older else ""
    asked = f" in {clean(report.database)}" if report.database else ""
    yield f"<header><b>{counted}{older}{escape(asked)}</b>"
    counts = Counter(node.state for node in report.nodes)
    for state in STATES:
        if counts[state]:
            yield f'<span class="mark {state}">{counts[state]} {state}</span>'
    yield '<input id="search" type="search" placeholder="Search: id, message, author, file"'
    yield ' aria-label="Search" title="/"><span id="found" role="status"></span>'
    for key, title in _KEYS.items():
        yield f'<button data-key="{key}" title="{title} ({key})">{key}</button>'
    yield "</header>"
