"""The keys of the configuration: those of the template, and those of the tables inside."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from dataclasses import fields

from docs.generator.markdown import block, code, field_texts, heading, plain, table
from fidesdev.config.keys import DEFAULTS
from fidesdev.config.settings import DockerSettings, SnapshotSettings
from fidesdev.config.template import TEMPLATE

_KEY = re.compile(r"^# (\w+) = (.*?) +# (.*)$|^# (\w+) = (.*)$", re.MULTILINE)
_OPENING = """\
`fidesdev config init` writes this file with every line commented out, and `fidesdev config show
--origin` tells what is in force and who said so. Said once more, the first one wins:

1. what is typed: `--database-url`, `--config`, `--test-db`
2. a variable `FIDES__SECTION__KEY`, in any case; lists and tables as JSON
3. `.fides.toml`
4. `.fides/fides.toml`, which is Fides' own
5. the defaults below

Both files are looked for in the working directory and the folders above it, up to the root of the
repository or the home directory. An unknown key in `[fidesdev]` is an error.

"""
_NESTED = {"fidesdev.snapshots": SnapshotSettings, "fidesdev.docker": DockerSettings}


def page() -> str:
    """The whole page."""
    text = heading(1, "Configuration", "configuration") + _OPENING
    for section, keys in DEFAULTS.items():
        rows = ((code(key), code(_toml(keys[key])), about) for key, about in _told(section))
        text += heading(2, f"[{section}]") + table(("key", "default", "meaning"), rows)
    for name, kind in _NESTED.items():
        text += heading(2, f"[{name}]") + table(("key", "default", "meaning"), _nested(kind))
    return text + heading(2, "The template") + block(TEMPLATE, "toml")


def _told(section: str) -> Iterator[tuple[str, str]]:
    """Key and meaning of every key of a section, as the template tells them."""
    part = TEMPLATE.partition(f"[{section}]\n")[2].partition("\n[")[0]
    told = {found[0] or found[3]: found[2] for found in _KEY.findall(part)}
    assert set(told) == set(DEFAULTS[section]), set(told) ^ set(DEFAULTS[section])
    return ((key, plain(told[key])) for key in DEFAULTS[section])


def _nested(kind: type[SnapshotSettings | DockerSettings]) -> Iterator[tuple[str, str, str]]:
    told = field_texts(kind)
    default = kind()
    for field in fields(kind):
        value = getattr(default, field.name)
        yield code(field.name), code(_toml(value)), plain(told.get(field.name, ""))


def _toml(value: object) -> str:
    return "{}" if value == {} else json.dumps(value)
