"""The file that `config init` writes: every key, each as a comment with its default."""

TEMPLATE = """\
# What fidesdev reads for this project. Every line that is commented out shows a default.
# See what is in force, and who said so, with: fidesdev config show --origin
# Any key can be overridden by a variable, as in FIDES__DATABASE__PORT=5433.

[database]
# The section that Fides reads too: strings; port may also be a number.
# server = "localhost"       # a host, an address, or a socket directory
# port = "5432"
# user = "postgres"
# password = "fides"         # any characters; never URL-quoted
# db = "fides"
# test_db = "fides_test"     # used with --test-db or FIDES__TEST_MODE=true
# params = {}                # libpq parameters: sslmode, connect_timeout, options ...

[fidesdev]
# engine = "server"          # server | embedded ; a PostgreSQL that fidesdev starts for you
# host_server = "localhost"  # used where [database].server is a compose name that is unknown here
# alembic_config = ""        # default: looked for; or a path such as "alembic.ini"
# runner = "auto"            # auto | in-process | python:PATH | compose:SERVICE
# runner_env = {}            # where {url} {host} {port} {user} {password} {db} are filled in
# use_database_url = false   # true: the variable DATABASE_URL is read where nothing else is said
# upstream = ""              # default: the remote's default branch; or "origin/main"
# data_dir = ".fidesdev"     # caches, the embedded server, logs
# journal = "auto"           # auto | database | file | off
# version_table = ""         # default: what env.py says, else alembic_version
# version_table_schema = ""
# protected = []             # names or glob patterns of databases on which nothing is destroyed
# allow = []                 # databases that are not local, and yet not protected
# check = {}                 # how severe: { docstring = "off", edited = "error" }
# lint = {}                  # the same for hazards: { ban-drop-column = "off" }
# hooks = {}                 # { on_switch = "sync" }: after git switch ask | sync | tell
# snapshots = {}             # { automatic = true, keep = 5, max_size = "1GB", spares = 1 }
# docker = {}                # { files = [], profiles = [], project = "", services = [] }

[security]
# app_encryption_key = ""    # 32 characters, as in Fides; only encrypted columns need it
"""
