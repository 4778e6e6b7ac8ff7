"""What Fides asks of a user: `UserCreate` of its API, checked before anything is written."""

from __future__ import annotations

import re

from fidesdev.errors import UsageError

TABLE = "fidesuser"
PERMISSIONS = "fidesuserpermissions"
OWNED = ("client", PERMISSIONS)
"""Tables whose rows belong to a user, and go with one, though no foreign key says so."""
DEFAULT_ROLE = "viewer"
ROLES = (
    "approver",
    "contributor",
    "data_steward",
    "external_respondent",
    "owner",
    "respondent",
    "viewer",
    "viewer_and_approver",
)
_USERNAME = re.compile(r"[a-zA-Z0-9._\-+@]{3,100}")
_MOST = 72
"""Bytes of a password that bcrypt looks at."""
_RULES = (
    (r".{8}", "eight characters"),
    (r"\d", "a digit"),
    (r"[A-Z]", "a capital letter"),
    (r"[a-z]", "a small letter"),
    (r"[\W_]", "a symbol"),
)


def checked_username(text: str) -> str:
    """The name, if Fides lets somebody log in by it; raises `UsageError`."""
    if not _USERNAME.fullmatch(text):
        raise UsageError(
            f"{text!r} is no user name",
            hint="Use 3 to 100 letters, digits and . @ + _ -, as Fides does.",
            field="username",
        )
    return text


def checked_password(text: str) -> str:
    """The password, if it is one by Fides' rules; raises `UsageError`, which never repeats it."""
    missing = [words for pattern, words in _RULES if not re.search(pattern, text, re.DOTALL)]
    if missing:
        raise UsageError(
            f"the password lacks {', '.join(missing)}",
            hint="Fides asks for eight characters with a digit, a capital and a small letter and "
            "a symbol.",
            field="password",
        )
    if len(text.encode()) > _MOST or "\x00" in text:
        raise UsageError(
            f"the password has more than {_MOST} bytes, or the character NUL in it",
            hint="Choose a shorter one: bcrypt looks no further.",
            field="password",
        )
    return text


def checked_roles(roles: tuple[str, ...]) -> tuple[str, ...]:
    """The roles, if Fides has them; raises `UsageError`."""
    for role in roles:
        if role not in ROLES:
            raise UsageError(
                f"there is no role {role!r}", hint=f"Choose from {', '.join(ROLES)}.", role=role
            )
    return roles
