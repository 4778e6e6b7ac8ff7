"""What the codes of `db check`, `lint`, `roundtrip`, `drift` and `doctor` mean."""

from __future__ import annotations

from collections.abc import Mapping

from docs.generator.commands import linked
from docs.generator.markdown import heading, plain, table
from fidesdev.core.check_codes import CHECKS, Check
from fidesdev.core.doctor import CHECKED
from fidesdev.core.drift import DRIFTS
from fidesdev.core.lint_codes import LINTS
from fidesdev.core.roundtrip import ROUNDTRIPS

_OPENING = """\
A finding that is an error ends the command with exit code 3. How severe a code is can be said under
`[fidesdev.check]` and `[fidesdev.lint]`: `off`, `warning` or `error`.

"""


def page() -> str:
    """The whole page."""
    text = heading(1, "Codes of findings", "codes") + _OPENING
    for verb, codes in (
        ("db check", CHECKS),
        ("db lint", LINTS),
        ("db roundtrip", ROUNDTRIPS),
        ("db drift", DRIFTS),
    ):
        text += heading(2, verb) + f"Found by {linked(verb)}.\n\n" + _explained(codes)
    text += heading(2, "db doctor") + f"Looked for by {linked('db doctor')}:\n\n"
    return text + "".join(f"* `{code}`\n" for code in CHECKED)


def _explained(codes: Mapping[str, Check]) -> str:
    rows = (
        (f"`{one.code}`", _when(one), f"**{plain(one.summary)}.** {plain(one.explanation)}", one)
        for one in codes.values()
    )
    told = ((code, when, meaning, plain(one.remedy)) for code, when, meaning, one in rows)
    return table(("code", "severity", "meaning", "what heals it"), told)


def _when(one: Check) -> str:
    return one.severity + (", when named" if one.on_request else "")
