"""The history of fidesdev's own tables, as a folder of Alembic scripts: a `script_location`."""
