"""What is said of a plan that is not one transaction, before it runs and while it does."""

from __future__ import annotations

from fidesdev.core.reports import Event, PlanNotAtomic
from fidesdev.render.plain import plain
from fidesdev.render.reports import blocks
from fidesdev.services import migrations
from tests.projects import Project
from tests.services.conftest import Make

WHY = "auto leaves the transaction by autocommit_block()"
BLOCK = "with op.get_context().autocommit_block():\n    op.execute('SELECT 1')"


def leaving(make: Make) -> Project:
    project = make("base0 > auto > last")
    project.break_step("auto", up=BLOCK)
    return project


def test_plan_says_why_it_is_not_one_transaction(make: Make) -> None:
    project = leaving(make)
    report = migrations.upgrade(project.workspace).report
    assert (report.atomic, report.not_atomic_because) == (False, (WHY,))
    assert f"Not one transaction: {WHY}." in list(plain(blocks(report)))


def test_plan_of_other_steps_is_one_transaction(make: Make) -> None:
    project = leaving(make)
    report = migrations.upgrade(project.workspace, "base0").report
    assert (report.atomic, report.not_atomic_because) == (True, ())
    assert not any("transaction" in text for text in plain(blocks(report)))


def test_it_is_told_again_before_the_first_step(make: Make) -> None:
    project = leaving(make)
    events: list[Event] = []
    migrations.execute(migrations.upgrade(project.workspace), on_event=events.append)
    assert events[0] == PlanNotAtomic((WHY,))
    assert sum(isinstance(event, PlanNotAtomic) for event in events) == 1


def test_transaction_per_migration_is_a_reason(make: Make) -> None:
    project = make("base0 > last", options={"transaction_per_migration": True})
    report = migrations.upgrade(project.workspace).report
    assert report.not_atomic_because == ("env.py asks for a transaction per migration",)
