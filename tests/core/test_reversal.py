"""Whether a script can be taken back, judged from its text."""

from __future__ import annotations

import textwrap

import pytest

from fidesdev.core.reversal import is_reversible

UP = "def upgrade():\n    op.add_column()\n"


@pytest.mark.parametrize(
    ("source", "expected"),
    [
        (UP + "def downgrade():\n    op.drop_column()\n", True),
        (UP + "def downgrade() -> None:\n    '''Words.'''\n    op.drop_column()\n", True),
        (UP + "def downgrade():\n    pass\n", False),
        (UP + "def downgrade():\n    ...\n", False),
        (UP + "def downgrade():\n    '''Nothing.'''\n", False),
        (UP + "def downgrade(): pass\n", False),
        (UP + "def downgrade():\n    raise NotImplementedError\n", False),
        (UP + "def downgrade():\n    op.drop_column()\n    raise NotImplementedError\n", True),
        (UP, False),
        ("def upgrade():\n    pass\n\ndef downgrade():\n    pass\n", True),
        (
            "def upgrade(\n    a,\n):\n    op.x()\n\ndef downgrade(\n    a,\n):\n    pass\n",
            False,
        ),
        (
            UP + "def downgrade():\n    # why\n    op.x()\n\n@made\ndef other():\n    pass\n",
            True,
        ),
        (UP + "def downgrade():\n    op.execute('''\nSELECT 1\n''')\n", True),
        (UP + "def downgrade():\n    '''\ndef upgrade\n'''\n", False),
        ("x = 1\n", None),
        ("def upgrade(:\n", None),
        ("", None),
        (UP + "def downgrade():\n    op.x()\n\x00", True),
    ],
)
def test_reversible(source: str, expected: bool | None) -> None:
    assert is_reversible(source.encode()) is expected


def test_crlf_and_tabs_are_read_too() -> None:
    source = UP + "def downgrade():\n    pass\n"
    assert is_reversible(source.replace("\n", "\r\n").encode()) is False
    assert is_reversible(textwrap.dedent(source).replace("    ", "\t").encode()) is False
