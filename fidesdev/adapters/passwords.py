"""Passwords: asked for or read, never shown; hashed as Fides hashes them."""

from __future__ import annotations

import getpass
import sys

from fidesdev.errors import PackageMissing, UsageError


def hash_password(password: str) -> tuple[str, str]:
    """Hash and salt as Fides stores them: bcrypt's hash in hexadecimal, and its salt.

    Source: `FidesUser.hash_password` and `hash_credential_with_salt` of Fides.
    """
    try:
        import bcrypt
    except ImportError as error:
        raise PackageMissing("bcrypt", "hash a password", extra="users") from error
    salt = bcrypt.gensalt()
    return bcrypt.hashpw(password.encode(), salt).hex(), salt.decode()


def ask_password(who: str) -> str:
    """The password that somebody types twice; raises `UsageError` where nobody can be asked."""
    if not (sys.stdin.isatty() and sys.stderr.isatty()):
        raise UsageError(
            "nobody is at a terminal to type a password",
            hint="Hand it over by a pipe with --password-stdin.",
        )
    first = getpass.getpass(f"Password for {who}: ", stream=sys.stderr)
    if getpass.getpass("Again: ", stream=sys.stderr) != first:
        raise UsageError("the two passwords differ", hint="Type the same one twice.")
    return first


def read_password() -> str:
    """The first line of standard input."""
    try:
        return sys.stdin.readline().rstrip("\r\n")
    except UnicodeDecodeError as error:
        raise UsageError("the password is no UTF-8 text", hint="Hand it over as UTF-8.") from error
