"""The identities of a new request, checked by Fides' own rules before anything is written.

The kinds, the e-mail and the E.164 rule are those of `fides.api.schemas.redis_cache.Identity`. Any
other kind is a custom identity, which Fides reads only when it has a label.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from difflib import get_close_matches
from uuid import UUID

from fidesdev.core.texts import checked_text
from fidesdev.errors import UsageError

KNOWN_FIELDS = (
    "email",
    "phone_number",
    "ga_client_id",
    "ljt_readerID",
    "fides_user_device_id",
    "external_id",
)
_NAME = re.compile(r"[A-Za-z_][A-Za-z0-9_]*")
_EMAIL = re.compile(r"[^@\s]+@[^@\s.]+(\.[^@\s.]+)+")
_TYPO = 0.75
"""How similar a text must be to a known kind to be taken for a slip, from 0 to 1."""
_E164 = re.compile(r"\+[1-9]\d{7,14}")


@dataclass(frozen=True, slots=True)
class Identity:
    """Something that tells who a person is; the value is never shown."""

    kind: str
    value: str = field(repr=False)
    label: str | None = None


@dataclass(frozen=True, slots=True)
class NewRequest:
    """A request to be written."""

    policy: str
    """The policy's key."""
    identities: tuple[Identity, ...]
    external_id: str | None = None

    def __post_init__(self) -> None:
        if not self.identities:
            raise UsageError(
                "a request without an identity concerns nobody",
                hint="Name whom it is about: requests create ... --identity email=ada@example.org.",
            )
        if self.external_id is not None:
            checked_text("--external-id", self.external_id)


def due_date(requested: datetime, timeframe: int | None) -> datetime | None:
    """When a request must be done; None for a policy without an execution timeframe."""
    return requested + timedelta(days=timeframe) if timeframe else None


def parse_identities(texts: Iterable[str]) -> tuple[Identity, ...]:
    """The identities of texts such as `email=ada@example.org`; each kind may be given once."""
    identities = tuple(parse_identity(text) for text in texts)
    kinds = [identity.kind for identity in identities]
    for name in sorted({kind for kind in kinds if kinds.count(kind) > 1}):
        raise UsageError(
            f"identity {name} is given more than once",
            hint="Give each kind of identity once; a second person needs a second request.",
        )
    return identities


def parse_identity(text: str) -> Identity:
    """The identity of `FIELD=VALUE`; its value is never repeated in an error."""
    name, equals, value = text.partition("=")
    if not equals or not _NAME.fullmatch(name) or not value.strip():
        raise UsageError(
            "an identity is written FIELD=VALUE, the field as a plain name",
            hint=f"Write it like email=ada@example.org; the kinds: {', '.join(KNOWN_FIELDS)}.",
        )
    checked_text(f"--identity {name}", value)
    if name in KNOWN_FIELDS:
        return Identity(name, _known_value(name, value.strip()))
    if meant := _meant(name):
        raise UsageError(
            f"{name!r} is no kind of identity that Fides knows",
            hint=f"Write --identity {meant}=...; the kinds: {', '.join(KNOWN_FIELDS)}.",
            identity=name,
        )
    return Identity(name, value.strip(), label=name)


def parse_sought(text: str) -> Identity:
    """An identity to look for, as Fides would have stored it; `VALUE` alone is of any kind."""
    name, equals, _value = text.partition("=")
    if equals and _NAME.fullmatch(name):
        return parse_identity(text)
    value = checked_text("--identity", text).strip()
    if not value:
        raise UsageError(
            "--identity is empty",
            hint="Write it like --identity email=ada@example.org, or the value alone.",
        )
    return Identity("", _known_value("email", value) if _EMAIL.fullmatch(value) else value)


def _meant(name: str) -> str | None:
    """The known kind that was probably meant; a custom kind resembles none."""
    begun = [known for known in KNOWN_FIELDS if known.startswith(name.lower())]
    near = get_close_matches(name.lower(), KNOWN_FIELDS, n=1, cutoff=_TYPO)
    return next(iter([*begun, *near]), None)


def _known_value(name: str, value: str) -> str:
    """The value as Fides would store it; raises `UsageError` where Fides would refuse it."""
    if name == "email":
        if not _EMAIL.fullmatch(value):
            raise _bad_value(name, "an address such as ada@example.org")
        local, _, domain = value.rpartition("@")
        return f"{local}@{domain.lower()}"
    if name == "phone_number" and not _E164.fullmatch(value):
        raise _bad_value(name, "a number in E.164 form, such as +15558675309")
    if name == "fides_user_device_id" and not _is_uuid(value):
        raise _bad_value(name, "a UUID")
    return value


def _bad_value(name: str, wanted: str) -> UsageError:
    return UsageError(
        f"the value of identity {name} is not {wanted}",
        hint=f"Correct --identity {name}=..., or use another kind: {', '.join(KNOWN_FIELDS)}.",
        identity=name,
    )


def _is_uuid(value: str) -> bool:
    try:
        UUID(value)
    except ValueError:
        return False
    return True
