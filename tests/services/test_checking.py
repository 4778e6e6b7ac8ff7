"""`check` on real repositories: the working tree, git's objects, and nothing that is run."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from fidesdev.errors import UnknownKey, UsageError, WrongType
from fidesdev.services.checking import explanations
from tests.repositories import VERSIONS, Repository, make_repository
from tests.services.checked import COMPARING, checkable, checked, diverge, found


@pytest.fixture
def repo(tmp_path: Path) -> Repository:
    return checkable(tmp_path / "project")


def test_a_sound_checkout_has_no_findings(repo: Repository) -> None:
    report = checked(repo)
    assert (report.findings, report.skipped, report.against) == ((), (), "main")
    assert set(COMPARING) <= set(report.checked)
    assert "models" not in report.checked
    assert not report.fails(strict=True)


def test_two_heads_are_found_before_the_merge(repo: Repository) -> None:
    diverge(repo)
    assert found(repo) == [("merge-result", "topic2"), ("down-revision", "topic1")]
    assert found(repo, "heads") == []


def test_two_heads_are_found_after_the_merge(repo: Repository) -> None:
    diverge(repo)
    repo.git("merge", "-q", "--no-edit", "main")
    assert [code for code, _ in found(repo)] == ["heads", "merge-result", "down-revision"]


def test_a_branch_on_the_head_is_sound(repo: Repository) -> None:
    diverge(repo)
    repo.git("merge", "-q", "--no-edit", "main")
    repo.write("topic1", "main2")
    assert found(repo) == []


def test_what_is_not_committed_counts(repo: Repository) -> None:
    repo.write("new1", "main1")
    repo.write("new2", "main1")
    assert found(repo, "heads") == [("heads", "new2")]


def test_a_finding_says_where_it_is(repo: Repository) -> None:
    diverge(repo)
    (one,) = checked(repo, "down-revision").findings
    assert (one.path, one.line) == (f"{VERSIONS}/topic1.py", 3)
    assert one.message == "revision topic1 is written on main1, and main is at main2"
    assert (one.severity, one.hint) == ("error", "Move it with 'fidesdev db rebase'.")


def test_paths_are_relative_to_a_project_below_the_top(tmp_path: Path) -> None:
    top = make_repository(tmp_path)
    inner = Repository(tmp_path / "app")
    inner.write("one")
    (inner.folder / "alembic.ini").write_text("[alembic]\nscript_location = migrations\n")
    (inner.folder / ".fides.toml").write_text("[fidesdev]\n")
    top.commit()
    inner.write("one", text="x = 1")
    inner.write("two", "one").rename(inner.versions / "renamed.py")
    report = checked(inner, "edited", "filename")
    assert report.against == "main"
    assert [(one.code, one.path) for one in report.findings] == [
        ("edited", f"{VERSIONS}/one.py"),
        ("filename", f"{VERSIONS}/renamed.py"),
    ]


def test_only_code_makes_an_edit(repo: Repository) -> None:
    repo.git("checkout", "-q", "-b", "topic")
    repo.write("main1", text="# a comment\n")
    assert found(repo, "edited") == []
    repo.write("main1", text="x = 1")
    assert found(repo, "edited") == [("edited", "main1")]


def test_upstream_s_own_edit_is_none_here(repo: Repository) -> None:
    repo.git("checkout", "-q", "-b", "topic")
    repo.git("checkout", "-q", "main")
    repo.write("main1", text="x = 1")
    repo.commit("edit")
    repo.git("checkout", "-q", "topic")
    assert found(repo, "edited") == []
    repo.write("main1", text="x = 1  # the same")
    assert found(repo, "edited") == []
    repo.write("main1", text="x = 2")
    assert found(repo, "edited") == [("edited", "main1")]


def test_a_deleted_revision_is_found(repo: Repository) -> None:
    repo.write("main2", "main1")
    repo.commit()
    (repo.versions / "main2.py").unlink()
    assert found(repo, *COMPARING) == [("deleted", "main2")]


def test_line_ends_of_the_checkout_change_nothing(repo: Repository) -> None:
    diverge(repo)
    for path in repo.versions.glob("*.py"):
        path.write_bytes(path.read_bytes().replace(b"\n", b"\r\n"))
    repo.git("checkout", "-q", "main", "--", VERSIONS)
    (repo.versions / "main1.py").write_bytes(
        (repo.versions / "main1.py").read_bytes().replace(b"\n", b"\r\n")
    )
    assert found(repo, "edited", "deleted") == []


def test_a_conflict_in_the_middle_of_a_merge_stops_nothing(repo: Repository) -> None:
    diverge(repo)
    file = repo.versions / "topic1.py"
    old = file.read_text()
    file.write_text(f"<<<<<<< HEAD\n{old}=======\n{old.replace('main1', 'main2')}>>>>>>> main\n")
    (one,) = checked(repo, "conflict-markers", "unreadable").findings
    assert (one.code, one.revision, one.line) == ("conflict-markers", "topic1", 1)


def test_a_broken_graph_is_a_list_of_findings(repo: Repository) -> None:
    repo.write("main2", "gone")
    repo.write("main3", "main3")
    repo.write("main1x", "main1")
    repo.write("x1", "main1", name=f"{VERSIONS}/main1_again.py").write_text(
        (repo.versions / "main1.py").read_text()
    )
    (repo.versions / "broken.py").write_text("x = (")
    codes = {code for code, _ in found(repo)}
    assert {"ids", "orphans", "cycles", "unreadable"} <= codes


def test_a_file_that_cannot_be_read_is_a_finding(repo: Repository) -> None:
    (repo.versions / "dangling.py").symlink_to(repo.folder / "nowhere.py")
    (one,) = checked(repo).findings
    assert (one.code, one.path) == ("unreadable", "nowhere.py")


def test_nothing_is_imported(repo: Repository) -> None:
    repo.write("new1", "main1", text="raise SystemExit('imported')")
    (repo.folder / "migrations" / "env.py").write_text("raise SystemExit('imported')")
    assert found(repo, "heads", "merge-result") == []


@pytest.mark.parametrize("again", [False, True])
def test_the_cache_changes_no_answer(repo: Repository, again: bool) -> None:
    diverge(repo)
    for path in repo.versions.glob("*.py"):
        os.utime(path, (1_500_000_000, 1_500_000_000))
    first = checked(repo)
    cache = repo.folder / ".fidesdev" / "checks.json"
    assert cache.exists()
    if again:
        cache.write_bytes(b"torn")
    assert checked(repo) == first
    repo.write("topic1", "main2")
    assert [code for code, _ in found(repo, "down-revision")] == []


def test_what_is_named_alone_is_checked(repo: Repository) -> None:
    repo.write("main2", "gone")
    report = checked(repo, "heads", "ids")
    assert (report.checked, report.findings) == (("heads", "ids"), ())


@pytest.mark.parametrize("code", ["head", "round-trip"])
def test_a_code_that_is_not_there_is_a_usage_error(repo: Repository, code: str) -> None:
    with pytest.raises(UsageError) as caught:
        checked(repo, code)
    assert caught.value.exit_code == 2


def test_the_configuration_decides_how_severe_a_finding_is(repo: Repository) -> None:
    repo.write("new1", "main1", name=f"{VERSIONS}/add.py")
    assert not checked(repo).fails()
    config = repo.folder / ".fides.toml"
    config.write_text('[fidesdev.check]\nfilename = "error"\n')
    assert checked(repo).fails()
    config.write_text('[fidesdev]\ncheck = { filename = "off" }\n')
    assert "filename" not in checked(repo).checked
    assert found(repo) == []
    assert found(repo, "filename") == [("filename", "new1")]


@pytest.mark.parametrize(
    ("text", "error"),
    [('filenam = "off"', UnknownKey), ('filename = "maybe"', WrongType)],
)
def test_a_wrong_configuration_is_refused(
    repo: Repository, text: str, error: type[Exception]
) -> None:
    (repo.folder / ".fides.toml").write_text(f"[fidesdev.check]\n{text}\n")
    with pytest.raises(error, match=r"fidesdev\.check\.filename?"):
        checked(repo)


def test_a_finding_is_ignored_where_the_file_says_why(repo: Repository) -> None:
    body = "def upgrade():\n    x()\ndef downgrade():\n    pass\n"
    repo.write("new1", "main1", text=body)
    assert found(repo) == [("empty-downgrade", "new1")]
    repo.write("new1", "main1", text=f"# fidesdev: ignore[empty-downgrade] data\n{body}")
    assert found(repo) == []
    repo.write("new1", "main1", text=f"# fidesdev: ignore[heads] data\n{body}")
    assert [code for code, _ in found(repo)] == ["empty-downgrade", "ignore"]


def test_errors_come_first(repo: Repository) -> None:
    repo.write("new1", "gone", name=f"{VERSIONS}/add.py")
    severities = [one.severity for one in checked(repo).findings]
    assert severities == sorted(severities)
    assert set(severities) == {"error", "warning"}


def test_every_code_has_an_explanation() -> None:
    everything = explanations(["all"]).checks
    assert len(everything) >= 14
    for one in everything:
        assert one.summary
        assert one.explanation
        assert one.remedy
        assert explanations([one.code]).checks == (one,)
