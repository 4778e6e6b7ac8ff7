"""What env.py needs to be installed."""

from __future__ import annotations

import pytest

from fidesdev.core.env_imports import required_modules


@pytest.mark.parametrize(
    ("source", "names"),
    [
        ("import os, a.b as c\nfrom d.e import f\n", ("os", "a", "d")),
        ("def run():\n    import a\n", ("a",)),
        ("from . import a\nfrom .b import c\n", ()),
        ("import a\nimport a.b\n", ("a",)),
        ("try:\n    import a\nexcept ImportError:\n    import b\n", ()),
        ("try:\n    import a\nexcept (ValueError, ModuleNotFoundError):\n    pass\n", ()),
        ("try:\n    import a\nexcept:\n    pass\nelse:\n    import b\n", ("b",)),
        ("try:\n    import a\nexcept ValueError:\n    import b\n", ("a", "b")),
        ("try:\n    import a\nfinally:\n    import b\n", ("a", "b")),
        ("from typing import TYPE_CHECKING\nif TYPE_CHECKING:\n    import a\n", ("typing",)),
        (
            "import typing\nif typing.TYPE_CHECKING:\n    import a\nelse:\n    import b\n",
            ("typing", "b"),
        ),
        ("if os.environ:\n    import a\n", ("a",)),
        ("import (", ()),
        ("\0", ()),
        ("", ()),
    ],
)
def test_imports_that_have_to_work(source: str, names: tuple[str, ...]) -> None:
    assert required_modules(source.encode()) == names
