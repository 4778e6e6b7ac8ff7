"""Names of people who do not exist, by Faker."""

from __future__ import annotations

from dataclasses import dataclass

from fidesdev.errors import PackageMissing

FIRST, LAST = 256, 128
"""How many there are: powers of two, which bits of a random number choose from."""


@dataclass(frozen=True, slots=True)
class Names:
    """First and last names in lower-case ASCII, as e-mail addresses have them."""

    first: tuple[str, ...]
    last: tuple[str, ...]


def make_names(seed: int) -> Names:
    """The same names for the same seed and release of Faker; raises `PackageMissing`."""
    try:
        from faker import Faker
    except ImportError as error:
        raise PackageMissing("faker", "make up requests", extra="seed") from error
    fake = Faker("en_US")
    fake.seed_instance(seed)
    return Names(
        tuple(_plain(fake.first_name()) for _ in range(FIRST)),
        tuple(_plain(fake.last_name()) for _ in range(LAST)),
    )


def _plain(name: str) -> str:
    return "".join(sign for sign in name.lower() if "a" <= sign <= "z")
