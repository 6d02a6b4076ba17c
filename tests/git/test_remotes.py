from __future__ import annotations

from collections.abc import Callable

import pytest

from seedgit.errors import RepositoryError, UsageError
from seedgit.git.remotes import Push, Remotes
from seedgit.git.repository import Repository
from seedgit.git.stored_record import StoredRecord
from tests.conftest import Repo
from tests.git.overlay_helpers import bodies, put, record, store, update

pytestmark = pytest.mark.usefixtures("both_hashes")

OURS = "refs/seedgit/overlays/local"
HEAD = "refs/heads/seedgit/local"
COPY = "refs/seedgit/remotes/origin/local"


def remotes(repo: Repo) -> Remotes:
    return Remotes(repo.open(), store(repo))


def push(repo: Repo, *names: str) -> list[Push]:
    return remotes(repo).push("origin", names or ["local"])


@pytest.fixture
def host(make_repo: Callable[..., Repo]) -> Repo:
    return make_repo("host", "--bare")


@pytest.fixture
def one(host: Repo, make_repo: Callable[..., Repo]) -> Repo:
    repo = make_repo("one")
    repo("remote", "add", "origin", f"file://{host.path}")
    repo.commit({"a.yaml": "a: 1\n"})
    repo("push", "--quiet", "--set-upstream", "origin", "main")
    return repo


@pytest.fixture
def two(host: Repo, one: Repo) -> Repo:
    return host.clone("two")


def test_there_and_back(host: Repo, one: Repo, two: Repo) -> None:
    commit = put(one, record(one, v=1))
    assert push(one) == [Push("local", "pushed", OURS)]
    assert host("rev-parse", OURS) == commit
    assert one("rev-parse", COPY) == commit
    assert push(one) == [Push("local", "up-to-date", OURS)]
    found = remotes(two).fetch("origin")
    assert found == ({"local": commit}, {}, {"local": OURS})
    assert bodies(store(two).read_at(commit)) == {"a.yaml": {"v": 1}}
    assert store(two).names() == []
    assert remotes(two).copy("local", "origin") == commit
    assert remotes(two).merge_bases("local", "origin") == ()


def test_nothing_else_moves(host: Repo, one: Repo, two: Repo) -> None:
    put(one, record(one), name="x")
    one("config", "push.followTags", "true")
    one("tag", "-a", "-m", "t", "v1")
    push(one, "x")
    assert set(host("for-each-ref", "--format=%(refname)").splitlines()) == {
        "refs/heads/main",
        "refs/seedgit/overlays/x",
    }
    before = two("for-each-ref", "--format=%(refname) %(objectname)").splitlines()
    remotes(two).fetch("origin")
    after = two("for-each-ref", "--format=%(refname) %(objectname)").splitlines()
    assert [line for line in after if line not in before] == [
        f"refs/seedgit/remotes/origin/x {host('rev-parse', 'refs/seedgit/overlays/x')}"
    ]
    assert not (two.path / ".git" / "FETCH_HEAD").exists()


def test_a_push_never_takes_back_another_s(host: Repo, one: Repo, two: Repo) -> None:
    put(one, record(one, v=1))
    push(one)
    mine = put(two, record(two, v=2))
    (found,) = push(two)
    assert (found.outcome, found.ref) == ("fetch-first", OURS)
    assert "rejected" in found.reason
    theirs = remotes(two).fetch("origin").commits["local"]
    assert push(two)[0].outcome == "fetch-first"  # known, and still not an ancestor
    merge = update(store(two), lambda _: {}, "merge", merged=[theirs])
    assert merge is not None
    assert two.open().commit(merge).parents == (mine, theirs)
    assert remotes(two).merge_bases("local", "origin") == (theirs,)
    assert push(two) == [Push("local", "pushed", OURS)]
    assert host("rev-parse", OURS) == merge


def test_a_round_of_changes_ends_in_one_state(one: Repo, two: Repo) -> None:
    put(one, record(one, v=1))
    push(one)

    def pull(repo: Repo) -> None:
        theirs = remotes(repo).fetch("origin").commits["local"]
        records = store(repo).read_at(theirs).records
        update(store(repo), lambda _: records, "merge", merged=[theirs])

    pull(two)
    put(two, record(two, "b.yaml", v=2))
    push(two)
    pull(one)
    assert push(one)[0].outcome == "up-to-date"
    pull(two)
    assert store(one).tip("local") == store(two).tip("local")
    assert len(store(one).log("local")) == 2


def test_fetch_keeps_what_is_local(host: Repo, one: Repo, two: Repo) -> None:
    put(one, record(one, v=1))
    push(one)
    two("config", "fetch.prune", "true")
    two("config", "remote.origin.prune", "true")
    mine = put(two, record(two, v=2))
    other = put(two, record(two), name="mine")
    first = remotes(two).fetch("origin").commits
    host("update-ref", "-d", OURS)
    assert remotes(two).fetch("origin").commits == {}
    assert store(two).tip("local") == mine
    assert store(two).tip("mine") == other
    assert remotes(two).copy("local", "origin") == first["local"]


def test_a_remote_that_rewrote_its_overlay(host: Repo, one: Repo, two: Repo) -> None:
    put(one, record(one, v=1))
    push(one)
    remotes(two).fetch("origin")
    host("update-ref", "-d", OURS)
    one("update-ref", "-d", OURS)
    again = put(one, record(one, v=9))
    push(one)
    assert remotes(two).fetch("origin").commits == {"local": again}


class TestAHostThatTakesOnlyHeads:
    @pytest.fixture(params=["update", "pre-receive", "hidden"])
    def host(self, host: Repo, request: pytest.FixtureRequest) -> Repo:
        refusal = 'echo "only branches here" >&2; exit 1'
        if request.param == "update":
            host.hook("update", f'case "$1" in refs/heads/*) ;; *) {refusal};; esac')
        elif request.param == "pre-receive":
            loop = f'case "$ref" in refs/heads/*) ;; *) {refusal};; esac'
            host.hook("pre-receive", f"while read -r old new ref; do {loop}; done")
        else:
            host("config", "receive.hideRefs", "refs/seedgit")
        return host

    def test_the_fallback(self, host: Repo, one: Repo, two: Repo) -> None:
        commit = put(one, record(one, v=1))
        assert push(one) == [Push("local", "pushed", HEAD)]
        assert host("rev-parse", HEAD) == commit
        assert one("rev-parse", COPY) == commit
        assert remotes(two).fetch("origin").commits == {"local": commit}
        assert two("for-each-ref", "refs/remotes/origin/seedgit") == ""
        later = put(one, record(one, v=2))
        assert push(one) == [Push("local", "pushed", HEAD)]
        assert push(one) == [Push("local", "up-to-date", HEAD)]
        assert remotes(two).fetch("origin").commits == {"local": later}

    def test_the_fallback_is_not_forced_either(self, one: Repo, two: Repo) -> None:
        put(one, record(one, v=1))
        push(one)
        put(two, record(two, v=2))
        (found,) = push(two)
        assert (found.outcome, found.ref) == ("fetch-first", HEAD)


def test_an_overlay_stays_where_it_is(host: Repo, one: Repo, two: Repo) -> None:
    host.hook("update", 'case "$1" in refs/heads/*) ;; *) exit 1;; esac')
    put(one, record(one, v=1))
    push(one)
    host.hook("update", "exit 0")
    put(one, record(one, v=2))
    assert push(one) == [Push("local", "pushed", HEAD)]
    assert host("for-each-ref", "refs/seedgit") == ""


def test_a_host_that_declines_everything(host: Repo, one: Repo) -> None:
    host.hook("pre-receive", 'echo "read-only today"; exit 1')
    put(one, record(one), name="x")
    put(one, record(one), name="y")
    found = push(one, "x", "y", "z")
    assert [(p.name, p.outcome) for p in found] == [
        ("x", "declined"),
        ("y", "declined"),
        ("z", "no-overlay"),
    ]
    assert "read-only today" in found[0].reason
    assert one("for-each-ref", "refs/seedgit/remotes") == ""


def test_one_declined_does_not_take_others_along(host: Repo, one: Repo) -> None:
    host.hook("update", 'case "$1" in *private*) exit 1;; esac')
    put(one, record(one), name="private")
    put(one, record(one), name="shared")
    outcomes = {p.name: p.outcome for p in push(one, "private", "shared")}
    assert outcomes == {"private": "declined", "shared": "pushed"}


def test_a_mirror_is_not_mirrored(host: Repo, one: Repo) -> None:
    put(one, record(one))
    host("update-ref", "refs/heads/theirs", host("rev-parse", "main"))
    one("config", "remote.origin.mirror", "true")
    assert push(one) == [Push("local", "pushed", OURS)]
    assert host("rev-parse", "refs/heads/theirs")


def test_a_pre_push_hook_still_has_its_say(host: Repo, one: Repo) -> None:
    put(one, record(one))
    one.hook("pre-push", "echo not on fridays >&2; exit 1")
    with pytest.raises(RepositoryError, match="git push"):
        push(one)
    assert host("for-each-ref", "refs/seedgit") == ""


def test_hooks_run_as_they_would_without_us(host: Repo, one: Repo) -> None:
    put(one, record(one))
    one.hook("pre-push", f"git ls-files -- '*.yaml' > '{host.path}/seen'")
    push(one)
    assert host.read("seen") == b"a.yaml\n"


def test_no_such_remote(one: Repo) -> None:
    with pytest.raises(RepositoryError, match="no remote 'elsewhere'") as caught:
        remotes(one).fetch("elsewhere")
    assert "origin" in caught.value.hint
    with pytest.raises(RepositoryError, match="no remote '--all'"):
        remotes(one).push("--all", ["local"])


def test_a_remote_that_is_gone(host: Repo, one: Repo) -> None:
    put(one, record(one))
    host.path.rename(host.path.parent / "gone")
    with pytest.raises(RepositoryError) as caught:
        push(one)
    assert caught.value.hint
    with pytest.raises(RepositoryError):
        remotes(one).fetch("origin")


def test_names_are_checked(one: Repo) -> None:
    with pytest.raises(UsageError):
        push(one, "a..b")


def test_remotes_and_overlays_with_a_slash(one: Repo, host: Repo) -> None:
    one("remote", "add", "origin/x", f"file://{host.path}")
    put(one, record(one), name="x/y")
    put(one, record(one, v=2), name="z")
    assert remotes(one).push("origin", ["x/y"])[0].outcome == "pushed"
    assert remotes(one).copy("y", "origin/x") is None
    assert remotes(one).push("origin/x", ["z"])[0].outcome == "pushed"
    assert set(remotes(one).fetch("origin/x").commits) == {"x/y", "z"}


@pytest.mark.parametrize("name", ["..", ".git", ".GIT", "git~1"])
def test_a_hostile_tree_is_refused_alone(host: Repo, one: Repo, two: Repo, name: str) -> None:
    put(one, record(one, v=1), name="good")
    push(one, "good")
    evil = host.tree({"records": host.tree({name: host.tree({"x": host.blob("x")})})})
    commit = host("commit-tree", evil, "-m", "x", env={"GIT_DIR": str(host.path)})
    host("update-ref", "refs/seedgit/overlays/evil", commit)
    found = remotes(two).fetch("origin")
    assert set(found.commits) == {"good"}
    assert set(found.refused) == {"evil"}
    assert "fsck" in str(found.refused["evil"]) or "contains" in str(found.refused["evil"])
    assert two("for-each-ref", "refs/seedgit/remotes/origin/evil") == ""


def test_a_hostile_ref_name_is_left_out(host: Repo, one: Repo, two: Repo) -> None:
    commit = put(one, record(one), name="good")
    push(one, "good")
    host("update-ref", "refs/seedgit/overlays/-evil", commit)
    host("update-ref", "refs/seedgit/overlays/\u202eevil", commit)
    assert set(remotes(two).fetch("origin").commits) == {"good"}


@pytest.mark.parametrize("filter", ["blob:none", "tree:0"])
def test_a_partial_clone_gets_whole_overlays(host: Repo, one: Repo, filter: str) -> None:
    host("config", "uploadpack.allowFilter", "true")
    host("config", "uploadpack.allowAnySHA1InWant", "true")
    base = one("rev-parse", "HEAD:a.yaml")
    commit = put(one, StoredRecord("a.yaml", base, {"v": 1}), record(one, "b.yaml", v=2))
    push(one)
    partial = host.clone("partial", f"--filter={filter}", "--no-checkout")
    # With bitmaps, a host leaves out all that a clone's commits have, as if none were partial.
    host("repack", "-a", "-d", "--quiet", "--write-bitmap-index")
    assert not partial.open().objects.has(base)
    assert remotes(partial).fetch("origin") == ({"local": commit}, {}, {"local": OURS})
    put(one, record(one, "c.yaml", v=3))
    push(one)
    later = remotes(partial).fetch("origin").commits["local"]
    host.path.rename(host.path.parent / "gone")
    assert set(store(partial).read_at(later).records) == {"a.yaml", "b.yaml", "c.yaml"}
    found = store(partial).read_at(commit)
    assert (set(found.records), found.problems) == ({"a.yaml", "b.yaml"}, ())
    assert partial.open().blob(base) == b"a: 1\n"


def test_a_shallow_clone_gets_whole_overlays(host: Repo, one: Repo) -> None:
    one.commit({"a.yaml": "a: 2\n"})
    one("push", "--quiet")
    for value in range(3):
        put(one, record(one, v=value))
    push(one)
    shallow = host.clone("shallow", "--depth=1")
    commit = remotes(shallow).fetch("origin").commits["local"]
    records = store(shallow).read_at(commit).records
    update(store(shallow), lambda _: records, "merge", merged=[commit])
    assert len(store(shallow).log("local")) == 3
    put(shallow, record(shallow, v=9))
    assert push(shallow)[0].outcome == "pushed"


def test_risks(one: Repo) -> None:
    assert remotes(one).risks() == []
    refspecs = [
        "+refs/*:refs/*",
        "refs/seedgit/*:refs/seedgit/*",
        "+refs/seedgit/overlays/x:refs/seedgit/overlays/x",
    ]
    for refspec in [*refspecs, "+refs/seedgit/overlays/*:refs/theirs/*"]:
        one("config", "--add", "remote.origin.fetch", refspec)
    one("config", "--add", "remote.backup.mirror", "true")
    one("config", "--add", "remote.other.mirror", "false")
    found = remotes(one).risks()
    assert [(risk.key, risk.value) for risk in found] == [
        ("remote.backup.mirror", "true"),
        *(("remote.origin.fetch", refspec) for refspec in refspecs),
    ]
    assert all(risk.what and risk.origin.endswith("config") for risk in found)


def test_an_overlay_is_not_cloned_by_chance(host: Repo, one: Repo) -> None:
    put(one, record(one))
    push(one)
    assert Repository.discover(host.clone("three").path).refs("refs/seedgit/") == {}


def test_the_remotes_are_those_that_git_lists(one: Repo) -> None:
    one("remote", "add", "b.c/d", "elsewhere")
    one("config", "remote.Upper.prune", "true")
    one("config", "remote.pushDefault", "origin")
    assert remotes(one).names() == one("remote").splitlines()
    one("remote", "remove", "b.c/d")
    assert remotes(one).names() == one("remote").splitlines()
