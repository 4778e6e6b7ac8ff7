"""What `docker clean` removes, what it keeps, and why: decided before anything is touched.

Removed is what carries the label of the Compose project, and images that its file builds; of these
nothing that anybody else uses. `tests/core/test_cleaning_plan.py` holds this for any engine.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Sequence
from dataclasses import dataclass
from functools import cached_property

from fidesdev.core.cleaning import CleanItem
from fidesdev.core.compose import ComposeProject
from fidesdev.core.engine_objects import EngineObject, Kind, with_tag


@dataclass(frozen=True, slots=True)
class Removal:
    """One thing that the engine is to remove."""

    kind: Kind
    id: str
    """As the engine is told: of an image its name, where it has one."""
    item: CleanItem
    implied: bool = False
    """Whether the engine removes it by itself, with something else."""


@dataclass(frozen=True, slots=True)
class Cleaning:
    """The whole decision; the removals are in an order that the engine accepts."""

    removals: tuple[Removal, ...]
    kept: tuple[CleanItem, ...]

    @property
    def bytes(self) -> int:
        """What is free afterwards, as far as the engine knows."""
        return sum(removal.item.bytes or 0 for removal in self.removals)


def plan_cleaning(
    held: Iterable[EngineObject],
    project: ComposeProject,
    *,
    volumes: bool,
    images: bool,
    checkouts: Collection[str] = (),
) -> Cleaning:
    """What goes and what stays of all that an engine holds.

    `checkouts` are folders that may have the same project name and be in use.
    """
    judge = _Judge(tuple(held), project, volumes, images, frozenset(checkouts))
    removals = tuple(judge.removals())
    return Cleaning(removals, tuple(judge.kept()))


@dataclass(frozen=True)
class _Judge:
    held: tuple[EngineObject, ...]
    project: ComposeProject
    volumes: bool
    images: bool
    checkouts: frozenset[str]

    def removals(self) -> Iterator[Removal]:
        for one in self._of(Kind.CONTAINER):
            if one.id in self.going:
                yield _removal(one)
        for kind in (Kind.NETWORK, Kind.VOLUME):
            for one in self._of(kind):
                if not self._stays(one):
                    yield _removal(one, implied=self._goes_along(one))
        yield from self._image_removals()

    def kept(self) -> Iterator[CleanItem]:
        for one in self.held:
            if self._is_candidate(one) and (why := self._reason(one)) is not None:
                yield _item(one, why)
            elif one.kind is Kind.CACHE and one.bytes:
                yield _item(one, "the engine does not say of which project it is")

    @cached_property
    def going(self) -> frozenset[str]:
        """The ids of the containers that are removed."""
        return frozenset(
            one.id
            for one in self._of(Kind.CONTAINER)
            if self._is_ours(one) and self._reason_of_container(one) is None
        )

    @cached_property
    def going_images(self) -> tuple[EngineObject, ...]:
        """The images that are removed under a name at least, those built on others first."""
        found = [one for one in self._of(Kind.IMAGE) if not self._stays(one)]
        return tuple(sorted(found, key=lambda one: -len(self._ancestors(one))))

    def _image_removals(self) -> Iterator[Removal]:
        gone = {one.id for one in self.going_images if self._goes_wholly(one)}
        for one in self.going_images:
            whole = one.id in gone
            for tag in self._own_tags(one) or (one.id,):
                why = "" if whole else f"stays as {', '.join(self._foreign_tags(one))}"
                item = CleanItem(Kind.IMAGE, tag, one.bytes if whole else 0, one.created, why=why)
                yield Removal(Kind.IMAGE, tag, item)
            if layers := self._layers(one, gone):
                name = f"{layers} unnamed layers of {item.name}"
                yield Removal(Kind.CACHE, "", CleanItem(Kind.CACHE, name, None, None), implied=True)

    def _stays(self, one: EngineObject) -> bool:
        return not self._is_candidate(one) or self._reason(one) is not None

    def _is_ours(self, one: EngineObject) -> bool:
        return one.project == self.project.name

    def _is_candidate(self, one: EngineObject) -> bool:
        """Whether it is the project's, or its file speaks of it; of all else nothing is said."""
        match one.kind:
            case Kind.CONTAINER:
                return self._is_ours(one)
            case Kind.NETWORK:
                return self._is_ours(one) or self._is_external(one)
            case Kind.VOLUME:
                return self._is_ours(one) or self._is_external(one) or self._goes_along(one)
            case Kind.IMAGE:
                return bool(self._own_tags(one)) or self._is_pulled(one) or self._is_untagged(one)
        return False

    def _reason(self, one: EngineObject) -> str | None:
        """Why something of the project stays; None where it goes."""
        match one.kind:
            case Kind.CONTAINER:
                return self._reason_of_container(one)
            case Kind.IMAGE:
                return self._reason_of_image(one)
        if self._is_external(one):
            return "external: the project uses it and did not make it"
        if one.kind is Kind.VOLUME and not self.volumes:
            return "volumes stay without --volumes"
        return self._reason_of_users(one)

    def _reason_of_container(self, one: EngineObject) -> str | None:
        folder = one.folder
        if folder is None or folder == self.project.folder:
            return None
        if folder in self.checkouts:
            return f"of another checkout, {folder}"
        return None

    def _reason_of_image(self, one: EngineObject) -> str | None:
        if self._is_pulled(one):
            return "not built by this project's file"
        if one.project not in {None, self.project.name}:
            return f"built last by project {one.project}"
        if not self.images:
            return "images stay without --images"
        if self._goes_wholly(one):
            children = [other for other in self._of(Kind.IMAGE) if self._is_built_on(other, one)]
            if foreign := [other for other in children if self._stays(other)]:
                return f"{_names(foreign)} is built on it"
        return self._reason_of_users(one)

    def _reason_of_users(self, one: EngineObject) -> str | None:
        others = [
            self._containers[id_] for id_ in one.users - self.going if id_ in self._containers
        ]
        if not others:
            return None if one.users <= self.going else "in use"
        return f"used by {_names(others)}"

    def _is_external(self, one: EngineObject) -> bool:
        declared = self.project.volumes if one.kind is Kind.VOLUME else self.project.networks
        return any(each.name == one.name for each in declared if each.is_external)

    def _goes_along(self, one: EngineObject) -> bool:
        """Whether the engine made the volume for containers that go, and for no other."""
        return one.anonymous and bool(one.users) and one.users <= self.going

    def _is_pulled(self, one: EngineObject) -> bool:
        return not self._pulled.isdisjoint(one.tags) and not self._own_tags(one)

    def _is_untagged(self, one: EngineObject) -> bool:
        """Whether a newer build took its name; a layer of another image has its label too."""
        return self._is_ours(one) and not one.tags and one.id not in self._bases

    def _own_tags(self, one: EngineObject) -> tuple[str, ...]:
        """The names under which the project's file builds the image, or Compose named it."""
        project = self.project.name
        default = (f"{project}-", f"{project}_") if self._is_ours(one) else ()
        return tuple(t for t in one.tags if t in self._built or t.startswith(default))

    def _foreign_tags(self, one: EngineObject) -> tuple[str, ...]:
        own = self._own_tags(one)
        return tuple(tag for tag in one.tags if tag not in own)

    def _goes_wholly(self, one: EngineObject) -> bool:
        return not self._foreign_tags(one)

    def _is_built_on(self, one: EngineObject, base: EngineObject) -> bool:
        return bool(one.tags) and base.id in self._ancestors(one)

    def _ancestors(self, one: EngineObject) -> tuple[str, ...]:
        """The ids of the images that an image was made from, the nearest first."""
        found: dict[str, None] = {}
        while one.parent and one.parent not in found:
            found[one.parent] = None
            if one.parent not in self._images:
                break
            one = self._images[one.parent]
        return tuple(found)

    def _layers(self, one: EngineObject, gone: set[str]) -> int:
        """How many unnamed images go with it, because no other image is made from them."""
        if one.id not in gone:
            return 0
        count = 0
        for id_ in self._ancestors(one):
            base = self._images.get(id_)
            children = {other.id for other in self._of(Kind.IMAGE) if other.parent == id_}
            if base is None or base.tags or base.users or not children <= gone:
                break
            gone.add(id_)
            count += 1
        return count

    @cached_property
    def _built(self) -> frozenset[str]:
        """The images that the file builds."""
        return frozenset(map(with_tag, self.project.built_images))

    @cached_property
    def _pulled(self) -> frozenset[str]:
        """The images that it takes from elsewhere."""
        return frozenset(with_tag(one.image) for one in self.project.services if not one.is_built)

    @cached_property
    def _containers(self) -> dict[str, EngineObject]:
        return {one.id: one for one in self._of(Kind.CONTAINER)}

    @cached_property
    def _images(self) -> dict[str, EngineObject]:
        return {one.id: one for one in self._of(Kind.IMAGE)}

    @cached_property
    def _bases(self) -> frozenset[str]:
        """The ids of the images that others were made from."""
        return frozenset(one.parent for one in self._images.values())

    def _of(self, kind: Kind) -> Iterator[EngineObject]:
        return (one for one in self.held if one.kind is kind)


def _removal(one: EngineObject, *, implied: bool = False) -> Removal:
    return Removal(
        one.kind, one.id, _item(one, "made for its container" if implied else ""), implied
    )


def _item(one: EngineObject, why: str) -> CleanItem:
    name = ", ".join(one.tags) or one.name if one.kind is Kind.IMAGE else one.name
    return CleanItem(one.kind, name, one.bytes, one.created, one.state, why)


def _names(others: Sequence[EngineObject]) -> str:
    """The names, each with its project."""
    told = (f"{one.name} of {one.project}" if one.project else one.name for one in others)
    return ", ".join(sorted(told))
