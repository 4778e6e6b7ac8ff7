"""What the verbs answer that print text which is in the program itself."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Version:
    """Which fidesdev this is."""

    version: str


@dataclass(frozen=True, slots=True)
class HelpText:
    """A topic, or the help of a command."""

    topic: str
    """What was asked about; empty for the list of topics."""
    text: str


@dataclass(frozen=True, slots=True)
class CompletionScript:
    """What a shell reads so that it completes commands."""

    shell: str
    script: str
