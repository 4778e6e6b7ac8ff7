"""Parts of the catalog's statement about what is in no schema, or rarely in any of the users'.

They have the columns of `catalog_queries`, and read from its tables ns and ext.
"""

from __future__ import annotations

_EXTENSIONS = """
SELECT 'extension', '', '', quote_ident(extname), format('%s in %I', extversion, nspname)
FROM pg_extension JOIN pg_namespace n ON n.oid = extnamespace
"""
_EVENT_TRIGGERS = """
SELECT 'event trigger', '', '', quote_ident(evtname), concat_ws(' ', evtevent, evttags::text,
    evtfoid::regprocedure, CASE evtenabled WHEN 'D' THEN 'DISABLED' WHEN 'R'
        THEN 'REPLICA' WHEN 'A' THEN 'ALWAYS' END)
FROM pg_event_trigger e
WHERE NOT EXISTS (SELECT FROM ext WHERE classid = e.tableoid AND objid = e.oid)
"""
_SERVERS = """
SELECT 'foreign server', '', '', quote_ident(srvname), concat_ws(' ', 'FOR', fdwname, srvtype,
    srvversion, srvoptions::text)
FROM pg_foreign_server s JOIN pg_foreign_data_wrapper w ON w.oid = srvfdw
UNION ALL
SELECT 'foreign data wrapper', '', '', quote_ident(fdwname), concat_ws(' ',
    nullif(fdwhandler, 0)::regproc, nullif(fdwvalidator, 0)::regproc, fdwoptions::text)
FROM pg_foreign_data_wrapper w
WHERE NOT EXISTS (SELECT FROM ext WHERE classid = w.tableoid AND objid = w.oid)
UNION ALL  -- the values of the options are passwords
SELECT 'user mapping', '', '', format('%I on %I', usename, srvname), (
    SELECT string_agg(split_part(o, '=', 1), ', ' ORDER BY o) FROM unnest(umoptions) o)
FROM pg_user_mappings
"""
_PUBLICATIONS = """
SELECT 'publication', '', '', quote_ident(pubname), concat_ws(' ',
    CASE WHEN puballtables THEN 'ALL TABLES' END, pubinsert, pubupdate, pubdelete, pubtruncate,
    pubviaroot, (SELECT string_agg(concat(prrelid::regclass @columns@ @filter@), ', '
        ORDER BY prrelid::regclass::text) FROM pg_publication_rel WHERE prpubid = p.oid)
    @schemas@ @generated@)
FROM pg_publication p
"""
_SUBSCRIPTIONS = """
SELECT 'subscription', '', '', quote_ident(subname), concat_ws(' ', subenabled, subslotname,
    subsynccommit, array_to_string(subpublications, ', ')
    @streams@ @two phases@ @origin@ @failover@)
FROM pg_subscription JOIN pg_database d ON d.oid = subdbid WHERE datname = current_database()
"""
"""Without the connection, which has a password and which superusers alone may read."""
_LABELS = """
SELECT 'security label', coalesce(i.schema, ''), '',
    concat_ws(' ', i.type, i.identity, 'for', provider), label
FROM pg_seclabel CROSS JOIN LATERAL pg_identify_object(classoid, objoid, objsubid) i
"""
_OTHERS = """
SELECT i.type, coalesce(i.schema, ''), '', replace(i.identity, ' on language ', ' language '),
    o.definition FROM (
    SELECT tableoid, oid, (jsonb_strip_nulls(to_jsonb(c)) - '{oid,collname,\
collnamespace,collowner,collversion}'::text[])::text AS definition FROM pg_collation c
    UNION ALL SELECT tableoid, oid, concat_ws(' ', castfunc::regprocedure, castcontext, castmethod)
        FROM pg_cast
    UNION ALL SELECT tableoid, oid, concat_ws(' ', oprcode, oprrest, oprjoin, oprcanmerge,
        oprcanhash, nullif(oprcom, 0)::regoperator, nullif(oprnegate, 0)::regoperator)
        FROM pg_operator
    UNION ALL SELECT tableoid, oid, concat_ws(' ', opcintype::regtype, opcdefault,
        nullif(opckeytype, 0)::regtype) FROM pg_opclass
    UNION ALL SELECT tableoid, oid, concat_ws(' ',
        (SELECT string_agg(concat_ws(' ', amopstrategy, amopopr::regoperator, amoppurpose,
            (SELECT opfname FROM pg_opfamily WHERE oid = amopsortfamily)), ', '
            ORDER BY amoplefttype, amoprighttype, amopstrategy)
            FROM pg_amop WHERE amopfamily = f.oid),
        (SELECT string_agg(concat_ws(' ', amprocnum, amproc::regprocedure), ', '
            ORDER BY amproclefttype, amprocrighttype, amprocnum)
            FROM pg_amproc WHERE amprocfamily = f.oid)) FROM pg_opfamily f WHERE oid >= 16384
    UNION ALL SELECT tableoid, oid, concat_ws(' ', pg_encoding_to_char(conforencoding),
        pg_encoding_to_char(contoencoding), conproc, condefault) FROM pg_conversion
    UNION ALL SELECT tableoid, oid, concat_ws(' ', (SELECT tmplname FROM pg_ts_template
        WHERE oid = dicttemplate), dictinitoption) FROM pg_ts_dict
    UNION ALL SELECT tableoid, oid, concat_ws(' ', prsstart, prstoken, prsend, prsheadline,
        prslextype) FROM pg_ts_parser
    UNION ALL SELECT tableoid, oid, concat_ws(' ', tmplinit, tmpllexize) FROM pg_ts_template
    UNION ALL SELECT tableoid, oid, concat_ws(' ', (SELECT prsname FROM pg_ts_parser p
        WHERE p.oid = cfgparser), (SELECT
        string_agg(concat_ws(' ', maptokentype, mapseqno, mapdict::regdictionary), ', '
            ORDER BY maptokentype, mapseqno)
        FROM pg_ts_config_map WHERE mapcfg = c.oid)) FROM pg_ts_config c
    UNION ALL SELECT tableoid, oid, concat_ws(' ', lanpltrusted, lanplcallfoid::regproc,
        nullif(laninline, 0)::regproc, nullif(lanvalidator, 0)::regproc) FROM pg_language
    UNION ALL SELECT tableoid, oid, concat_ws(' ', amtype, amhandler) FROM pg_am
    UNION ALL SELECT tableoid, oid, concat_ws(' ', trffromsql, trftosql) FROM pg_transform
) o CROSS JOIN LATERAL pg_identify_object(o.tableoid, o.oid, 0) i
WHERE o.oid >= 16384 AND (i.schema IS NULL OR i.schema IN (SELECT quote_ident(nspname) FROM ns))
    AND NOT EXISTS (SELECT FROM ext WHERE classid = o.tableoid AND objid = o.oid)
"""
DATABASE_WIDE = (
    _EXTENSIONS,
    _EVENT_TRIGGERS,
    _SERVERS,
    _PUBLICATIONS,
    _SUBSCRIPTIONS,
    _LABELS,
    _OTHERS,
)
