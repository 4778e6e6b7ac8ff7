"""Every verb that changes something x every point at which it does x everything that can go wrong.

    python -m tests.fault_matrix [--verb NAME]... [--every N] [--jobs N]

Nothing in the product knows of it. `watching` derives the points inside a process from Python's
audit events (files, programs, requests to the Docker engine) and from SQLite's trace, `tests.wire`
those of a PostgreSQL session. A verb is run once to count them, and then once for each point and
fault, in a process of its own; `scenes` says what has to be true afterwards.
"""
