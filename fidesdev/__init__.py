"""fidesdev: a developer toolkit for Fides, and for everyone who lives with Alembic migrations."""

__version__ = "0.1.0"
