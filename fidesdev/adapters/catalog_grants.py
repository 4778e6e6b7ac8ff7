"""Parts of the catalog's statement about who may do what, and about the database as a whole.

They have the columns of `catalog_queries`, and read from its tables ns, rel, typ and fun.
"""

from __future__ import annotations

_DEFAULTS = """
SELECT 'default privileges', coalesce(nspname, ''), '',
    concat_ws(' ', defaclrole::regrole, nspname, defaclobjtype),
    (SELECT string_agg(a::text, ', ' ORDER BY a::text) FROM unnest(defaclacl) a)
FROM pg_default_acl LEFT JOIN pg_namespace n ON n.oid = defaclnamespace
"""


def _privileges(name: str, acl: str, default: str, source: str, *, table: str = "''") -> str:
    """What is granted beyond the default of its kind of object, and what of it was revoked.

    So that an object whose privileges were granted and revoked again is as one never touched.
    """
    shown = "regexp_replace({}, '/[^/]*$', '')"  # without who granted it
    return f"""
SELECT 'privileges', nspname, {table}, {name}, string_agg(item, ', ' ORDER BY item)
FROM {source} CROSS JOIN LATERAL (
    SELECT {shown.format("item")} FROM
        (SELECT unnest({acl})::text EXCEPT SELECT unnest({default})::text) g(item)
    UNION ALL SELECT 'revoked ' || {shown.format("item")} FROM
        (SELECT unnest({default})::text EXCEPT SELECT unnest({acl})::text) v(item)
) p(item)
WHERE {acl} IS NOT NULL GROUP BY 1, 2, 3, 4
"""  # noqa: S608 - of constants of this file


RELATION_PRIVILEGES = (
    _privileges(
        "kind || ' ' || name",
        "relacl",
        "acldefault(CASE relkind WHEN 'S' THEN 's' ELSE 'r' END::\"char\", relowner)",
        "rel",
        table="relname",
    ),
    _privileges(
        "format('column %s.%I', name, attname)",
        "attacl",
        "acldefault('c', relowner)",
        "rel JOIN pg_attribute ON attrelid = id",
        table="relname",
    ),
)
PRIVILEGES = (
    _DEFAULTS,
    _privileges("kind || ' ' || name", "proacl", "acldefault('f', proowner)", "fun"),
    _privileges("kind || ' ' || name", "typacl", "acldefault('T', typowner)", "typ"),
    _privileges(
        "format('schema %I', nspname)",
        "nspacl",
        "coalesce((SELECT initprivs FROM pg_init_privs WHERE objoid = ns.oid"
        " AND classoid = 'pg_namespace'::regclass), acldefault('n', nspowner))",
        "ns",
    ),
    *(
        _privileges(
            f"format('{kind} %I', {name})", acl, f"acldefault('{letter}', {owner})", source
        ).replace("nspname,", "'',", 1)
        for kind, name, acl, letter, owner, source in (
            ("language", "lanname", "lanacl", "l", "lanowner", "pg_language"),
            (
                "foreign data wrapper",
                "fdwname",
                "fdwacl",
                "F",
                "fdwowner",
                "pg_foreign_data_wrapper",
            ),
            ("foreign server", "srvname", "srvacl", "S", "srvowner", "pg_foreign_server"),
        )
    ),
)
_OWNERS = """
SELECT 'owner', nspname, relname, kind || ' ' || name, relowner::regrole::text FROM rel
UNION ALL SELECT 'owner', nspname, '', kind || ' ' || name, typowner::regrole::text FROM typ
UNION ALL SELECT 'owner', nspname, '', kind || ' ' || name, proowner::regrole::text FROM fun
UNION ALL SELECT 'owner', nspname, '', 'schema ' || quote_ident(nspname), nspowner::regrole::text
FROM ns
"""
_DATABASE = """
SELECT 'database', '', '', f.name, f.definition FROM pg_database d CROSS JOIN LATERAL (VALUES
    ('owner', datdba::regrole::text),
    ('locale', concat_ws(' ', pg_encoding_to_char(encoding), datcollate, datctype)),
    ('connection limit', datconnlimit::text),
    ('allows connections', datallowconn::text),
    ('tablespace', (SELECT spcname::text FROM pg_tablespace WHERE oid = dattablespace)),
    ('privileges', (SELECT string_agg(a::text, ', ' ORDER BY a::text) FROM unnest(datacl) a)),
    ('comment', shobj_description(d.oid, 'pg_database')),
    ('settings', (SELECT string_agg(concat_ws(' ', nullif(setrole, 0)::regrole, s), ', '
        ORDER BY setrole, s) FROM pg_db_role_setting, unnest(setconfig) s
        WHERE setdatabase = d.oid))
) f(name, definition) WHERE datname = current_database()
"""
_LARGE_OBJECTS = """
SELECT 'large object', '', '', oid::text,
    concat_ws(' ', lomowner::regrole, lomacl::text, obj_description(oid, 'pg_largeobject'))
FROM pg_largeobject_metadata
"""
WHOLE = (_OWNERS, _DATABASE, _LARGE_OBJECTS)
