"""The models are tested on the databases that the base class is tested on."""

from tests.db.conftest import db, engine, factory, shared_engine

__all__ = ["db", "engine", "factory", "shared_engine"]
