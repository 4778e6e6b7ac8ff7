"""The tables of the journal in a PostgreSQL database, and how they come to be there."""

from __future__ import annotations

CREATE = """
BEGIN;
SELECT pg_advisory_xact_lock(7165918420317);
CREATE SCHEMA IF NOT EXISTS fidesdev;
COMMENT ON SCHEMA fidesdev IS
    'What fidesdev recorded of migrations: see "fidesdev db log". Nothing else needs it.';
CREATE TABLE IF NOT EXISTS fidesdev.source (
    sha256 text PRIMARY KEY,
    text bytea NOT NULL
);
CREATE TABLE IF NOT EXISTS fidesdev.move (
    id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    command text NOT NULL,
    before text[] NOT NULL,
    after text[],
    started timestamptz NOT NULL DEFAULT clock_timestamp(),
    finished timestamptz,
    outcome text NOT NULL CHECK (outcome IN ('running', 'done', 'failed', 'interrupted')),
    who text, host text, commit text, branch text, dirty boolean,
    version text NOT NULL,
    error text,
    snapshot text
);
CREATE TABLE IF NOT EXISTS fidesdev.step (
    move_id bigint NOT NULL REFERENCES fidesdev.move ON DELETE CASCADE,
    number integer NOT NULL,
    revision text NOT NULL,
    parents text[] NOT NULL,
    depends_on text[] NOT NULL,
    direction text NOT NULL CHECK (direction IN ('up', 'down')),
    sha256 text REFERENCES fidesdev.source,
    path text NOT NULL,
    started timestamptz NOT NULL,
    seconds double precision NOT NULL,
    outcome text NOT NULL DEFAULT 'done',
    PRIMARY KEY (move_id, number)
);
CREATE INDEX IF NOT EXISTS step_revision ON fidesdev.step (revision);
CREATE OR REPLACE FUNCTION fidesdev.note(move bigint, steps text) RETURNS boolean
LANGUAGE plpgsql SET search_path = pg_catalog AS $$
BEGIN
    INSERT INTO fidesdev.step
    SELECT move, number, revision, parents, depends_on, direction, sha256, path,
           to_timestamp(started), seconds, 'done'
    FROM json_to_recordset(steps::json) AS ran(
        number integer, revision text, parents text[], depends_on text[], direction text,
        sha256 text, path text, started double precision, seconds double precision
    ) ON CONFLICT DO NOTHING;
    RETURN true;
EXCEPTION WHEN OTHERS THEN
    RETURN false;
END $$;
GRANT USAGE ON SCHEMA fidesdev TO PUBLIC;
COMMIT;
"""
"""One simple query. Eight processes may send it at once: IF NOT EXISTS alone does not stop two from
creating the same thing, so they wait for each other. Nobody who holds this lock waits for others,
so that CREATE INDEX CONCURRENTLY is only ever kept waiting for a moment.

Anybody may call `fidesdev.note`; what it does is done with the caller's own rights, so that only
roles which may write the tables do. It catches its own failure: a migration that changes its role,
or takes rights away, does not fail for the journal's sake."""

PROBE = """
SELECT n.oid IS NOT NULL,
       has_database_privilege(current_database(), 'CREATE'),
       current_setting('search_path') ~ '\\mfidesdev\\M'
       OR EXISTS (SELECT FROM pg_roles WHERE rolname = 'fidesdev'),
       (SELECT count(*) FROM pg_class c
        WHERE c.relnamespace = n.oid AND c.relname IN ('move', 'step', 'source')
          AND has_schema_privilege(n.oid, 'USAGE') AND has_table_privilege(c.oid, 'SELECT')
          AND has_table_privilege(c.oid, 'INSERT') AND has_table_privilege(c.oid, 'UPDATE'))
FROM (VALUES (0)) AS one LEFT JOIN pg_namespace n ON n.nspname = 'fidesdev'
"""
"""Is there a schema; may one be made; would unqualified names be looked up in it (the usual search
path begins with the schema that is called as the user is); how many tables may be written."""

BEGIN = """
WITH lost AS (
    UPDATE fidesdev.move
    SET outcome = 'interrupted', after = %(before)s, finished = clock_timestamp()
    WHERE outcome = 'running'
), kept AS (
    INSERT INTO fidesdev.source
    SELECT * FROM unnest(%(hashes)s::text[], %(texts)s::bytea[]) ON CONFLICT DO NOTHING
)
INSERT INTO fidesdev.move (command, before, outcome, who, host, commit, branch, dirty, version)
VALUES (%(command)s, %(before)s, 'running', %(who)s, %(host)s, %(commit)s, %(branch)s, %(dirty)s,
        %(version)s)
RETURNING id
"""

REMEMBER = "UPDATE fidesdev.move SET snapshot = %(snapshot)s WHERE id = %(move)s"

EXTEND = "ALTER TABLE fidesdev.move ADD COLUMN IF NOT EXISTS snapshot text"
"""For a journal that an older version made."""

END = """
UPDATE fidesdev.move
SET outcome = %(outcome)s, after = %(after)s, error = %(error)s, finished = clock_timestamp()
WHERE id = %(move)s
RETURNING (SELECT count(*) FROM fidesdev.step WHERE move_id = %(move)s)
"""

FILL = "SELECT fidesdev.note(%(move)s, %(steps)s)"

MOVES = """
SELECT id, command, before, after, started, finished, outcome, who, host, commit, branch, dirty,
       version, error, to_jsonb(move) ->> 'snapshot',
       coalesce((
           SELECT json_agg(json_build_array(
               number, revision, parents, depends_on, direction, sha256, path,
               extract(epoch FROM started), seconds, outcome) ORDER BY number)
           FROM fidesdev.step WHERE move_id = move.id), '[]')
FROM fidesdev.move ORDER BY id DESC LIMIT %(limit)s
"""
"""A journal that an older version made has no column `snapshot`."""

SOURCE = """
SELECT step.revision, source.text, step.sha256, move.branch, move.commit, step.parents,
       step.depends_on, step.path, step.started
FROM fidesdev.step
JOIN fidesdev.source USING (sha256)
JOIN fidesdev.move ON move.id = step.move_id
WHERE step.revision = %(revision)s
ORDER BY step.direction = 'up' DESC, step.move_id DESC, step.number DESC LIMIT 1
"""
"""The last upgrade wins over any downgrade, whose source may have been recovered."""

LOCKED = """
SELECT EXISTS (
    SELECT FROM pg_locks JOIN pg_database d ON d.oid = database
    WHERE d.datname = current_database() AND locktype = 'advisory' AND granted
      AND (classid, objid) IN ((1718183013, 1), (1718183013, 2))
)
"""
"""Whether somebody moves the database now: the worker's `LOCK` and `MARK`."""
