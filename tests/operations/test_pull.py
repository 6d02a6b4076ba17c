"""What push and pull say of what a hub, or the clone itself, refuses."""

from __future__ import annotations

import json
import os
import subprocess
import time
from collections.abc import Callable
from pathlib import Path

import pytest

from seedgit.git.lock_owners import blind
from tests.built import prepared
from tests.conftest import Repo
from tests.damage import place
from tests.site import FLOW, PATH, data, override, seedgit

REF = "refs/seedgit/overlays/local"
HEAD = "refs/heads/seedgit/local"
COPY = "refs/seedgit/remotes/hub/local"


@pytest.fixture
def hub(make_repo: Callable[..., Repo]) -> Repo:
    return make_repo("hub", "--bare")


@pytest.fixture
@prepared
def one(site: Repo, hub: Repo) -> Repo:
    """A site that has pushed its overlay, and has changed it since."""
    site("remote", "add", "hub", f"file://{hub.path}")
    override(site, "/timeout", "77")
    assert seedgit(site, "push", "hub").status == 0
    override(site, "/limit", "9")
    return site


@pytest.fixture
@prepared
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
    assert (said.status, said.out.splitlines()[0]) == (0, "local: merged")
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
    assert "local: refused: " in said.out and "second: apart\n" in said.out


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
        place = f"  at {ref}, as on hosts that take only branches and tags\n" if ref == HEAD else ""
        assert seedgit(one, "push", "hub").out == f"local: pushed\n{place}"

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


# -- two sites, one overlay ------------------------------------------------------------------------


def values(repo: Repo) -> dict[str, object]:
    """The overrides that are in force."""
    fields = data(repo, "status", "--overlay")["fields"]
    return {f["pointer"]: f.get("value") for f in fields if not f["parked"]}


def pulled(repo: Repo, *words: str, status: int = 0) -> dict[str, object]:
    (found,) = data_of(repo, status, "pull", "hub", *words)
    return dict(found)


@pytest.fixture
@prepared
def two(one: Repo, other: Repo) -> tuple[Repo, Repo]:
    """Two sites that have changed one place of what both have, and one each of their own."""
    assert seedgit(one, "push", "hub").status == 0
    assert seedgit(other, "pull", "hub").status == 0
    override(one, "/timeout", "88", "--why", "one's")
    override(one, "/paused", "true")
    override(other, "/timeout", "99", "--why", "other's")
    override(other, "/model", "large")
    assert seedgit(one, "push", "hub").status == 0
    return one, other


class TestClash:
    def test_what_is_here_holds_and_both_are_told(self, two: tuple[Repo, Repo]) -> None:
        _, other = two
        said = seedgit(other, "pull", "hub")
        assert said.status == 1
        assert said.out.splitlines() == [
            "local: clashes",
            f"  {PATH}/paused: no override -> true",
            f"  both changed {PATH}/timeout: here 99 (other's), "
            "there 88 (one's), Sam Site 2024-05-06",
            "  what is here holds until a person decides: seedgit pending",
        ]
        assert values(other) == {"/timeout": 99, "/limit": 9, "/model": "large", "/paused": True}
        assert seedgit(other, "pull", "hub").out == "local: up-to-date\n"

    def test_it_waits_and_either_is_taken(self, two: tuple[Repo, Repo]) -> None:
        _, other = two
        assert "nothing waits" in seedgit(other, "pending").out  # nothing was fetched yet
        pulled(other, status=1)
        said = seedgit(other, "pending", "--exit-code")
        assert said.status == 1
        both = (
            "local 99 (other's), Sam Site 2024-05-06, other 88 (one's), Sam Site 2024-05-06"
            "  a person decides"
        )
        assert both in said.out
        assert "seedgit resolve N --keep-local | --take-other | " in said.out
        (found,) = data(other, "pending")["items"]
        assert (found["reason"], found["proposal"], found["name"]) == ("clash", "", "/timeout")
        assert found["values"] == {"seed": 30, "local": 99}
        assert found["other"]["value"] == 88 and found["other"]["why"] == "one's"
        said = seedgit(other, "status", "--exit-code")
        assert said.status == 1
        assert "clash  /timeout  99, or 88: two people set it  (one's)" in said.out
        assert "1 clash, 1 pending" in said.out
        said = seedgit(other, "why", PATH, "/timeout")
        assert "88 of overlay local, undecided: seedgit pending shows both" in said.out
        tip = other("rev-parse", REF)
        for choice, timeout in (
            (("--keep-local",), 99),
            (("--take-other",), 88),
            (("--take-seed",), None),
            (("--value", "5", "--why", "agreed"), 5),
        ):
            other("update-ref", REF, tip)
            seedgit(other, "pending")
            assert seedgit(other, "resolve", "1", *choice).status == 0
            assert values(other).get("/timeout") == timeout
            assert "nothing waits" in seedgit(other, "pending").out

    def test_what_is_no_decision(self, two: tuple[Repo, Repo]) -> None:
        _, other = two
        pulled(other, status=1)
        seedgit(other, "pending")
        for words in (["approve", "1"], ["resolve", "1", "--keep-here"]):
            said = seedgit(other, *words)
            assert said.status == 2
            assert "two people set /timeout: which value holds?" in said.err
            assert "--keep-local | --take-other" in said.err
        said = seedgit(other, "approve", "--all")
        assert said.status == 0
        assert f"left 1 that two people set:\n  1  {PATH}/timeout\n" in said.out
        assert values(other)["/timeout"] == 99

    @pytest.mark.parametrize(("choice", "timeout"), [("--keep-local", 99), ("--take-other", 88)])
    @pytest.mark.parametrize("there", [False, True])
    def test_a_decision_goes_to_the_others(
        self, two: tuple[Repo, Repo], choice: str, timeout: int, there: bool
    ) -> None:
        """It is made where the clash was met, or, pushed undecided, by the other side."""
        one, other = two
        pulled(other, status=1)
        decides, waits = (one, other) if there else (other, one)
        if there:
            said = seedgit(other, "push", "hub")
            assert said.out == (
                f"local: pushed\n  undecided: {PATH}/timeout; seedgit pending shows both values\n"
            )
            said = seedgit(one, "pull", "hub")
            assert said.status == 0
            assert f"  {PATH}/timeout: 88 (one's) -> 99 (other's)\n" in said.out
            assert f"  {PATH}/timeout: undecided, 88 (one's) waits beside what holds" in said.out
        seedgit(decides, "pending")
        assert seedgit(decides, "resolve", "clashes", choice).status == 0
        assert seedgit(decides, "push", "hub").out == "local: pushed\n"
        assert pulled(waits)["outcome"] == "merged"
        wanted = {"/timeout": timeout, "/limit": 9, "/model": "large", "/paused": True}
        assert values(one) == values(other) == wanted
        assert one("rev-parse", REF) == other("rev-parse", REF)
        assert [entry["author"] for entry in data(one, "log", "-n", "1")] == ["Sam Site"]

    def test_a_third_value_joins_them(self, two: tuple[Repo, Repo], hub: Repo) -> None:
        one, other = two
        third = one.clone("third")
        assert seedgit(third, "init").status == 0
        third("remote", "add", "hub", f"file://{hub.path}")
        third("fetch", "--quiet", "hub", f"{REF}:{REF}")
        third("update-ref", REF, f"{REF}~2")  # as it was before one's last changes
        override(third, "/timeout", "11")
        pulled(other, status=1)
        assert seedgit(other, "push", "hub").status == 0
        pulled(third, status=1)
        seedgit(third, "push", "hub")
        pulled(one)
        found = data(one, "pending")["items"]
        assert [each["values"]["local"] for each in found] == [11, 11]
        assert sorted(each["other"]["value"] for each in found) == [88, 99]
        said = seedgit(one, "resolve", "clashes", "--take-other")
        assert said.status == 2
        assert "/timeout has 2 other values: which?" in said.err
        number = next(str(e["number"]) for e in found if e["other"]["value"] == 88)
        assert seedgit(one, "resolve", number, "--take-other").status == 0
        (left,) = data(one, "pending")["items"]
        assert (left["values"]["local"], left["other"]["value"]) == (88, 99)

    def test_two_decisions_that_did_not_know_each_other(self, two: tuple[Repo, Repo]) -> None:
        one, other = two
        pulled(other, status=1)
        seedgit(other, "push", "hub")
        pulled(one)
        for repo, choice in ((one, "--take-other"), (other, "--keep-local")):
            seedgit(repo, "pending")
            assert seedgit(repo, "resolve", "1", choice).status == 0
        assert seedgit(other, "push", "hub").status == 0
        pulled(one, status=1)
        (found,) = data(one, "pending")["items"]
        assert (found["values"]["local"], found["other"]["value"]) == (88, 99)

    def test_who_set_them_alike_is_not_asked(self, two: tuple[Repo, Repo]) -> None:
        _, other = two
        pulled(other, status=1)
        override(other, "/timeout", "88", "--why", "as one wants")
        assert "nothing waits" in seedgit(other, "pending").out
        assert seedgit(other, "push", "hub").out == "local: pushed\n"

    def test_it_goes_through_an_upgrade(self, two: tuple[Repo, Repo], upstream: Repo) -> None:
        _, other = two
        pulled(other, status=1)
        gone = "\n".join(line for line in FLOW.splitlines() if "timeout" not in line) + "\n"
        for text, holds in ((FLOW.replace("30", "31"), 99), (gone, None), (FLOW, 99)):
            upstream.commit({PATH: text}, "release")
            other("pull", "--quiet", "--no-rebase", "--no-edit", "origin", "main")
            assert seedgit(other, "rebase").status in (0, 1)
            found = [e for e in data(other, "pending")["items"] if e["reason"] == "clash"]
            assert [each["other"]["value"] for each in found] == [88]
            if holds:
                assert values(other)["/timeout"] in (88, 99)
        assert seedgit(other, "resolve", str(found[0]["number"]), "--take-other").status == 0
        assert values(other)["/timeout"] == 88

    def test_it_is_decided_while_its_place_is_gone(
        self, two: tuple[Repo, Repo], upstream: Repo
    ) -> None:
        _, other = two
        pulled(other, status=1)
        gone = "\n".join(line for line in FLOW.splitlines() if "timeout" not in line) + "\n"
        upstream.commit({PATH: gone}, "release")
        other("pull", "--quiet", "--no-rebase", "--no-edit", "origin", "main")
        found = {each["reason"]: each for each in data(other, "pending")["items"]}
        assert found.keys() == {"clash", "orphaned"}
        assert found["clash"]["values"]["local"] == 99
        number = str(found["clash"]["number"])
        assert seedgit(other, "resolve", number, "--take-other").status == 0
        (left,) = data(other, "pending")["items"]
        assert (left["reason"], left["values"]["local"]) == ("orphaned", 88)

    def test_and_while_its_seed_is_gone(self, two: tuple[Repo, Repo]) -> None:
        _, other = two
        pulled(other, status=1)
        other("rm", "--quiet", PATH)
        found = [e for e in data(other, "pending")["items"] if e["reason"] == "clash"]
        assert [each["other"]["value"] for each in found] == [88]
        assert seedgit(other, "resolve", str(found[0]["number"]), "--take-other").status == 0
        other("reset", "--quiet", "--hard")
        assert values(other)["/timeout"] == 88

    def test_one_place_so_and_another_so(self, two: tuple[Repo, Repo]) -> None:
        one, other = two
        override(one, "/limit", "1")
        override(other, "/limit", "2")
        seedgit(one, "push", "hub")
        found = pulled(other, status=1)
        assert {c["pointer"] for c in found["clashes"]} == {"/limit", "/timeout"}  # type: ignore[index,attr-defined]
        for item in data(other, "pending")["items"]:
            choice = "--take-other" if item["name"] == "/limit" else "--keep-local"
            assert seedgit(other, "resolve", item["id"], choice).status == 0
        assert values(other) == {"/timeout": 99, "/limit": 1, "/model": "large", "/paused": True}

    @pytest.mark.parametrize(
        ("ours", "theirs"),
        [
            (("unset", PATH, "/limit"), ("set", PATH, "/limit", "3")),
            (("set", PATH, "/limit", "3"), ("unset", PATH, "/limit")),
            (("set", PATH, "/limit", "3"), ("set", PATH, "/limit", "--delete")),
            (("set", PATH, "/steps/0/mode", "x"), ("set", PATH, "/steps", "[]")),
            (("set", PATH, "/steps", "[]"), ("set", PATH, "/steps/0/mode", "x")),
            (("set", PATH, "/steps", "--delete"), ("set", PATH, "/steps/0/mode", "x")),
        ],
    )
    def test_every_kind(
        self, one: Repo, other: Repo, ours: tuple[str, ...], theirs: tuple[str, ...]
    ) -> None:
        seedgit(one, "push", "hub")
        seedgit(other, "pull", "hub")
        assert seedgit(one, *theirs).status == 0
        assert seedgit(other, *ours).status == 0
        seedgit(one, "push", "hub")
        before, wanted = values(other), values(one)
        assert len(pulled(other, status=1)["clashes"]) == 1  # type: ignore[arg-type]
        assert values(other) == before
        (found,) = data(other, "pending")["items"]
        assert found["other"]["by"] == "Sam Site"
        tip = other("rev-parse", REF)
        assert seedgit(other, "resolve", "1", "--keep-local").status == 0
        assert values(other) == before
        other("update-ref", REF, tip)
        seedgit(other, "pending")
        assert seedgit(other, "resolve", "1", "--take-other").status == 0
        assert values(other) == wanted
        assert seedgit(other, "render", PATH).status == 0
        other("update-ref", REF, tip)
        assert seedgit(other, "undo").status == 0  # one's own change
        assert values(other) == wanted
        assert "nothing waits" in seedgit(other, "pending").out
        other("update-ref", REF, tip)
        seedgit(other, "push", "hub")
        pulled(one)
        assert seedgit(one, "undo").status == 0
        assert values(one) == before
        assert "nothing waits" in seedgit(one, "pending").out

    def test_items_that_both_put_in(self, one: Repo, other: Repo) -> None:
        """At one place of a list, where each has its own identity."""
        seedgit(one, "push", "hub")
        seedgit(other, "pull", "hub")
        for repo, name in ((one, "x"), (other, "y")):
            for n in "12":
                override(repo, "/steps/-", f'{{"id": "{name}{n}"}}')
        seedgit(one, "push", "hub")
        pulled(other)
        text = seedgit(other, "render", PATH).out
        assert all(f"id: {each}" in text for each in ("x1", "x2", "y1", "y2"))

    def test_items_that_came_are_told_and_not_those_that_were_here(
        self, one: Repo, other: Repo
    ) -> None:
        override(one, "/steps/-", '{"id": "x"}')
        override(other, "/steps/-", '{"id": "y"}')
        seedgit(one, "push", "hub")
        brought = pulled(other)["brought"]
        assert [(each["was"], each["now"]["value"], each["name"]) for each in brought] == [  # type: ignore[attr-defined]
            (None, 9, "/limit"),
            (None, {"id": "x"}, "/steps/[id=x]"),
        ]

    def test_an_item_of_one_identity_that_both_put_in(self, one: Repo, other: Repo) -> None:
        seedgit(one, "push", "hub")
        seedgit(other, "pull", "hub")
        override(one, "/steps/-", '{"id": "x", "mode": "a"}')
        override(other, "/steps/-", '{"id": "x", "mode": "b"}')
        seedgit(one, "push", "hub")
        assert len(pulled(other, status=1)["clashes"]) == 1  # type: ignore[arg-type]


class TestApart:
    """Two overlays of one name that have nothing in common."""

    @pytest.fixture
    def apart(self, one: Repo, upstream: Repo, hub: Repo) -> Repo:
        apart = upstream.clone("apart")
        assert seedgit(apart, "init").status == 0
        apart("remote", "add", "hub", f"file://{hub.path}")
        override(apart, "/model", "large")
        return apart

    def test_they_are_not_mixed(self, apart: Repo) -> None:
        assert seedgit(apart, "push", "hub").status == 5
        found = pulled(apart, status=5)
        assert "began elsewhere" in str(found["reason"]) and "began it" in str(found["reason"])
        assert values(apart) == {"/model": "large"}
        assert seedgit(apart, "push", "hub").status == 5

    def test_that_waits(self, apart: Repo) -> None:
        pulled(apart, status=5)
        for command in ("status", "pending"):
            said = seedgit(apart, command, "--exit-code")
            assert said.status == 1
            assert "its overlay 'local' is not merged" in said.out
            assert "seedgit pull hub says how to go on" in said.out
        pulled(apart, "--join")
        assert "nothing waits" in seedgit(apart, "pending").out

    def test_they_are_joined_on_purpose(self, apart: Repo, one: Repo) -> None:
        pulled(apart, "--join")
        assert values(apart) == {"/model": "large", "/timeout": 77}
        assert seedgit(apart, "push", "hub").status == 0
        pulled(one)
        assert values(one) == {"/model": "large", "/timeout": 77, "/limit": 9}
        assert pulled(apart)["outcome"] == "up-to-date"

    @pytest.mark.parametrize("layers", [[], ["fleet", "local"]])
    def test_or_this_one_gets_another_name(self, apart: Repo, layers: list[str]) -> None:
        for layer in layers:
            apart("config", "--add", "seedgit.overlay", layer)
        apart("update-ref", "refs/seedgit/overlays/local-2", "HEAD")  # is there, and stays
        hint = str(pulled(apart, status=5)["hint"])
        command = hint.partition("another name: ")[2]
        subprocess.run(["sh", "-c", command], cwd=apart.path, check=True)
        assert values(apart) == {"/model": "large"}
        assert [each["name"] for each in data(apart, "layer")] == [*layers[:1], "local-3"]
        assert "local-3: pushed\n" in seedgit(apart, "push", "hub").out
        # The other one is a second overlay from now on, which is not active here.
        found = data_of(apart, 0, "pull", "hub")
        outcomes = {each["overlay"]: each["outcome"] for each in found}
        assert outcomes == {"local": "apart", "local-3": "up-to-date"}
        assert values(apart) == {"/model": "large"}
        assert seedgit(apart, "undo").status == 0


def paused(repo: Repo, value: str) -> str:
    """The change that sets a place which nobody has overridden."""
    override(repo, "/paused", value, "--as-json")
    return repo("rev-parse", REF)


class TestUndo:
    def test_takes_back_what_was_made_here(self, two: tuple[Repo, Repo]) -> None:
        one, other = two
        seedgit(other, "unset", PATH, "/timeout")
        pulled(other, status=1)
        seedgit(other, "pending")
        assert seedgit(other, "resolve", "1", "--take-other").status == 0
        assert values(other) == {"/timeout": 88, "/limit": 9, "/paused": True, "/model": "large"}
        tip = other("rev-parse", REF)
        for timeout in (None, 99, 99, 88):  # the decision; unset; model; set, which met one's 88
            assert seedgit(other, "undo").status == 0
            assert values(other).get("/timeout") == timeout
            waits = [] if timeout == 88 else ["clash"]
            assert [each["reason"] for each in data(other, "pending")["items"]] == waits
        assert values(other) == {"/timeout": 88, "/limit": 9, "/paused": True}
        other("update-ref", REF, tip)
        override(other, "/timeout", "66")
        undo = next(e["commit"] for e in data(other, "log") if e["subject"].startswith("resolve"))
        said = seedgit(other, "undo", undo)
        assert said.status == 5  # /timeout, which 66 stands on
        assert f"hint: seedgit unset {PATH} /timeout, or seedgit set {PATH} /timeout to" in said.err
        assert seedgit(other, "undo").status == 0
        seedgit(other, "push", "hub")
        pulled(one)
        assert seedgit(one, "undo").status == 0
        assert values(one) == {"/timeout": 88, "/limit": 9, "/model": "large"}
        said = seedgit(one, "undo")
        assert said.status == 5  # 88, which the other one has chosen
        assert f"hint: seedgit unset {PATH} /timeout, or seedgit set {PATH} /timeout to" in said.err
        assert values(one) == {"/timeout": 88, "/limit": 9, "/model": "large"}

    def test_leaves_what_was_pulled(self, one: Repo, other: Repo) -> None:
        assert values(other) == {"/timeout": 77}
        said = seedgit(other, "undo")
        assert said.status == 4
        assert "nothing to undo" in said.err and "hint: " in said.err

    @pytest.mark.parametrize("reflog", [True, False])
    def test_after_one_s_own_was_merged_elsewhere(
        self, one: Repo, other: Repo, reflog: bool
    ) -> None:
        override(other, "/model", "large")
        pulled(one)
        seedgit(one, "push", "hub")
        pulled(other)
        seedgit(other, "push", "hub")
        assert pulled(one)["outcome"] == "merged"
        override(one, "/paused", "true")
        if not reflog:
            one("reflog", "expire", "--expire=now", "--all")
        assert seedgit(one, "undo").status == 0
        assert values(one) == {"/timeout": 77, "/limit": 9, "/model": "large"}
        if reflog:
            for wanted in ({"/timeout": 77, "/model": "large"}, {"/model": "large"}):
                assert seedgit(one, "undo").status == 0
                assert values(one) == wanted
            assert seedgit(one, "undo").status == 4

    def test_a_change_that_was_pulled_is_taken_back_by_its_commit(
        self, one: Repo, other: Repo
    ) -> None:
        override(one, "/model", "large")
        seedgit(one, "push", "hub")
        override(other, "/paused", "true")
        pulled(other)
        assert values(other) == {"/timeout": 77, "/limit": 9, "/model": "large", "/paused": True}
        theirs, joined = (
            next(e["commit"] for e in data(other, "log") if e["subject"].startswith(subject))
            for subject in (f"set {PATH} /limit", "merge ")
        )
        assert seedgit(other, "undo", joined).status == 2
        assert seedgit(other, "undo", theirs).status == 0
        assert values(other) == {"/timeout": 77, "/model": "large", "/paused": True}

    @pytest.mark.parametrize("first", ["pull", "undo"])
    def test_each_takes_back_its_own_side_of_a_clash(
        self, one: Repo, other: Repo, first: str
    ) -> None:
        """A simulated history found it: one of them came back, as undecided."""
        mine = {"one": paused(one, "1"), "other": paused(other, "2")}
        assert seedgit(one, "push", "hub").status == 0
        pulled(other, status=1)
        assert seedgit(other, "push", "hub").status == 0
        if first == "pull":
            pulled(one)
        assert seedgit(one, "undo", mine["one"]).status == 0
        assert seedgit(other, "undo", mine["other"]).status == 0
        for site in (one, other, one):
            assert pulled(site)["outcome"] in ("merged", "up-to-date")
            assert seedgit(site, "push", "hub").status == 0
        for site in (one, other):
            assert values(site) == {"/timeout": 77, "/limit": 9}
            assert data(site, "pending")["items"] == []

    @pytest.mark.parametrize("choice", ["--take-other", "--keep-local"])
    def test_what_somebody_has_chosen_stays(self, one: Repo, other: Repo, choice: str) -> None:
        """It is taken back where nobody knows yet that it was chosen."""
        mine = {"--take-other": paused(one, "1"), "--keep-local": paused(other, "2")}
        assert seedgit(one, "push", "hub").status == 0
        pulled(other, status=1)
        assert seedgit(other, "push", "hub").status == 0
        met = one("rev-parse", REF)
        pulled(one)
        seedgit(other, "pending")
        assert seedgit(other, "resolve", "1", choice).status == 0
        chosen = values(other)["/paused"]
        assert chosen == (1 if choice == "--take-other" else 2)
        # Who knows it is told so.
        said = seedgit(other, "undo", mine[choice])
        assert (said.status, values(other)["/paused"]) == (5, chosen)
        assert "/paused was changed again since" in said.err
        assert seedgit(other, "push", "hub").status == 0
        assert seedgit(one, "undo", mine[choice]).status == 0
        pulled(one)
        assert values(one)["/paused"] == chosen
        assert data(one, "pending")["items"] == []
        if choice == "--take-other":  # who did not even know of the clash is asked
            one("update-ref", REF, met)
            assert seedgit(one, "undo", mine[choice]).status == 0
            pulled(one, status=1)
            (item,) = data(one, "pending")["items"]
            assert item["other"]["value"] == chosen

    def test_what_was_taken_back_in_a_merge_of_its_own_stays_away(
        self, one: Repo, other: Repo
    ) -> None:
        """A simulated history found it: both have merged the same two states, each for itself, and
        one of them has decided since."""
        other("remote", "add", "one", f"file://{one.path}")
        paused(one, "1")
        mine = paused(other, "2")
        assert seedgit(other, "push", "hub").status == 0
        assert seedgit(other, "pull", "one").status == 1
        assert seedgit(other, "undo", mine).status == 0
        pulled(one, status=1)
        assert seedgit(one, "push", "hub").status == 0
        for site in (other, one):
            pulled(site)
            assert values(site) == {"/timeout": 77, "/limit": 9, "/paused": 1}
            assert data(site, "pending")["items"] == []
            assert seedgit(site, "push", "hub").status == 0
        assert len(one("merge-base", "--all", f"{REF}^1", f"{REF}^2").split()) == 2

    def test_what_it_leaves_of_a_clash(self, one: Repo, other: Repo) -> None:
        """Simulated histories found it: what the other one's change had replaced was lost, or what
        was replaced here, of which the other one knew nothing."""
        paused(one, "0")
        theirs = paused(one, "1")
        paused(other, "2")
        assert seedgit(one, "push", "hub").status == 0
        pulled(other, status=1)
        tip = other("rev-parse", REF)
        assert seedgit(other, "undo", theirs).status == 0
        (item,) = data(other, "pending")["items"]
        assert (item["values"]["local"], item["other"]["value"]) == (2, 0)
        # The same with what was replaced here, once it had been pulled.
        other("update-ref", REF, tip)
        assert seedgit(other, "push", "hub").status == 0
        paused(one, "3")
        pulled(one, status=1)
        assert seedgit(one, "undo").status == 0
        (item,) = data(one, "pending")["items"]
        assert {item["values"]["local"], item["other"]["value"]} == {1, 2}

    def test_of_a_decision_does_not_bring_back_what_was_replaced_since(
        self, one: Repo, other: Repo
    ) -> None:
        """A simulated history found it: the other one had set another value meanwhile."""
        paused(one, "1")
        paused(other, "2")
        assert seedgit(one, "push", "hub").status == 0
        pulled(other, status=1)
        seedgit(other, "pending")
        assert seedgit(other, "resolve", "1", "--value", "3").status == 0
        paused(one, "4")
        assert seedgit(one, "push", "hub").status == 0
        pulled(other, status=1)
        assert seedgit(other, "undo").status == 0
        (item,) = data(other, "pending")["items"]
        assert (item["values"]["local"], item["other"]["value"]) == (2, 4)

    def test_log_has_both_sides(self, two: tuple[Repo, Repo]) -> None:
        one, other = two
        pulled(other, status=1)
        seedgit(other, "push", "hub")
        pulled(one)
        for repo in two:
            subjects = [entry["subject"] for entry in data(repo, "log")]
            assert len(subjects) == 7
            assert [s.partition(" of ")[0] for s in subjects if " from hub" in s] == ["merge local"]
            assert f"undecided: {PATH} /timeout" in seedgit(repo, "log").out
            assert {f"set {PATH} /{name}" for name in ("timeout", "paused", "model", "limit")} <= {
                *subjects
            }
        assert len(data(one, "log", "-n", "3")) == 3


RENAMED = "flows/renamed.yaml"


def test_a_remote_without_overlays_is_told(one: Repo) -> None:
    said = seedgit(one, "pull", "origin")
    assert (said.status, said.out) == (
        0,
        "origin has no overlays; seedgit push sends them there\n",
    )


def test_a_renamed_seed_is_one_seed_on_both_sides(one: Repo, other: Repo, upstream: Repo) -> None:
    """One site has the upgrade that renames the seed, the other has not; both go on."""
    upstream("mv", PATH, RENAMED)
    upstream.commit(message="v2")
    one("pull", "--quiet", "origin", "main")
    assert seedgit(one, "rebase").status == 0
    override(other, "/paused", "true")
    assert seedgit(other, "push", "hub").status == 0
    for _ in range(2):
        for site in (one, other):
            said = seedgit(site, "pull", "hub")
            assert said.status == 0, said
            assert "conflict" not in said.out
            assert seedgit(site, "push", "hub").status == 0
    assert one("rev-parse", REF) == other("rev-parse", REF)
    for site, path in ((one, RENAMED), (other, PATH)):
        made = seedgit(site, "render", path).out
        assert "timeout: 77" in made and "limit: 9" in made and "paused: true" in made


@pytest.mark.parametrize("first", ["who has two records of it", "who has one"])
def test_a_renamed_seed_with_a_record_under_each_name_is_one_seed(
    one: Repo, other: Repo, upstream: Repo, first: str
) -> None:
    """One site had renamed its record when the other's came, under the old name."""
    more, renamed = "flows/more.yaml", "flows/team/more.yaml"
    upstream.commit({more: FLOW}, "v2")
    for site in (one, other):
        site("pull", "--quiet", "origin", "main")
    assert seedgit(one, "push", "hub").status == 0
    assert seedgit(other, "pull", "hub").status == 0
    assert seedgit(other, "set", more, "/timeout", "45").status == 0
    assert seedgit(other, "push", "hub").status == 0
    assert seedgit(one, "set", more, "/model", "large").status == 0
    upstream.write({renamed: FLOW})
    upstream("rm", "--quiet", more)
    upstream.commit(message="v3")
    one("pull", "--quiet", "origin", "main")
    assert seedgit(one, "rebase").status == 0
    assert seedgit(one, "pull", "hub").status == 0
    assert "orphaned" in seedgit(one, "status").out
    if first == "who has two records of it":
        assert seedgit(one, "push", "hub").status == 0
    other("pull", "--quiet", "origin", "main")
    assert seedgit(other, "rebase").status == 0
    if first == "who has one":
        assert seedgit(other, "push", "hub").status == 0
    for site in (one, other, one):
        assert seedgit(site, "pull", "hub").status == 0
        assert seedgit(site, "push", "hub").status == 0
    assert one("rev-parse", REF) == other("rev-parse", REF)
    for site in (one, other):
        made = seedgit(site, "render", renamed).out
        assert "timeout: 45" in made and "model: large" in made


def test_what_its_owner_has_replaced_does_not_wait_beside_what_replaced_it(
    one: Repo, other: Repo
) -> None:
    """The other one has it waiting, as it was when they met."""
    rank = "/steps/[id=rank]/mode"
    override(one, rank, "drain")
    assert seedgit(one, "push", "hub").status == 0
    override(one, "/steps", "[1]")
    override(other, "/steps", "[2]")
    assert seedgit(other, "pull", "hub").status == 1
    assert [item["name"] for item in data(other, "pending")["items"]] == [rank]
    assert seedgit(other, "push", "hub").status == 0
    assert seedgit(one, "pull", "hub").status == 1
    (item,) = data(one, "pending")["items"]
    assert (item["name"], item["values"]["local"], item["other"]["value"]) == ("/steps", [1], [2])
