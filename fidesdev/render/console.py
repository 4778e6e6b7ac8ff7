"""Where text goes: results to stdout, everything else to stderr."""

from __future__ import annotations

import os
import sys
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from importlib import import_module
from typing import TYPE_CHECKING, TextIO

from fidesdev.errors import FidesdevError, OutputFailed
from fidesdev.render import envelope
from fidesdev.render.layout import Block, Cell, bad, line, notice, visible
from fidesdev.render.plain import plain

if TYPE_CHECKING:
    from fidesdev.render.progress import Progress


class Bottom:
    """What stands at the bottom of a terminal while work goes on, if anything does."""

    def __init__(self) -> None:
        self.progress: Progress | None = None

    def clear(self) -> None:
        """Take it away, so that something else can be shown."""
        if self.progress is not None:
            self.progress.stop()
            self.progress = None


@dataclass(frozen=True, slots=True)
class Output:
    """How one run of one command speaks."""

    as_json: bool = False
    quiet: bool = False
    verbose: bool = False
    colour: bool | None = None
    """None: as the terminal and NO_COLOR, FORCE_COLOR say."""
    bottom: Bottom = field(default_factory=Bottom)
    """Shared by all that speak in one run."""

    def report(self, command: str, report: object, *, finding: bool = False) -> None:
        """Print the result of a command."""
        if self.as_json:
            self.text(envelope.success(command, report, finding=finding))
        else:
            self.blocks(blocks_of(report))

    def blocks(self, blocks: Iterable[Block], stream: TextIO | None = None) -> None:
        """Print blocks as the stream can show them."""
        self.bottom.clear()
        target = stream or sys.stdout
        colour = self._has_colour(target)
        with _written(result=stream is None):
            if colour or _is_terminal(target):
                from fidesdev.render.terminal import console, show

                show(blocks, console(target, colour=colour))
            else:
                target.writelines(text + "\n" for text in plain(blocks))

    def text(self, text: str) -> None:
        """Print text as it is to stdout."""
        self.bottom.clear()
        with _written(result=True):
            sys.stdout.write(text if text.endswith("\n") else text + "\n")

    def data(self, text: str) -> None:
        """Print what others wrote to stdout, as it is but on a terminal, which it could control."""
        self.text(visible(text) if _is_terminal(sys.stdout) else text)

    def flush(self) -> None:
        """Let everything be printed now; raises `OutputFailed` where stdout does not take it."""
        with _written(result=True):
            sys.stdout.flush()

    def say(self, *parts: Cell) -> None:
        """Tell something beside the result, unless asked to be quiet."""
        if not (self.quiet or self.as_json):
            self.blocks([line(*parts)], sys.stderr)

    def event(self, event: object) -> None:
        """Tell what is going on."""
        from fidesdev.render.events import event_line

        if self.quiet or self.as_json:
            return
        shown = event_line(event)
        if _can_redraw(sys.stderr):
            with _written(result=False):
                self._progress().follow(event, shown)
        elif shown:
            self.blocks([shown], sys.stderr)

    def error(self, command: str, error: FidesdevError) -> None:
        """Tell an expected failure: on stdout as JSON, else on stderr."""
        if self.as_json:
            self.text(envelope.failure(command, error))
            return
        self.blocks([line(bad("error: "), str(error))], sys.stderr)
        if error.hint:
            self.blocks([line(notice("hint: "), error.hint)], sys.stderr)
        if self.verbose and (text := getattr(error, "traceback", "")):
            sys.stderr.write(visible(text))

    def ask(self, question: str) -> bool:
        """Whether the person at the terminal says yes; Enter is no."""
        self.blocks([line(notice(question), " [y/N]")], sys.stderr)
        return sys.stdin.readline().strip().lower() in {"y", "yes"}

    @property
    def can_ask(self) -> bool:
        """Whether somebody is there to answer."""
        return not self.as_json and sys.stdin.isatty() and sys.stderr.isatty()

    def _progress(self) -> Progress:
        if self.bottom.progress is None:
            from fidesdev.render.progress import Progress
            from fidesdev.render.terminal import console

            self.bottom.progress = Progress(
                console(sys.stderr, colour=self._has_colour(sys.stderr))
            )
        return self.bottom.progress

    def _has_colour(self, stream: TextIO) -> bool:
        if self.colour is not None:
            return self.colour
        if os.environ.get("NO_COLOR"):
            return False
        if os.environ.get("FORCE_COLOR"):
            return True
        return _is_terminal(stream) and os.environ.get("TERM") != "dumb"


def blocks_of(report: object) -> Iterable[Block]:
    """The report's picture: what `core/NOUN.py` defines, `render/NOUN.py` draws."""
    noun = type(report).__module__.rpartition(".")[2]
    drawn: Iterable[Block] = import_module(f"fidesdev.render.{noun}").blocks(report)
    return drawn


@contextmanager
def _written(*, result: bool) -> Iterator[None]:
    """Raise `OutputFailed` where a result cannot be written; what stands beside it may go unheard.

    A migration must not fail because nobody reads how far it is.
    """
    try:
        yield
    except BrokenPipeError:
        if result:
            raise
    except OSError as error:
        if result:
            raise OutputFailed(error.strerror or str(error)) from error


def _can_redraw(stream: TextIO) -> bool:
    """Whether a line can be drawn over and over."""
    return _is_terminal(stream) and os.environ.get("TERM", "dumb") not in {"dumb", "unknown"}


def _is_terminal(stream: TextIO) -> bool:
    return stream.isatty()
