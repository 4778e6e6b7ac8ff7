"""The page: one file, nothing from elsewhere, no message that acts, and a browser that shows it."""

from __future__ import annotations

import json
import re
import shutil
import subprocess
from base64 import b64encode
from dataclasses import replace
from hashlib import sha256
from html.parser import HTMLParser
from pathlib import Path
from typing import Any
from urllib.parse import quote

import pytest

from fidesdev.core.graph import Revision
from fidesdev.core.graph_reports import GraphReport
from fidesdev.render.graph_page import page
from tests.notation import revisions
from tests.render.graphs import report

EVIL = "</script><script>document.title='taken'</script><!-- <img src=x onerror=alert(1)> &lt; \""
BROWSERS = ("chromium", "google-chrome", "chromium-browser")
BROWSER = next(filter(None, map(shutil.which, BROWSERS)), None)


class Parts(HTMLParser):
    """The elements of a page, and the text of its scripts and styles."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.elements: list[tuple[str, dict[str, str | None]]] = []
        self.texts: list[tuple[str, str]] = []
        self.feed(text)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.elements.append((tag, dict(attrs)))

    def handle_data(self, data: str) -> None:
        self.texts.append((self.elements[-1][0], data) if self.elements else ("", data))

    def all(self, tag: str) -> list[dict[str, str | None]]:
        return [attributes for name, attributes in self.elements if name == tag]


def evil() -> GraphReport:
    """Everything that others write holds a script."""
    drawn = report([Revision("a", message=EVIL, labels=(EVIL,)), Revision(EVIL, ("a",))])
    nodes = (replace(one, author=EVIL, source=EVIL, branch=EVIL) for one in drawn.nodes)
    return replace(drawn, nodes=tuple(nodes))


def nodes_of(text: str) -> Any:
    found = re.search(r'<script type="application/json" id="graph">(.*?)</script>', text)
    assert found
    return json.loads(found[1])


def test_page_needs_nothing_else_and_may_ask_for_nothing() -> None:
    parts = Parts(page(report(revisions("a > b"))))
    loading = {"src", "href", "srcset", "action", "data", "poster"}
    assert not [tag for tag, attributes in parts.elements if loading & attributes.keys()]
    (policy,) = [one["content"] for one in parts.all("meta") if one.get("http-equiv")]
    assert policy
    assert policy.startswith("default-src 'none'; ")
    assert "unsafe" not in policy
    assert "http" not in policy


def test_policy_lets_our_own_script_and_style_run() -> None:
    text = page(report(revisions("a > b")))
    (script,) = re.findall(r"<script>(.*?)</script>", text, re.DOTALL)
    (style,) = re.findall(r"<style>(.*?)</style>", text, re.DOTALL)
    for inline in (script, style):
        assert f"'sha256-{b64encode(sha256(inline.encode()).digest()).decode()}'" in text


def test_what_others_wrote_is_text() -> None:
    text = page(evil())
    parts = Parts(text)
    assert len(parts.all("script")) == 2
    assert not parts.all("img")
    assert [node["message"] for node in nodes_of(text)] == ["", EVIL]
    assert nodes_of(text)[0]["source"] == EVIL


@pytest.mark.skipif(BROWSER is None, reason="no Chromium on this machine")
@pytest.mark.parametrize("id_", ["a", EVIL])
def test_a_browser_shows_what_is_known_of_the_revision_in_the_address(
    tmp_path: Path, id_: str
) -> None:
    file = tmp_path / "graph.html"
    file.write_text(page(evil()), encoding="utf-8")
    shown = browsed(f"{file.as_uri()}#{quote(id_, safe='')}", tmp_path)
    about = shown.partition('<aside id="about">')[2].partition("</aside>")[0]
    heading = re.search("<h1>(.*?)</h1>", about)
    assert heading
    assert heading[1] == id_.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")
    assert "<pre>&lt;/script&gt;" in about
    assert "<title>Revisions</title>" in shown


def browsed(address: str, home: Path) -> str:
    """The page as it is after its script ran."""
    assert BROWSER
    options = ["--headless", "--disable-gpu", "--disable-dev-shm-usage"]
    options += ["--no-sandbox", f"--user-data-dir={home / 'profile'}"]  # which containers lack
    done = subprocess.run(
        [BROWSER, *options, "--dump-dom", address],
        capture_output=True,
        check=True,
        timeout=60,
        encoding="utf-8",
    )
    return done.stdout
