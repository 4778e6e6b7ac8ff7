"""Records of any table: listed page by page, written as a whole, refused in plain words."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import suppress
from dataclasses import replace
from datetime import date
from decimal import Decimal
from pathlib import Path

import pytest

from fidesdev.core.field_values import Given, Json, Text, parse_assignments
from fidesdev.core.records import Effect
from fidesdev.core.selection import Place, Selection, parse_conditions, parse_order, parse_place
from fidesdev.errors import (
    AmbiguousModel,
    AuthenticationFailed,
    BrokenReference,
    CheckFailed,
    DuplicateRecord,
    FidesdevError,
    InvalidValue,
    MissingValue,
    RecordError,
    UnknownField,
    UnknownModel,
    UnknownRecord,
    UsageError,
)
from fidesdev.services import records
from fidesdev.services.workspace import Workspace
from tests.record_tables import (  # noqa: F401 - fixtures
    library_fixture,
    library_template_fixture,
    run,
    still_fixture,
    workspace,
)
from tests.requests_tables import ask, ask_one

pytestmark = pytest.mark.server


def given(*texts: str) -> dict[str, Given]:
    return parse_assignments(texts)


def add(space: Workspace, model: str, *texts: str) -> None:
    records.create(space, model, given(*texts))


def shelf(space: Workspace, books: int) -> None:
    """Books whose genres, pages and prices repeat and are missing in every combination."""
    run(
        space.database,
        "INSERT INTO author (id, name) VALUES (1, 'A'), (2, 'B')",
        "INSERT INTO book (id, author_id, title, genre, pages, price)"
        " SELECT n, 1 + n % 2, 'T' || n, CASE WHEN n % 3 > 0 THEN 'poem'::genre END,"
        f" nullif(n % 5, 0), nullif(n % 4, 0) FROM generate_series(1, {books}) AS n",
    )


@pytest.fixture(scope="module")
def shelved(still: Workspace) -> Iterator[Workspace]:
    """The library with 23 books."""
    shelf(still, 23)
    change = """UPDATE book SET tags = '{x}', facts = '{"a":[1],"b":2}' WHERE id = 7"""
    run(still.database, change)
    yield still
    run(still.database, "TRUNCATE author, book CASCADE")


@pytest.mark.parametrize("sort", ["", "id", "-id", "pages", "-pages", "genre", "-price", "title"])
def test_pages_follow_each_other_without_a_gap_or_a_repetition(
    shelved: Workspace, sort: str
) -> None:
    order = parse_order(sort) if sort else None
    found, after = list[object](), None
    while True:
        selection = Selection(order=order, after=parse_place(after) if after else None)
        page = records.list_(shelved, "book", selection, limit=4)
        found += [record["id"] for record in page.records]
        if (after := page.next) is None:
            break
    field, direction = (sort.removeprefix("-"), "DESC" if sort[:1] == "-" else "ASC")
    by = f"{field} {direction} NULLS LAST, id" if sort else "id"
    assert found == [row[0] for row in ask(shelved.database, f"SELECT id FROM book ORDER BY {by}")]
    streamed = records.stream(shelved, "book", Selection(order=order))
    assert [record["id"] for record in streamed] == found


def test_composite_keys_and_tables_without_a_key_have_pages_too(library: Workspace) -> None:
    shelf(library, 5)
    run(
        library.database,
        "INSERT INTO loan (book_id, reader) SELECT id, r FROM book, unnest('{x,y}'::text[]) r",
        "INSERT INTO review SELECT id, 'good' FROM book",
    )
    for model, fields in (("loan", ("book_id", "reader")), ("review", ("book_id",))):
        first = records.list_(library, model, limit=3)
        assert first.next
        rest = records.list_(library, model, Selection(after=parse_place(first.next)))
        rows = [tuple(r[f] for f in fields) for r in first.records + rest.records]
        assert rows == sorted(ask(library.database, f"SELECT {', '.join(fields)} FROM {model}"))


def test_a_view_has_one_page_and_says_that_there_is_more(library: Workspace) -> None:
    shelf(library, 5)
    page = records.list_(library, "titles", limit=3)
    assert (len(page.records), page.next, page.more) == (3, None, True)


@pytest.mark.parametrize(
    ("where", "count"),
    [
        (["genre=poem"], 16),
        (["genre:=null"], 7),
        (["pages:=3"], 5),
        (["pages=3", "author_id=2"], 3),
        (['tags=["x"]'], 1),
        (["tags:=[]"], 0),
        (['facts:={"b": 2, "a": [1]}'], 1),
        (["title="], 0),
    ],
)
def test_where_compares_as_the_database_does(
    shelved: Workspace, where: list[str], count: int
) -> None:
    page = records.list_(shelved, "book", Selection(parse_conditions(where)))
    assert len(page.records) == count


@pytest.mark.parametrize("name", ["book", "Book", "BOOK", "public.book"])
def test_a_model_has_any_spelling(still: Workspace, name: str) -> None:
    assert records.list_(still, name).model == "book"


def test_a_typo_is_told_with_the_nearest_names(still: Workspace) -> None:
    with pytest.raises(UnknownModel) as told:
        records.list_(still, "boook")
    assert told.value.facts["nearest"] == ["book"]


def test_what_the_search_path_does_not_find_is_named_with_its_schema(library: Workspace) -> None:
    assert records.list_(library, "chest").model == "attic.chest"
    assert records.list_(library, "author").model == "author"
    run(library.database, "CREATE SCHEMA cellar; CREATE TABLE cellar.chest ()")
    with pytest.raises(AmbiguousModel, match="2 tables"):
        records.list_(library, "chest")


@pytest.mark.parametrize(
    ("values", "error", "message"),
    [
        (["id=99", "title=x", "genre=nove"], InvalidValue, "book.genre cannot be 'nove'"),
        (["id=99", "title=x", "pages=many"], InvalidValue, "book.pages cannot be 'many'"),
        (["id=99", "title=x", "pages=0"], InvalidValue, "book.pages cannot be '0'"),
        (["id=99", "title=" + "x" * 21], InvalidValue, "it has 21 characters"),
        (["id=99", "title=x", "price=12345"], InvalidValue, "book.price cannot be '12345'"),
        (["id=99", "title=x", "tags:={}"], InvalidValue, "book.tags cannot be"),
        (["id=99", "title=x", "facts={"], InvalidValue, "book.facts cannot be"),
        (["id=99", "title:=[1]"], InvalidValue, "book.title cannot be"),
        (["id=99", "title=a\x00b"], InvalidValue, "no text can have"),
        (["id=99", "title=\udcff"], InvalidValue, "no text can have"),
        (["id=99999999999", "title=x"], InvalidValue, "book.id cannot be"),
        (["id=99"], MissingValue, "book.title needs a value"),
        (["id=99", "title:=null"], MissingValue, "book.title needs a value"),
        (["id=99", "title=x", "author_id=99"], BrokenReference, "author has no such row"),
        (["id=99", "title=x", "price=-1"], CheckFailed, "'priced': CHECK"),
        (["id=99", "titel=x"], UnknownField, "no field 'titel'"),
        (["id=99", "title=@nothing"], UsageError, "cannot be read"),
    ],
)
def test_a_refusal_names_the_column_and_what_is_allowed(
    still: Workspace, values: list[str], error: type[FidesdevError], message: str
) -> None:
    before = ask_one(still.database, "SELECT count(*) FROM book")
    with pytest.raises(error, match=message):
        records.create(still, "book", given(*values))
    assert ask_one(still.database, "SELECT count(*) FROM book") == before


def test_an_enum_tells_its_labels(library: Workspace) -> None:
    with pytest.raises(InvalidValue) as told:
        add(library, "book", "id=1", "title=x", "genre=x")
    assert told.value.hint
    assert 'novel, poem, it\'s "odd"' in told.value.hint


def test_duplicates_tell_the_field_and_its_value(library: Workspace) -> None:
    add(library, "author", "name=A")
    with pytest.raises(DuplicateRecord, match="author with name 'A'"):
        add(library, "author", "name=A")


def test_odd_names_of_tables_and_columns_are_names_only(library: Workspace) -> None:
    values = given("a b=%s", """c"%s=1""")
    with pytest.raises(UsageError, match="computed"):
        records.create(library, 'Odd "Name%', values)
    add(library, 'Odd "Name%', "a b=%(x)s'; --")
    page = records.list_(library, 'Odd "Name%', Selection(order=parse_order("-a b")))
    assert page.records == ({"a b": "%(x)s'; --", 'c"%s': 7},)
    shelf(library, 1)
    add(library, "loan", "book_id=1", "reader=%", "day %s=2026-01-01")
    assert records.get(library, "loan", "1,%").record["day %s"] == "2026-01-01"


def test_composite_keys_are_given_in_order_or_by_name(library: Workspace) -> None:
    shelf(library, 2)
    add(library, "loan", "book_id=1", "reader=x=y")
    record = records.get(library, "loan", "1,x=y").record
    assert records.get(library, "loan", "reader=x=y,book_id=1").record == record
    for wrong in ("1", "1,2,3", ""):
        with pytest.raises(UsageError, match="names no row"):
            records.get(library, "loan", wrong)
    with pytest.raises(UnknownRecord):
        records.get(library, "loan", "2,x")
    with pytest.raises(UsageError, match="no primary key"):
        records.get(library, "review", "1")


def test_update_changes_one_record_and_a_dry_run_none(library: Workspace) -> None:
    shelf(library, 2)
    dry = records.update(library, "book", "2", given("pages=7", "tags:=[]"), dry_run=True)
    assert dry.records[0]["pages"] == 7
    assert not dry.executed
    assert records.get(library, "book", "2").record["pages"] == 2
    assert records.update(library, "book", "2", given("pages=7")).updated == 1
    assert ask(library.database, "SELECT id, pages FROM book ORDER BY 1") == [(1, 1), (2, 7)]
    with pytest.raises(UnknownRecord):
        records.update(library, "book", "3", given("pages=7"))


def test_upsert_finds_its_record_by_whatever_is_unique(library: Workspace) -> None:
    add(library, "author", "id=5", "name=A")
    same = records.create(library, "author", given("id=5", "name=B"), conflict=())
    assert (same.created, same.updated) == (0, 1)
    new = records.create(library, "author", given("id=8", "name=C"), conflict=["name"])
    assert (new.created, new.updated) == (1, 0)
    records.create(library, "author", given("id=9", "name=C"), conflict=["name"])
    assert ask(library.database, "SELECT * FROM author ORDER BY 1") == [(5, "B"), (9, "C")]
    with pytest.raises(UsageError, match="does not tell the rows"):
        records.create(library, "book", given("id=1", "title=x"), conflict=["title"])
    with pytest.raises(MissingValue):
        records.create(library, "author", given("name=D"), conflict=())


def test_a_deletion_tells_what_foreign_keys_take_along(library: Workspace) -> None:
    shelf(library, 6)
    run(
        library.database,
        "UPDATE book SET sequel_of = 1 WHERE id = 2",
        "INSERT INTO review SELECT id, 'x' FROM book, generate_series(1, 3)",
    )
    dry = records.delete(library, "author", ["2"], dry_run=True)
    assert (dry.deleted, dry.executed) == (1, False)
    assert dry.effects == (Effect("book", 3, 1), Effect("review", 9, 0))
    assert ask_one(library.database, "SELECT count(*) FROM author") == 2
    done = records.delete(library, "author", ["2"])
    assert done.effects == dry.effects
    assert ask(library.database, "SELECT count(*), count(sequel_of) FROM book") == [(3, 0)]


def test_a_deletion_that_others_forbid_says_who(library: Workspace) -> None:
    shelf(library, 4)
    add(library, "loan", "book_id=3", "reader=x")
    with pytest.raises(BrokenReference, match="loan still refer to 3") as told:
        records.delete(library, "book", ["2", "3"])
    assert told.value.hint
    assert "records list loan --where book_id=3" in told.value.hint
    assert ask_one(library.database, "SELECT count(*) FROM book") == 4


def test_deletion_by_value_takes_every_match(library: Workspace) -> None:
    shelf(library, 9)
    where = parse_conditions(["genre:=null"])
    assert records.delete(library, "book", conditions=where).deleted == 3
    assert records.delete(library, "book", conditions=where).deleted == 0
    with pytest.raises(UnknownRecord):
        records.delete(library, "book", ["3"])
    with pytest.raises(UsageError):
        records.delete(library, "book")


def test_a_file_is_written_as_a_whole_or_not_at_all(library: Workspace) -> None:
    file = library.cwd / "authors.jsonl"
    file.write_text('{"id": 1, "name": "A"}\n\n{"id": 2, "name": "B"}\n', encoding="utf-8-sig")
    assert records.load(library, "author", file.name, dry_run=True).created == 2
    assert ask_one(library.database, "SELECT count(*) FROM author") == 0
    assert records.load(library, "author", file.name).created == 2
    file.write_text('id,name\n3,"C, ""c"""\n1,Z\n4,\n')
    with pytest.raises(MissingValue, match=r"line 4: author\.name") as told:
        records.load(library, "author", file.name, conflict=())
    assert told.value.facts["line"] == 4
    assert ask(library.database, "SELECT * FROM author ORDER BY 1") == [(1, "A"), (2, "B")]
    file.write_text('id,name\n3,"C, ""c"""\n1,Z\n')
    report = records.load(library, "author", file.name, conflict=())
    assert (report.created, report.updated) == (1, 1)
    assert ask(library.database, "SELECT name FROM author ORDER BY id") == [
        ("Z",),
        ("B",),
        ('C, "c"',),
    ]


@pytest.mark.parametrize(
    "text",
    [
        '{"id": 1, "name": "A"}\n[1]\n',
        '{"id": 1, "name": "A"}\n{"id": 2,\n',
        '{"id": 1, "name": "A"}\n{"id": NaN}\n',
        '{"id": 1, "name": "A"}\n' + "[" * 100_000 + "\n",
        'id,name\n1,A\n2,"B\n',
        "id,name\n1,A\n2\n",
        "id,id\n1,A\n",
        "id,name\n1,A\n2,\udcff\n",
    ],
)
def test_a_malformed_file_writes_nothing(library: Workspace, text: str) -> None:
    (library.cwd / "f").write_bytes(text.encode(errors="surrogateescape"))
    with pytest.raises(UsageError):
        records.load(library, "author", "f")
    assert ask_one(library.database, "SELECT count(*) FROM author") == 0


def test_what_only_a_commit_refuses_is_refused_by_a_dry_run(library: Workspace) -> None:
    run(
        library.database,
        "ALTER TABLE book ALTER CONSTRAINT book_author_id_fkey DEFERRABLE INITIALLY DEFERRED",
    )
    for dry_run in (True, False):
        with pytest.raises(BrokenReference, match="author has no such row"):
            records.create(
                library, "book", given("id=1", "title=x", "author_id=9"), dry_run=dry_run
            )


def test_a_cursor_belongs_to_its_list(library: Workspace) -> None:
    shelf(library, 9)
    page = records.list_(library, "book", Selection(order=parse_order("-pages")), limit=2)
    assert page.next
    after = parse_place(page.next)
    with pytest.raises(UsageError, match="continues a list of book sorted by -pages"):
        records.list_(library, "book", Selection(after=after))
    for text in ("x", "", "WzEsMV0", page.next[:-3]):
        with pytest.raises(UsageError):
            records.list_(library, "book", Selection(after=parse_place(text)))


def test_a_cursor_that_nobody_gave_is_a_page_or_an_error(library: Workspace) -> None:
    keys = ((), ("x",), (1, 2), (None,), (b"x",), ("(0,1)",), (1, 2, 3))
    for model in ("titles", "book", "loan", "review"):
        for key in keys:
            place = parse_place(str(Place(model, None, None, key)))
            with suppress(UsageError, RecordError):
                records.list_(library, model, Selection(after=place))


def test_a_value_may_come_from_a_file(library: Workspace) -> None:
    (library.cwd / "t.txt").write_text("é\n", encoding="utf-8")
    (library.cwd / "f.json").write_text('{"a": 1.5}')
    add(library, "book", "id=1", "title=@t.txt", "facts:=@f.json")
    record = records.get(library, "book", "1").record
    assert (record["title"], record["facts"]) == ("é\n", {"a": 1.5})
    values: dict[str, Given] = {"title": Json("@t"), "tags": Text("@x")}
    with pytest.raises(InvalidValue, match=r"book\.tags"):
        records.update(library, "book", "1", values)


def test_a_role_that_may_not_read_is_told_so(library: Workspace, tmp_path: Path) -> None:
    role = f"reader_{library.database.database}"
    run(library.database, f"CREATE ROLE {role} LOGIN PASSWORD 'x'")
    try:
        space = workspace(replace(library.database, user=role, password="x"), tmp_path)
        with pytest.raises(AuthenticationFailed, match="may not do that"):
            records.list_(space, "book")
    finally:
        run(library.database, f"DROP ROLE {role}")


def test_a_script_gives_values_of_python(library: Workspace) -> None:
    values = {"id": 1, "title": "x", "price": Decimal("1.50"), "tags": ["a"], "facts": {"a": None}}
    (record,) = records.create(library, "book", values).records
    assert record == {**record, **values, "price": "1.50"}
    loan = {"book_id": 1, "reader": "r", "day %s": date(2026, 5, 2)}
    assert records.create(library, "loan", loan).records[0]["day %s"] == "2026-05-02"
    with pytest.raises(InvalidValue, match=r"book\.facts"):
        records.update(library, "book", "1", {"facts": {"a": float("nan")}})
    with pytest.raises(InvalidValue, match=r"book\.facts"):
        records.update(library, "book", "1", {"facts": {"a": date(2026, 5, 2)}})
