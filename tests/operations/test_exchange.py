"""What push and pull say of what a hub, or the clone itself, refuses."""

from __future__ import annotations

import json
import os
import time
from collections.abc import Callable
from pathlib import Path

import pytest

from seedgit.git.holders import blind
from tests.conftest import Repo
from tests.damage import place
from tests.site import PATH, override, seedgit

REF = "refs/seedgit/overlays/local"
HEAD = "refs/heads/seedgit/local"
COPY = "refs/seedgit/remotes/hub/local"


@pytest.fixture
def hub(make_repo: Callable[..., Repo]) -> Repo:
    return make_repo("hub", "--bare")


@pytest.fixture
def one(site: Repo, hub: Repo) -> Repo:
    """A site that has pushed its overlay, and has changed it since."""
    site("remote", "add", "hub", f"file://{hub.path}")
    override(site, "/timeout", "77")
    assert seedgit(site, "push", "hub").status == 0
    override(site, "/limit", "9")
    return site


@pytest.fixture
def other(one: Repo, hub: Repo, upstream: Repo) -> Repo:
    """Another one, that has pulled."""
    other = upstream.clone("other")
    assert seedgit(other, "init").status == 0
    other("remote", "add", "hub", f"file://{hub.path}")
    assert seedgit(other, "pull", "hub").status == 0
    return other


def locked(repo: Repo, ref: str, age: float = 60) -> Path:
    git = repo.path / ".git" if (repo.path / ".git").is_dir() else repo.path
    lock = git / f"{ref}.lock"
    lock.parent.mkdir(parents=True, exist_ok=True)
    lock.write_text("")
    os.utime(lock, (time.time() - age,) * 2)
    return lock


@pytest.mark.usefixtures("in_a_container")
def test_a_lock_on_the_copy_of_the_remote(one: Repo) -> None:
    lock = locked(one, COPY)
    seedgit(one, "push", "hub")
    one("update-ref", "-d", "refs/seedgit/remotes/hub/other")
    said = seedgit(one, "pull", "hub")
    assert said.status == 5
    assert f"local: refused: {lock}: locked for 6" in said.out
    assert "  hint: if no git or seedgit works in this repository any more" in said.out
    (found,) = data_of(one, 5, "pull", "hub")
    assert found["outcome"] == "refused" and found["reason"] and found["hint"]


def data_of(repo: Repo, status: int, *words: str) -> list[dict[str, str]]:

    said = seedgit(repo, *words, "--json")
    assert said.status == status
    return list(json.loads(said.out))


def test_a_lock_on_the_copy_whose_process_is_gone(one: Repo, other: Repo) -> None:
    lock = locked(other, COPY)
    if blind(lock):
        pytest.skip(blind(lock))
    assert seedgit(one, "push", "hub").status == 0
    said = seedgit(other, "pull", "hub")
    assert (said.status, said.out) == (0, "local: merged\n")
    assert not lock.exists()


@pytest.mark.usefixtures("in_a_container")
def test_a_lock_on_the_overlay_itself(one: Repo, other: Repo) -> None:
    assert seedgit(one, "push", "hub").status == 0
    lock = locked(other, REF)
    said = seedgit(other, "pull", "hub")
    assert said.status == 5
    assert f"local: refused: {lock}: locked" in said.out


@pytest.mark.usefixtures("in_a_container")
def test_one_is_refused_and_another_merged(one: Repo, other: Repo, hub: Repo) -> None:
    assert seedgit(one, "push", "hub").status == 0
    hub("update-ref", "refs/seedgit/overlays/second", REF)
    locked(other, COPY)
    said = seedgit(other, "pull", "hub")
    assert said.status == 5
    assert "local: refused: " in said.out and "second: merged\n" in said.out


def test_a_hostile_overlay_is_told_with_the_reason(one: Repo, other: Repo, hub: Repo) -> None:
    tree = hub.tree({"..": hub.tree({"x": hub.blob("x")})})
    hub("update-ref", "refs/seedgit/overlays/evil", hub("commit-tree", tree, "-m", "x"))
    said = seedgit(other, "pull", "hub")
    assert said.status == 5
    assert "evil: refused: git fetch: " in said.out and "  hint: " in said.out
    assert "local: up-to-date" in said.out


@pytest.mark.parametrize("fallback", [False, True])
class TestPush:
    @pytest.fixture
    def ref(self, hub: Repo, one: Repo, fallback: bool) -> str:
        if not fallback:
            return REF
        hub("update-ref", HEAD, REF)
        hub("update-ref", "-d", REF)
        hub("config", "receive.hideRefs", "refs/seedgit")
        return HEAD

    def refused(self, repo: Repo, outcome: str, *words: str) -> None:
        said = seedgit(repo, "push", "hub")
        assert said.status == 5, said
        assert said.out.startswith(f"local: {outcome} ("), said.out
        assert "\n  hint: " in said.out
        assert all(word in said.out for word in words), said.out

    def test_a_lock_on_the_hub(self, one: Repo, hub: Repo, ref: str) -> None:
        lock = locked(hub, ref)
        self.refused(one, "locked", "local.lock", "deletes the file")
        lock.unlink()
        assert seedgit(one, "push", "hub").out == "local: pushed\n"

    def test_another_was_faster(self, one: Repo, other: Repo, hub: Repo, ref: str) -> None:
        assert seedgit(one, "push", "hub").status == 0
        override(other, "/paused", "true")
        self.refused(other, "fetch-first", "seedgit pull hub")

    @pytest.mark.parametrize("hook", ["pre-receive", "update"])
    def test_a_hook_declines(self, one: Repo, hub: Repo, ref: str, hook: str) -> None:
        hub.hook(hook, "echo 'no: File exists, No space left on device' >&2; exit 1")
        self.refused(one, "declined", "hook declined", "the remote's own rules")

    @pytest.mark.skipif(os.geteuid() == 0, reason="root may write everywhere")
    def test_no_permission(self, one: Repo, hub: Repo, ref: str) -> None:
        place = (hub.path / ref).parent
        place.chmod(0o555)
        try:
            self.refused(one, "no-permission", "Permission denied")
        finally:
            place.chmod(0o755)

    @pytest.mark.parametrize(
        ("words", "outcome"),
        [
            (
                "insufficient permission for adding an object to repository ./objects",
                "no-permission",
            ),
            ("unable to write file: No space left on device", "disk-full"),
            ("loose object 1234 is corrupt", "damaged"),
        ],
    )
    def test_the_hub_s_system_says_no(
        self, one: Repo, hub: Repo, ref: str, words: str, outcome: str, tmp_path: Path
    ) -> None:
        """git-receive-pack(1) tells these on its standard error alone, and "unpacker error"."""
        real, place = Path(one("--exec-path")), tmp_path / "exec"
        place.mkdir()
        for file in real.iterdir():
            if file.name != "git":
                (place / file.name).symlink_to(file)
        (place / "git").write_text(
            "#!/bin/sh\n"
            f"case \" $* \" in *' unpack-objects '*) echo 'error: {words}' >&2; exit 128;; esac\n"
            f'GIT_EXEC_PATH={real} exec {real}/git "$@"\n'
        )
        (place / "git").chmod(0o755)
        receive = f"sh -c 'GIT_EXEC_PATH={place} exec git-receive-pack \"$0\"'"
        one("config", "remote.hub.receivepack", receive)
        self.refused(one, outcome, words.split(":")[0])


def test_what_is_pushed_is_pushed(one: Repo, in_a_container: None) -> None:
    """Also where its copy here is locked."""
    locked(one, COPY)
    said = seedgit(one, "push", "hub")
    assert said.status == 0
    assert said.out.startswith("local: pushed (its copy here is not up to date: ")


def test_a_hub_with_a_damaged_object(one: Repo, other: Repo, hub: Repo) -> None:
    assert seedgit(one, "push", "hub").status == 0
    id = hub("rev-parse", f"{REF}:records/{PATH.replace('/', '%2F')}/record.json")
    file = place(hub, id)
    file.chmod(0o644)
    file.write_bytes(file.read_bytes()[:9])
    said = seedgit(other, "pull", "hub")
    assert said.status == 5
    assert "local: refused: " in said.out and "fsck" in said.out
