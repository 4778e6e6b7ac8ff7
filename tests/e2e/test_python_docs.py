"""What the page about Python shows is what happens, and every function it names is documented."""

from __future__ import annotations

import doctest
import inspect
import re
from collections.abc import Callable
from importlib import import_module
from pathlib import Path
from typing import Any

import pytest

from fidesdev.core.url import DatabaseUrl
from tests.requests_databases import (  # noqa: F401 - fixtures
    present_fixture,
    present_template_fixture,
)

ROOT = Path(__file__).parents[2]
TEXT = (ROOT / "docs/reference/python.md").read_text(encoding="utf-8")
ROW = re.compile(r"^\| `([a-z_]+)` \| ((?:`[a-z_]+`(?:, )?)+) \|$", re.MULTILINE)
NAMED = [
    (module, name) for module, names in ROW.findall(TEXT) for name in re.findall(r"\w+", names)
]
VERBS = "".join(path.read_text("utf-8") for path in (ROOT / "fidesdev/cli").glob("*.py"))
USED = re.findall(r"\bservices\.([a-z_]+)\.([a-z_]+)", VERBS)


@pytest.mark.server
def test_examples_show_what_happens(
    present: DatabaseUrl, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("FIDES__FIDESDEV__DATA_DIR", str(tmp_path / "data"))
    names = {"project": ROOT, "url": present.render(), "folder": tmp_path}
    examples = doctest.DocTestParser().get_doctest(TEXT, names, "python.md", "python.md", 0)
    assert len(examples.examples) > 40
    said: list[str] = []
    failed, _tried = doctest.DocTestRunner(verbose=False).run(examples, out=said.append)
    assert not failed, "".join(said)


def test_every_noun_has_its_functions_listed() -> None:
    assert len(NAMED) > 80
    assert len(NAMED) == len(set(NAMED))


@pytest.mark.parametrize(("module", "name"), sorted({*NAMED, *USED}))
def test_a_function_is_there_typed_and_documented(module: str, name: str) -> None:
    function: Callable[..., Any] = getattr(import_module(f"fidesdev.services.{module}"), name)
    signature = inspect.signature(function)
    assert function.__doc__
    assert signature.return_annotation is not inspect.Signature.empty
    for parameter in signature.parameters.values():
        assert parameter.annotation is not inspect.Parameter.empty, parameter.name
