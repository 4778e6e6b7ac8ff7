"""What env.py tells without being run."""

from __future__ import annotations

import pytest

from fidesdev.core.env_facts import EnvFacts, read_env


@pytest.mark.parametrize(
    ("source", "facts"),
    [
        (b"target_metadata = None", EnvFacts()),
        (b"def broken(", EnvFacts()),
        (
            b"from shop.models import Base as Model\ntarget_metadata = Model.metadata",
            EnvFacts("Model.metadata", "shop.models"),
        ),
        (
            b"import shop.db\ntarget_metadata = [shop.db.one, shop.db.two]",
            EnvFacts("[shop.db.one, shop.db.two]", "shop.db"),
        ),
        (b"target_metadata: M = None\ntarget_metadata: M = own()", EnvFacts("own()")),
        (b"from . import models\ntarget_metadata = models.meta", EnvFacts("models.meta", ".")),
        (
            b"a = os.environ['DATABASE_URL']\nb = os.getenv('PG_DSN', '')\nc = os.getenv('DEBUG')",
            EnvFacts(variables=("DATABASE_URL", "PG_DSN")),
        ),
        (b"u = environ.get('DB_URI') or environ['DB_URI']", EnvFacts(variables=("DB_URI",))),
        (b"config.set_main_option('sqlalchemy.url', get_url())", EnvFacts(url="get_url()")),
        (b"config.set_main_option('script_location', 'x')", EnvFacts()),
    ],
)
def test_facts_are_read_from_the_text(source: bytes, facts: EnvFacts) -> None:
    assert read_env(source) == facts
