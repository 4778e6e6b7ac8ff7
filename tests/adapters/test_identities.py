"""Identities are encrypted and hashed exactly as Fides does it."""

from __future__ import annotations

import hashlib
import subprocess
import sys

import pytest

from fidesdev.adapters.identities import new_salt, open_cipher, search_hash
from fidesdev.errors import ConfigError

FIDES_KEY = "OLMkv91j8DHiDAULnK5Lxx3kSCov30b3"
"""The development key in Fides' own repository."""
BY_FIDES = "0vuyVd/gBPIVBtjD0njRL6XxqSqMkVjoe1EKF/h4IDZ2OS7EgEtYBxetfxLIG73MpVGap7vVhTYHThrEFA=="
"""`encrypted_value` of a row that Fides itself wrote."""
WITHOUT_CRYPTOGRAPHY = f"""
import sys
sys.modules["cryptography"] = None
from fidesdev.adapters.identities import open_cipher
from fidesdev.errors import PackageMissing
try:
    open_cipher("{FIDES_KEY}")
except PackageMissing as error:
    print(error.exit_code, error.hint)
"""


def test_what_fides_encrypted_is_decrypted() -> None:
    assert open_cipher(FIDES_KEY).decrypt(BY_FIDES) == "subject0@example.org"


@pytest.mark.parametrize("value", ["ada@example.org", "Zoë 🙂", '"quoted"', ""])
def test_what_is_encrypted_is_decrypted_and_never_the_same_twice(value: str) -> None:
    cipher = open_cipher(FIDES_KEY)
    first, second = cipher.encrypt(value), cipher.encrypt(value)
    assert cipher.decrypt(first) == cipher.decrypt(second) == value
    assert first != second


@pytest.mark.parametrize("stored", [BY_FIDES[:-6] + "AAAA==", "", "AAAA", "not base64!"])
def test_what_the_key_does_not_open_is_an_error_about_the_key(stored: str) -> None:
    with pytest.raises(ConfigError, match="app_encryption_key") as caught:
        open_cipher(FIDES_KEY).decrypt(stored)
    assert FIDES_KEY not in f"{caught.value}{caught.value.hint}{caught.value.facts}"


@pytest.mark.parametrize("key", [None, "", "short", "x" * 33, "ä" * 32])
def test_a_key_that_fides_would_not_start_with_is_refused(key: str | None) -> None:
    with pytest.raises(ConfigError) as caught:
        open_cipher(key)
    assert caught.value.exit_code == 2


def test_the_key_is_in_no_representation() -> None:
    assert FIDES_KEY not in repr(open_cipher(FIDES_KEY))


def test_the_hash_is_sha256_of_value_and_salt() -> None:
    assert search_hash("é", "salt") == hashlib.sha256("ésalt".encode()).hexdigest()


def test_a_salt_is_64_hexadecimal_digits_and_new_each_time() -> None:
    assert len(bytes.fromhex(new_salt())) == 32
    assert new_salt() != new_salt()


def test_without_the_package_the_error_names_the_extra() -> None:
    done = subprocess.run(
        [sys.executable, "-c", WITHOUT_CRYPTOGRAPHY], capture_output=True, text=True, check=True
    )
    assert done.stdout.strip() == "4 Install it with: pip install 'fidesdev[pii]'."
