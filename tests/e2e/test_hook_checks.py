"""The hooks that check: what is committed and pushed, and the file that names the head."""

from __future__ import annotations

from pathlib import Path

from tests.hooked import Hooked


def test_a_commit_with_a_second_head_is_stopped(synced: Hooked) -> None:
    synced.write("main2", "main1")
    synced.git("add", "-A")
    assert synced.git("commit", "-qm", "fine").code == 0
    synced.write("fork2", "main1")
    assert synced.git("commit", "-qm", "not staged", "--allow-empty").code == 0
    synced.git("add", "-A")
    stopped = synced.git("commit", "-qm", "two heads")
    assert stopped.code == 1
    assert "[heads]" in stopped.err
    assert "git commit --no-verify" in stopped.err
    assert synced.git("commit", "-qm", "two heads", "--no-verify").code == 0


def test_a_push_with_a_second_head_is_stopped(synced: Hooked, tmp_path: Path) -> None:
    hook, seen = synced.hooks / "pre-push", tmp_path / "seen"
    hook.write_text(hook.read_text() + f"cat >'{seen}'\n")
    synced.git("init", "-q", "--bare", str(tmp_path / "remote.git"))
    synced.git("remote", "add", "origin", str(tmp_path / "remote.git"))
    pushed = synced.git("push", "-q", "origin", "main", "side")
    assert pushed.code == 0, pushed.err
    lines = seen.read_text().splitlines()  # what git said reached the hook's own lines
    assert sorted(line.split()[0] for line in lines) == ["refs/heads/main", "refs/heads/side"]
    synced.revision("main2", "main1")
    synced.git("push", "-q", "origin", "main")
    synced.git("switch", "-q", "side", FIDESDEV_HOOKS="off")
    synced.git("commit", "-qm", "more", "--allow-empty")
    stopped = synced.git("push", "origin", "side")
    assert stopped.code == 1
    assert "git push --no-verify" in stopped.out
    assert "[merge-result]" in stopped.out
    assert synced.git("push", "-q", "origin", "main:refs/heads/elsewhere").code == 0
    assert synced.git("push", "-q", "origin", ":elsewhere").code == 0
    assert synced.git("push", "-q", "--no-verify", "origin", "side").code == 0


def test_parallel_revisions_conflict_in_the_head_file(synced: Hooked) -> None:
    assert "Created head file" in synced.install("--head-file").out
    synced.git("add", "-A")
    assert synced.git("commit", "-qm", "head file").code == 0
    for branch in ("one", "two"):
        synced.git("switch", "-q", "-c", branch, "main")
        synced.write(branch, "main1")
        synced.git("add", "-A")
        committed = synced.git("commit", "-m", branch)
        assert "head.txt names the head now, and was staged" in committed.err
        assert synced.git("show", "HEAD:migrations/head.txt").out == f"{branch}\n"
        assert synced.git("status", "--porcelain").out == ""
    merged = synced.git("merge", "one")
    assert merged.code == 1
    assert "CONFLICT (content): Merge conflict in migrations/head.txt" in merged.out


def test_the_head_file_names_what_is_committed(synced: Hooked) -> None:
    synced.install("--head-file")
    synced.git("add", "-A")
    synced.git("commit", "-qm", "head file")
    synced.write("main2", "main1")
    synced.write("main3", "main2")
    synced.git("add", "migrations/versions/main2.py")
    assert synced.git("commit", "-qm", "the first alone").code == 0
    assert synced.git("show", "HEAD:migrations/head.txt").out == "main2\n"
