"""What a cleaning takes and what it leaves, on engines as literals and on any engine at all."""

from __future__ import annotations

from dataclasses import replace
from itertools import pairwise

from hypothesis import given
from hypothesis import strategies as st

from fidesdev.core.cleaning_plan import Cleaning, Removal, plan_cleaning
from fidesdev.core.compose import ComposeProject, ComposeService, Resource
from fidesdev.core.engine import PROJECT_LABEL
from fidesdev.core.engine_objects import EngineObject, Kind, with_tag

PROJECT = ComposeProject(
    name="shop",
    folder="/src/shop",
    files=("/src/shop/compose.yml",),
    services=(
        ComposeService("app", image="shop-app", is_built=True, other_image="shop_app"),
        ComposeService("worker", image="acme/worker:dev", is_built=True),
        ComposeService("db", image="postgres:16", is_built=False),
    ),
    volumes=(Resource("data", "shop_data"), Resource("theirs", "common", is_external=True)),
    networks=(Resource("default", "shop_default"),),
)
OURS = {PROJECT_LABEL: "shop"}
THEIRS = {PROJECT_LABEL: "blog"}


def container(name: str, labels: dict[str, str] | None = None) -> EngineObject:
    told = OURS if labels is None else labels
    return EngineObject(
        Kind.CONTAINER, name, name, told, 10, state="running", folder="/src/shop" if told else None
    )


def volume(name: str, *users: str, ours: bool = True, anonymous: bool = False) -> EngineObject:
    labels = {PROJECT_LABEL: "shop"} if ours else {}
    used = frozenset(users)
    return EngineObject(Kind.VOLUME, name, name, labels, 100, users=used, anonymous=anonymous)


def image(id_: str, *tags: str, parent: str = "", users: tuple[str, ...] = ()) -> EngineObject:
    used = frozenset(users)
    return EngineObject(
        Kind.IMAGE, id_, tags[0] if tags else id_, {}, 1000, users=used, tags=tags, parent=parent
    )


def clean(*held: EngineObject, volumes: bool = True, images: bool = True) -> Cleaning:
    """Everything goes that may go, unless an option says otherwise."""
    return plan_cleaning(held, PROJECT, volumes=volumes, images=images)


def names(cleaning: Cleaning) -> list[str]:
    return [removal.item.name for removal in cleaning.removals]


def reasons(cleaning: Cleaning) -> dict[str, str]:
    return {item.name: item.why for item in cleaning.kept}


def test_containers_and_networks_go_and_the_rest_is_opted_in() -> None:
    net = EngineObject(Kind.NETWORK, "n", "shop_default", {PROJECT_LABEL: "shop"})
    held = (volume("shop_data", "db"), image("i", "shop_app:latest"), net, container("db"))
    plain = clean(*held, volumes=False, images=False)
    assert names(plain) == ["db", "shop_default"]
    assert reasons(plain) == {
        "shop_data": "volumes stay without --volumes",
        "shop_app:latest": "images stay without --images",
    }
    assert names(clean(*held)) == ["db", "shop_default", "shop_data", "shop_app:latest"]
    assert clean(*held).bytes == 1110


def test_of_other_projects_and_of_what_nobody_labelled_nothing_is_said() -> None:
    held = (
        container("blog-db", THEIRS),
        container("by-hand", {"app": "x"}),
        volume("somebody", ours=False),
        image("x", "ubuntu:24.04"),
    )
    assert clean(*held) == Cleaning((), ())


def test_external_volume_stays_whatever_its_label_says() -> None:
    cleaning = clean(volume("common"))
    assert reasons(cleaning) == {"common": "external: the project uses it and did not make it"}


def test_volume_and_network_that_another_project_uses_stay() -> None:
    net = EngineObject(
        Kind.NETWORK, "n", "shop_default", {PROJECT_LABEL: "shop"}, users=frozenset({"blog-db"})
    )
    held = (container("db"), container("blog-db", THEIRS), volume("d", "db", "blog-db"), net)
    assert names(clean(*held)) == ["db"]
    assert reasons(clean(*held)) == dict.fromkeys(("d", "shop_default"), "used by blog-db of blog")


def test_volume_of_a_container_that_nobody_knows_stays() -> None:
    assert reasons(clean(volume("d", "vanished"))) == {"d": "in use"}


def test_container_of_another_checkout_stays_with_what_it_uses() -> None:
    twin = replace(container("twin"), folder="/src/shop-2")
    held = (container("db"), twin, volume("d", "db", "twin"))
    cleaning = plan_cleaning(held, PROJECT, volumes=True, images=True, checkouts={"/src/shop-2"})
    assert names(cleaning) == ["db"]
    assert reasons(cleaning) == {
        "twin": "of another checkout, /src/shop-2",
        "d": "used by twin of shop",
    }
    assert names(clean(*held)) == ["db", "twin", "d"]  # that folder is gone


def test_unnamed_volume_goes_with_its_container_only() -> None:
    own, shared = (volume(c * 64, "db", ours=False, anonymous=True) for c in "ab")
    shared = replace(shared, users=frozenset({"db", "blog-db"}))
    held = (container("db"), container("blog-db", THEIRS), own, shared)
    (_db, gone) = clean(*held).removals
    assert (gone.id, gone.implied, gone.item.why) == ("a" * 64, True, "made for its container")
    assert reasons(clean(*held, volumes=False)) == {"a" * 64: "volumes stay without --volumes"}


def test_images_go_that_the_file_builds_by_either_composes_name() -> None:
    held = (
        image("1", "shop_app:latest"),
        image("2", "shop-app:latest"),
        image("3", "acme/worker:dev"),
        image("4", "postgres:16"),
        image("5", "acme/worker:prod"),
    )
    assert sorted(names(clean(*held))) == ["acme/worker:dev", "shop-app:latest", "shop_app:latest"]
    assert reasons(clean(*held)) == {"postgres:16": "not built by this project's file"}


def test_image_with_another_name_loses_the_projects_only() -> None:
    (removal,) = clean(image("1", "shop-app:latest", "acme/shop:1.0")).removals
    assert (removal.id, removal.item.bytes) == ("shop-app:latest", 0)
    assert removal.item.why == "stays as acme/shop:1.0"


def test_image_that_another_projects_container_was_made_from_stays() -> None:
    held = (container("old", THEIRS), image("1", "shop-app:latest", users=("old",)))
    assert reasons(clean(*held)) == {"shop-app:latest": "used by old of blog"}


def test_image_built_last_by_another_project_stays() -> None:
    theirs = replace(image("1", "acme/worker:dev"), labels={PROJECT_LABEL: "blog"})
    assert reasons(clean(theirs)) == {"acme/worker:dev": "built last by project blog"}


def test_image_that_others_are_built_on_stays_and_children_go_first() -> None:
    base, child = image("1", "acme/worker:dev"), image("2", "shop-app:latest", parent="1")
    assert names(clean(base, child)) == ["shop-app:latest", "acme/worker:dev"]
    foreign = image("3", "blog:1", parent="1")
    assert reasons(clean(base, child, foreign)) == {"acme/worker:dev": "blog:1 is built on it"}
    named = replace(base, tags=("acme/worker:dev", "acme/worker:1"))
    assert names(clean(named, child, foreign)) == ["shop-app:latest", "acme/worker:dev"]


def test_unnamed_layers_go_with_the_image_that_alone_stands_on_them() -> None:
    chain = [image("0", "base:1"), image("1", parent="0"), image("2", parent="1")]
    child = image("3", "shop-app:latest", parent="2")
    assert names(clean(*chain, child)) == [
        "shop-app:latest",
        "2 unnamed layers of shop-app:latest",
    ]
    cached = image("4", "blog:1", parent="1")
    assert names(clean(*chain, child, cached))[1] == "1 unnamed layers of shop-app:latest"


def test_build_cache_of_nobody_in_particular_stays() -> None:
    cache = EngineObject(Kind.CACHE, "", "build cache", bytes=5000)
    assert reasons(clean(cache)) == {
        "build cache": "the engine does not say of which project it is"
    }


def test_untagged_image_with_the_projects_label_goes_by_its_id() -> None:
    outdated = replace(image("sha256:1"), labels=OURS)
    (removal,) = clean(outdated).removals
    assert removal.id == "sha256:1"
    assert clean(outdated, image("2", "blog:1", parent="sha256:1")) == Cleaning((), ())


IDS = [f"c{number}" for number in range(4)]
LABELS = st.sampled_from([{}, OURS, THEIRS])
TAGS = st.sampled_from(
    ["shop-app:latest", "shop_app:latest", "acme/worker:dev", "postgres:16", "blog:1", "shop-x:1"]
)
USERS = st.frozensets(st.sampled_from([*IDS, "unseen"]), max_size=2)


@st.composite
def engines(draw: st.DrawFn) -> tuple[EngineObject, ...]:
    """Any containers, networks, volumes and images, used by each other in any way."""
    held = [
        EngineObject(Kind.CONTAINER, id_, id_, draw(LABELS), draw(st.integers(0, 9)))
        for id_ in draw(st.sets(st.sampled_from(IDS)))
    ]
    for number in range(draw(st.integers(0, 4))):
        kind = draw(st.sampled_from([Kind.NETWORK, Kind.VOLUME]))
        name = draw(st.sampled_from(["common", "shop_data", f"x{number}"]))
        anonymous = kind is Kind.VOLUME and draw(st.booleans())
        if all(one.name != name for one in held):
            held.append(
                EngineObject(kind, name, name, draw(LABELS), users=draw(USERS), anonymous=anonymous)
            )
    tags = draw(st.lists(TAGS, unique=True))
    for number, (start, end) in enumerate(pairwise([*range(0, len(tags), 2), len(tags)])):
        users, parent = draw(USERS), draw(st.sampled_from(["", *(f"i{n}" for n in range(number))]))
        made = image(f"i{number}", *tags[start:end], parent=parent)
        held.append(replace(made, users=users, labels=draw(LABELS)))
    return tuple(held)


def after(
    held: tuple[EngineObject, ...], removals: tuple[Removal, ...]
) -> tuple[EngineObject, ...]:
    """The engine when those are gone; what is implied goes with a container."""
    containers = {r.id for r in removals if r.kind is Kind.CONTAINER}
    gone = {(r.kind, r.id) for r in removals if not r.implied}
    left = []
    for one in held:
        tags = tuple(tag for tag in one.tags if (Kind.IMAGE, tag) not in gone)
        along = one.anonymous and one.users and one.users <= containers
        if (one.kind, one.id) in gone or along or (one.tags and not tags):
            continue
        left.append(replace(one, tags=tags, users=one.users - containers))
    return tuple(left)


@given(engines(), st.booleans(), st.booleans())
def test_nothing_without_the_projects_label_is_ever_removed_but_images_that_its_file_builds(
    held: tuple[EngineObject, ...], volumes: bool, images: bool
) -> None:
    cleaning = plan_cleaning(held, PROJECT, volumes=volumes, images=images)
    going = {r.id for r in cleaning.removals if r.kind is Kind.CONTAINER}
    built = set(map(with_tag, PROJECT.built_images))
    by_id = {(one.kind, name): one for one in held for name in (one.id, *one.tags)}
    for removal in cleaning.removals:
        if removal.kind is Kind.CACHE:
            continue
        one = by_id[removal.kind, removal.id]
        along = one.anonymous and one.users and one.users <= going
        assert one.project == "shop" or removal.id in built or along
        assert one.kind is Kind.CONTAINER or one.users <= going
        assert one.name != "common" or one.kind is not Kind.VOLUME
        assert images or one.kind is not Kind.IMAGE
        assert volumes or one.kind is not Kind.VOLUME


@given(engines(), st.data())
def test_cleaning_cut_short_anywhere_and_done_again_ends_as_one_that_was_not(
    held: tuple[EngineObject, ...], data: st.DataObject
) -> None:
    whole = plan_cleaning(held, PROJECT, volumes=True, images=True)
    done = data.draw(st.integers(0, len(whole.removals)))
    left = after(held, whole.removals[:done])
    again = plan_cleaning(left, PROJECT, volumes=True, images=True)
    ids = {(r.kind, r.id) for r in whole.removals[done:] if not r.implied}
    assert ids <= {(r.kind, r.id) for r in again.removals if not r.implied} | {
        (r.kind, r.id) for r in whole.removals[:done]
    }
    assert (
        plan_cleaning(after(left, again.removals), PROJECT, volumes=True, images=True).removals
        == ()
    )


@given(engines())
def test_everything_that_carries_the_label_either_goes_or_is_said_to_stay(
    held: tuple[EngineObject, ...],
) -> None:
    cleaning = plan_cleaning(held, PROJECT, volumes=True, images=True)
    told = {(r.kind, r.id) for r in cleaning.removals}
    told |= {(item.kind, item.name) for item in cleaning.kept}
    for one in held:
        if one.project == "shop" and one.kind is not Kind.IMAGE:
            assert {(one.kind, one.id), (one.kind, one.name)} & told
