"""Privacy requests over HTTP, for the developer's own machine: the services behind a FastAPI app.

It needs the extra `api`; nothing here is imported before `fidesdev api serve` needs it.
"""
