"""The JSON documents: the envelope, and each report's keys, from the schemas that verbs publish."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from functools import cache

from docs.generator.commands import linked, report_link, report_target
from docs.generator.markdown import block, code, heading, plain, table
from docs.generator.verbs import verbs
from fidesdev.core.documents import REPORTS, document_schema
from fidesdev.core.json_schema import Schema
from fidesdev.render import envelope

_OPENING = """\
With `--json` a command prints one document on standard output, errors included:

{example}
`ok` is false for an error, and for a finding: then `data` is there and `error` is null. An error
has a `code` of [this list](errors.md), `message`, `hint`, and its facts beside them. Times are ISO
8601 in UTC, sizes bytes, durations seconds. Keys are only ever added.

`fidesdev help json COMMAND` prints the JSON Schema of what a command prints.

"""


def page() -> str:
    """The whole page."""
    text = heading(1, "JSON documents", "json-documents")
    text += _OPENING.format(example=block(envelope.success("db wait", {"seconds": 0.1}), "json"))
    commands = ((linked(verb), _reports(verb)) for verb in verbs() if REPORTS[verb])
    text += heading(2, "Which command has which") + table(("command", "`data`"), commands)
    told = sorted(reports().items())
    return text + heading(2, "Reports") + "".join(_report(name, one) for name, one in told)


@dataclass(frozen=True)
class Report:
    """The keys of one object, and what the names in its schema mean on this page."""

    schema: Schema
    names: dict[str, str] = field(default_factory=dict)


@cache
def reports() -> Mapping[str, Report]:
    """Every object that a document can hold, by the name under which it is described."""
    found: dict[str, Report] = {}
    for verb in REPORTS:
        schemas = document_schema(verb)["$defs"]
        names = {name: _free(name, schema, found, verb) for name, schema in schemas.items()}
        found |= {names[name]: Report(schema, names) for name, schema in schemas.items()}
    del found["Error"]  # which the page tells first
    return found


def _free(name: str, schema: Schema, found: Mapping[str, Report], verb: str) -> str:
    """The name, or one with the verb where the name means something else already."""
    taken = name in found and found[name].schema != schema
    return f"{name}-of-{verb.replace(' ', '-')}" if taken else name


def _reports(verb: str) -> str:
    return " or ".join(report_link(kind.__name__) for kind in REPORTS[verb])


def _report(name: str, report: Report) -> str:
    rows = (
        (code(key), _words(part, report.names), plain(part.get("description", "")))
        for key, part in report.schema["properties"].items()
    )
    text = heading(3, name.replace("-", " "), report_target(name))
    text += plain(report.schema.get("description", "")) + "\n\n"
    return text + table(("key", "type", "what it is"), rows)


def _words(part: Schema, names: Mapping[str, str]) -> str:
    """A type in the words of JSON."""
    return " or ".join(dict.fromkeys(_alternatives(part, names))) or "any"


def _alternatives(part: Schema, names: Mapping[str, str]) -> Iterator[str]:
    if "$ref" in part:
        yield report_link(names[part["$ref"].rpartition("/")[2]])
    for one in part.get("anyOf", ()):
        yield _words(one, names)
    for value in part.get("enum", ()):
        yield code("null" if value is None else f'"{value}"')
    if "enum" not in part:
        yield from (_plain(kind, part, names) for kind in _kinds(part))


def _kinds(part: Schema) -> Iterable[str]:
    kinds = part.get("type", ())
    return [kinds] if isinstance(kinds, str) else kinds


def _plain(kind: str, part: Schema, names: Mapping[str, str]) -> str:
    inner = part.get("items") or part.get("additionalProperties")
    if kind in {"array", "object"} and isinstance(inner, dict):
        return f"{kind} of {_words(inner, names)}"
    return {"date-time": "time", "date": "date"}.get(part.get("format", ""), kind)
