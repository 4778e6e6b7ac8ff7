"""Identities as Fides stores them: encrypted, and hashed so that they can be found again.

Fides encrypts with sqlalchemy-utils' `StringEncryptedType(AesGcmEngine)`: a column holds
base64(iv, 12 bytes + tag, 16 bytes + ciphertext) of AES-256-GCM, with the SHA-256 of
`app_encryption_key` as the key and the JSON text `{"value": ...}` as the plaintext. The hash is
that of `cryptographic_util.hash_value_with_salt`.
"""

from __future__ import annotations

import base64
import hashlib
import json
import secrets
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from fidesdev.errors import ConfigError, PackageMissing

if TYPE_CHECKING:
    from cryptography.hazmat.primitives.ciphers.aead import AESGCM

_IV, _TAG, _KEY = 12, 16, 32


@dataclass(frozen=True, slots=True)
class IdentityCipher:
    """Encrypts and decrypts with one key."""

    aead: AESGCM = field(repr=False)

    def encrypt(self, value: str) -> str:
        """The text for an `encrypted_value` column; another one at each call."""
        iv = secrets.token_bytes(_IV)
        plaintext = json.dumps({"value": value}).encode()
        sealed = self.aead.encrypt(iv, plaintext, None)
        return base64.b64encode(iv + sealed[-_TAG:] + sealed[:-_TAG]).decode()

    def decrypt(self, stored: str) -> str:
        """The value inside an `encrypted_value`; raises `ConfigError` if the key does not fit."""
        from cryptography.exceptions import InvalidTag

        try:
            raw = base64.b64decode(stored, validate=True)
            iv, tag, ciphertext = raw[:_IV], raw[_IV : _IV + _TAG], raw[_IV + _TAG :]
            return str(json.loads(self.aead.decrypt(iv, ciphertext + tag, None))["value"])
        except (InvalidTag, ValueError, LookupError, TypeError) as error:
            raise ConfigError(
                "security.app_encryption_key is not the key of this database:"
                " what it holds cannot be decrypted",
                hint="Set FIDES__SECURITY__APP_ENCRYPTION_KEY to the key that Fides uses there;"
                " 'fidesdev config show --origin' names where the present one comes from.",
                key="security.app_encryption_key",
            ) from error


def open_cipher(key: str | None) -> IdentityCipher:
    """The cipher of Fides' `app_encryption_key`.

    Raises `ConfigError` when the key is unset or is not the 32 bytes that Fides demands, and
    `PackageMissing` without the package `cryptography`.
    """
    if not key or len(key.encode()) != _KEY:
        found = "is not set" if not key else f"has {len(key.encode())} bytes instead of {_KEY}"
        raise ConfigError(
            f"identities are stored encrypted, and security.app_encryption_key {found}",
            hint="Set FIDES__SECURITY__APP_ENCRYPTION_KEY, or app_encryption_key in section"
            " [security], to the key that Fides uses.",
            key="security.app_encryption_key",
        )
    try:
        from cryptography.hazmat.primitives.ciphers.aead import AESGCM
    except ImportError as error:
        raise PackageMissing("cryptography", "encrypt identities", extra="pii") from error
    return IdentityCipher(AESGCM(hashlib.sha256(key.encode()).digest()))


def search_hash(value: str, salt: str) -> str:
    """What a `hashed_value` column holds, by which Fides finds an identity."""
    return hashlib.sha256(value.encode() + salt.encode()).hexdigest()


def new_salt() -> str:
    """A salt as Fides makes it when a database has none."""
    return secrets.token_hex(32)
