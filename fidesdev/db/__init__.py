"""The ORM side: engine, session and the base class of every model."""
