"""Every verb, typed as it would be in the course of some work: what each line is to answer.

A line is the outcome and the command: `ok`, `finding` (exit code 3 with a report), the one or the
other where that is up to the machine, or the code of the error. Names in braces are filled in by
the test that walks.
"""

from __future__ import annotations

import shlex
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import accumulate

from fidesdev.core.documents import REPORTS

MIGRATIONS = """
ok                  db wait
database_unavailable  db wait --timeout 0.1 --database-url {nowhere}
ok                  db url
invalid_url         db url --database-url nonsense
ok                  db drop --no-snapshot -y
database_missing    db upgrade
ok                  db create
nothing_recorded    db undo
database_unavailable  db create --database-url {nowhere}
confirmation_needed db drop
unknown_revision    db upgrade nonsense
ok                  db upgrade aaa1
ok                  db status
finding             db status --exit-code
database_unavailable  db status --database-url {nowhere}
ok                  db plan aaa2
unknown_revision    db plan nonsense
ok                  db goto bbb1 -y
confirmation_needed db goto base
ok                  db downgrade -1 -y
not_applied         db downgrade aaa2
ok                  db undo -y
ok                  db redo -y
not_enough_applied  db redo 9
ok                  db status --each "SELECT current_database()"
ok                  db upgrade --each "SELECT current_database()" --dry-run
ok                  db goto bbb1 --each "SELECT current_database()" -y
usage               db upgrade +1 --each "SELECT current_database()"
sql_failed          db status --each "SELECT nonsense"
ok                  db current
database_unavailable  db current --database-url {nowhere}
ok                  db heads --applied
alembic_config_missing  db heads -C {elsewhere}
ok                  db history
ok                  db history aaa1: --applied
invalid_target      db history a:b:c
ok                  db show aaa1
unknown_revision    db show nonsense
ok                  db graph
ok                  db graph --applied
usage               db graph --output x.y
ok                  db log
database_unavailable  db log --database-url {nowhere}
ok                  db why t_aaa1
unknown_table       db why nonsense
finding             db check
unknown_ref         db check --against nonsense
ok                  db check --explain heads
ok                  db lint :
ok                  db lint --explain all
usage               db lint : --new
ok                  db roundtrip aaa1:aaa2 --no-rows --lanes 1
unknown_revision    db roundtrip nonsense
ok                  db drift --no-models
ok                  db drift --explain all
database_unavailable  db drift --database-url {nowhere}
ok                  db doctor
database_unavailable  db doctor --database-url {nowhere}
ok                  db merge-heads --dry-run
unknown_revision    db merge-heads nonsense
ambiguous_revision  db revision -m text
ok                  db sync -y
database_unavailable  db sync --database-url {nowhere}
confirmation_needed db stamp aaa1
ok                  db stamp aaa1 -y
ok                  db sync -n
unknown_ref         db rebase --upstream nonsense
ok                  db rebase --upstream main -y
ok                  db revision -m text
confirmation_needed db reset
ok                  db reset -y
ok                  models add BookShelf name:str --dry-run
usage               models add BookShelf name
ok                  db shell -c "select 1"
sql_failed          db shell -c nonsense
ok                  db undo -y
ok                  snapshot save first -m text
snapshot_exists     snapshot save first
ok                  snapshot list
database_unavailable  snapshot list --database-url {nowhere}
ok                  snapshot show first
unknown_snapshot    snapshot show nonsense
ok                  snapshot diff first
unknown_snapshot    snapshot diff nonsense
ok                  snapshot export first {dump}
already_exists      snapshot export first {dump}
ok                  snapshot import {dump} second
not_a_dump          snapshot import {empty}
ok                  snapshot rename second third
unknown_snapshot    snapshot rename second third
confirmation_needed snapshot restore first
ok                  snapshot restore first -y
ok                  snapshot delete third -y
unknown_snapshot    snapshot delete third
ok                  snapshot prune --keep 0 --named -y
usage               snapshot prune --older-than nonsense
"""

ROWS = """
ok                  db seed
usage               db seed --bare
ok                  db seed --requests 2 --bare
ok                  requests list
ok                  requests list --all --status pending
database_unavailable  requests list --database-url {nowhere}
ok                  requests show pri_1
unknown_record      requests show pri_nonsense
ok                  requests create --policy walk --identity email=ann@example.org -n
unknown_record      requests create --policy nonsense --identity email=ann@example.org
ok                  requests stats
ok                  requests stats --by day
database_unavailable  requests stats --database-url {nowhere}
ok                  requests export {rows}
usage               requests export - --format csv
usage               requests watch
ok                  requests update pri_1 external_id=T-1
unknown_field       requests update pri_1 nonsense=1
ok                  requests approve pri_1
wrong_status        requests approve pri_1
confirmation_needed requests deny pri_2 --reason text
ok                  requests deny pri_2 --reason text -y
ok                  requests cancel pri_3 --reason text -y
wrong_status        requests cancel pri_3 --reason text -y
ok                  requests restart pri_4
wrong_status        requests restart pri_3
ok                  requests delete pri_3 -y
unknown_record      requests delete pri_nonsense -y
ok                  users create ann first_name=Ann --role owner
duplicate_record    users create ann
ok                  users list
database_unavailable  users list --database-url {nowhere}
ok                  users get ann
unknown_record      users get nonsense
ok                  users update ann last_name=Lee
unknown_field       users update ann nonsense=1
confirmation_needed users delete ann
ok                  users delete ann -y
ok                  models list
database_unavailable  models list --database-url {nowhere}
ok                  models show policy
unknown_model       models show nonsense
ok                  models diagram policy
unknown_model       models diagram nonsense
ok                  records list policy
unknown_model       records list nonsense
ok                  records get policy pol_walk
unknown_record      records get policy nonsense
ok                  records create policy id=pol_more key=more name=More
key_or_name_exists  records create policy id=pol_more key=more name=More
ok                  records update policy pol_more name=Most
unknown_field       records update policy pol_more nonsense=1
ok                  records delete policy pol_more -y
broken_reference    records delete policy pol_walk
ok                  api urls
unknown_url         api urls --version v9
ok                  api url POLICY_LIST
url_parameters      api url POLICY_LIST nonsense=1
ok                  api serve --dry-run
unknown_url         api serve --version v9 --dry-run
finding             api check {address} --search privacy-request
api_silent          api check http://127.0.0.1:1
"""
FILES = """
ok                  --version
ok                  help
ok                  help db goto
ok                  help json db goto
usage               help nonsense
ok                  completion bash
usage               completion tcsh
usage               shell
ok/finding          doctor
usage               doctor nonsense
ok                  init --dry-run
config_missing      init --config {elsewhere}
ok                  config init
already_exists      config init
ok                  config show --origin
config_missing      config show --config {elsewhere}
ok                  config path
config_missing      config path --config {elsewhere}
ok                  config check
bad_toml            config check --config {broken}
ok                  hooks install
usage               hooks install nonsense
ok                  hooks status
ok                  hooks run post-merge 0 --dry-run
usage               hooks run nonsense
ok                  hooks uninstall
usage               hooks uninstall nonsense
git_unavailable     hooks status -C {elsewhere}
"""
SERVER = """
ok                  quickstart --dry-run
config_missing      quickstart --config {elsewhere}
ok                  db start
ok                  db start
ok                  quickstart
ok                  db stop
confirmation_needed quickstart --clean
ok                  quickstart --clean -y
config_missing      db start --config {elsewhere}
config_missing      db stop --config {elsewhere}
"""
CONTAINERS = """
ok                  docker up web
config_missing      docker up --config {elsewhere}
ok                  docker ps
compose_file_missing  docker ps -C {elsewhere}
ok                  docker logs --tail 1
unknown_service     docker logs nonsense
ok                  docker shell web -- true
usage               docker shell web
ok/finding          docker doctor
config_missing      docker doctor --config {elsewhere}
ok                  docker rebuild web --dry-run
config_missing      docker rebuild --config {elsewhere}
ok                  docker down --dry-run
config_missing      docker down --config {elsewhere}
confirmation_needed docker clean
ok                  docker clean -y
"""
WALKS = (MIGRATIONS, ROWS, FILES, SERVER, CONTAINERS)


@dataclass(frozen=True, slots=True)
class Line:
    """One command, and what may come of it."""

    outcomes: frozenset[str]
    words: tuple[str, ...]

    @property
    def verb(self) -> str:
        """`db goto`."""
        beginnings = [*accumulate(self.words, "{} {}".format)]
        return next(text for text in reversed(beginnings) if text in REPORTS)

    def filled(self, **names: object) -> list[str]:
        """The words with what the names in braces stand for."""
        return [word.format(**names) for word in self.words]


def lines(text: str) -> Iterator[Line]:
    """The lines of one of the texts above."""
    for line in text.strip().splitlines():
        outcomes, *words = shlex.split(line)
        yield Line(frozenset(outcomes.split("/")), tuple(words))
