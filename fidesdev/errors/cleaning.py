"""Docker cleanings and rebuilds that stopped before they changed what they must not change."""

from __future__ import annotations

from fidesdev.errors.docker import DockerError
from fidesdev.errors.migration import Interrupted


class DumpFailed(DockerError):
    """A database could not be saved before its volume would go; nothing was removed."""

    code = "dump_failed"

    def __init__(self, container: str, said: str) -> None:
        super().__init__(
            f"the databases of container {container!r} cannot be saved, and nothing was removed: "
            f"{said}",
            hint="See what is wrong with 'fidesdev docker logs', or let them go with "
            "'fidesdev docker clean --volumes --no-snapshot'.",
            container=container,
            said=said,
        )


class BuildInterrupted(Interrupted):
    """Ctrl-C while images were built; the containers of before still run."""

    def __init__(self, running: list[str]) -> None:
        super().__init__()
        kept = f"; as before still run: {', '.join(running)}" if running else ""
        self.args = (f"interrupted while images were built{kept}",)
        self.hint = "Go on with 'fidesdev docker rebuild'; finished parts of a build are kept."
        self.facts = {"running": running}


class CleaningInterrupted(Interrupted):
    """Ctrl-C while things were removed; what is left can be removed later."""

    def __init__(self, removed: int, total: int) -> None:
        super().__init__()
        self.args = (f"interrupted; removed are {removed} of {total}",)
        self.hint = "Go on with 'fidesdev docker clean' and the same options."
        self.facts = {"removed": removed, "total": total}
