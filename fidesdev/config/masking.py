"""What may be shown of a value, and of a line of a file: everything but passwords and keys."""

from __future__ import annotations

import re

from fidesdev.core.url import MASK

_NAMES = r"(?:passw|passphrase|pwd|secret|token|credential|_key\b)"
_SECRET_NAME = re.compile(_NAMES, re.IGNORECASE)
_ASSIGNED = re.compile(rf"([\w.-]*{_NAMES}[\w-]*[\"']?\s*[=:]?\s*)\S.*", re.IGNORECASE)
_IN_URL = re.compile(r"(://[^:@/\s]*:)\S*@")
_IN_QUERY = re.compile(r"((?:^|[?&;\s])\w*passw\w*=)[^&\s]+", re.IGNORECASE)
_TEMPLATE = re.compile(r"\{\w+\}")


def is_secret(key: str) -> bool:
    """Whether the key's last part says that its value must not be shown."""
    return _SECRET_NAME.search(key.rpartition(".")[2]) is not None


def masked(key: str, value: str) -> str:
    """The value as it may be shown; a bare template such as `{password}` says nothing."""
    if is_secret(key):
        return value if not value or _TEMPLATE.fullmatch(value) else MASK
    return _IN_QUERY.sub(rf"\1{MASK}", _IN_URL.sub(rf"\1{MASK}@", value))


def masked_line(line: str, before: str) -> str:
    """A line of a TOML file as it may be shown; `before` is the file up to it."""
    if before.count('"""') % 2 or before.count("'''") % 2:
        return MASK  # inside a string of several lines, whose key is out of sight
    return masked("", _ASSIGNED.sub(rf"\1{MASK}", line))
