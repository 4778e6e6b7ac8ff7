"""The line at the bottom of a terminal that tells how far a plan is, by Rich."""

from __future__ import annotations

from dataclasses import dataclass

from rich.console import Console
from rich.progress import BarColumn, ProgressColumn, Task
from rich.progress import Progress as RichProgress
from rich.text import Text

from fidesdev.core.reports import StepFinished, StepStarted, TrialFinished
from fidesdev.core.request_seeds import Written
from fidesdev.core.tenants import TenantFinished
from fidesdev.render.layout import Line
from fidesdev.render.terminal import show

_BAR = 24
_A_SECOND = 2
"""How often the times are drawn again."""
_MINUTE = 60


@dataclass(frozen=True, slots=True)
class Standing:
    """How much of how much is done."""

    done: int
    total: int


class Progress:
    """The line from the first event that counts something until `stop`; others scroll above it."""

    def __init__(self, console: Console) -> None:
        self._live = RichProgress(
            BarColumn(_BAR),
            _Counter(),
            console=console,
            transient=True,
            refresh_per_second=_A_SECOND,
            redirect_stdout=False,
            redirect_stderr=False,
        )
        self._task = self._live.add_task("", total=None, visible=False)

    def follow(self, event: object, told: Line | None) -> None:
        """Show what `told` says above the line, and how far the event says that it is."""
        standing = standing_of(event)
        if told and not isinstance(event, Written):  # which the line itself tells
            show([told], self._live.console)
        if standing:
            self._live.start()
            if not standing.done:  # what came before, such as a snapshot, says nothing of the rest
                self._live.reset(self._task)
            done, total = standing.done, standing.total
            self._live.update(self._task, completed=done, total=total, visible=True)

    def stop(self) -> None:
        """Take the line away."""
        self._live.stop()


def standing_of(event: object) -> Standing | None:
    """How far the event says that it is; None of one that counts nothing."""
    match event:
        case StepStarted():
            return Standing(event.number - 1, event.total)
        case StepFinished() | TrialFinished() | TenantFinished():
            return Standing(event.number, event.total)
        case Written():
            return Standing(event.done, event.total)
    return None


def counter(standing: Standing, elapsed: float) -> str:
    """`3/12, 6 s, about 18 s to go`: what remains takes as long as what is done took."""
    told = f"{standing.done:,}/{standing.total:,}, {_duration(elapsed)}"
    if not 0 < standing.done < standing.total:
        return told
    rest = elapsed / standing.done * (standing.total - standing.done)
    return f"{told}, about {_duration(rest)} to go"


def _duration(seconds: float) -> str:
    minutes, rest = divmod(round(seconds), _MINUTE)
    return f"{minutes} min {rest:02} s" if minutes else f"{rest} s"


class _Counter(ProgressColumn):
    """What `counter` says of the task."""

    def render(self, task: Task) -> Text:
        standing = Standing(int(task.completed), int(task.total or 0))
        return Text(counter(standing, task.elapsed or 0.0), style="dim")
