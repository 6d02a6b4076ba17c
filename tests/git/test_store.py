from __future__ import annotations

import os
from collections.abc import Callable

import pytest

from seedgit.errors import InputError, Refused, RepositoryError, UsageError
from seedgit.git.messages import beginning, without_beginning
from seedgit.git.object_text import Person
from seedgit.git.overlay_names import overlay_ref
from seedgit.git.stored_record import StoredRecord, record_name
from tests.conftest import EMAIL, NAME, Repo
from tests.damage import loosen
from tests.git.overlay_helpers import bodies, drop, put, record, store, undo, update

pytestmark = pytest.mark.usefixtures("both_hashes")

REF = "refs/seedgit/overlays/local"
HOSTILE = ["a\nb.yaml", "-x.yaml", "$(x).yaml", "\udcff\udcfe.yaml", "é" * 200, "*.yaml", "a%2Fb"]


def test_an_overlay_before_its_first_change(repo: Repo) -> None:
    found = store(repo).read("local")
    assert (found.name, found.commit, dict(found.records), found.problems) == (
        "local",
        None,
        {},
        (),
    )
    assert store(repo).names() == []
    assert store(repo).log("local") == []


def test_what_is_put_is_read(repo: Repo) -> None:
    one = record(repo, "flows/a.yaml", overrides=[{"op": "replace", "path": "/a", "value": 1.0}])
    two = record(repo, "b.toml", "b = 1\n", parked=[])
    commit = put(repo, one, two, message="why: é\n\nand more")
    found = store(repo).read("local")
    assert (found.name, found.commit, found.problems) == ("local", commit, ())
    assert dict(found.records) == {one.path: one, two.path: two}
    assert store(repo).read_at(commit).records == found.records
    assert store(repo).names() == ["local"]
    text = repo("log", "-1", "--format=%B", REF)
    assert without_beginning(text) == "why: é\n\nand more\n"
    began = beginning(text)
    assert began is not None
    assert (len(began.id), began.host) == (32, os.uname().nodename)
    put(repo, record(repo, "c.yaml"), message="second")
    assert repo("log", "-1", "--format=%B", REF).strip() == "second"


def test_git_shows_a_record_and_its_base(repo: Repo) -> None:
    put(repo, record(repo, "flows/a.yaml", "a: 1\n"))
    assert '"path": "flows/a.yaml"' in repo("show", f"{REF}:records/flows%2Fa.yaml/record.json")
    assert repo("show", f"{REF}:records/flows%2Fa.yaml/base") == "a: 1"


def test_no_change_no_commit(repo: Repo) -> None:
    one = record(repo, "a.yaml", queue="main")
    commit = put(repo, one)
    assert update(store(repo), lambda _: {one.path: one}, "again") is None
    assert update(store(repo), lambda _: {}, "nothing") is None
    assert update(store(repo), lambda _: {"other.yaml": None}, "nothing") is None
    assert store(repo).tip("local") == commit
    assert update(store(repo), lambda _: {}, "nothing", name="other") is None
    assert store(repo).names() == ["local"]


def test_the_last_record_dropped_leaves_an_empty_overlay(repo: Repo) -> None:
    one = record(repo)
    put(repo, one)
    assert drop(repo, one.path)
    assert store(repo).read("local").records == {}
    assert repo("ls-tree", REF) == ""
    put(repo, one)
    assert store(repo).read("local").records == {one.path: one}


def test_a_file_and_a_directory_of_one_name(repo: Repo) -> None:
    seeds = [record(repo, path, at=path) for path in ("a", "a/b", "a/record.json", "a/base/b")]
    put(repo, *seeds)
    assert store(repo).read("local").records == {seed.path: seed for seed in seeds}
    drop(repo, "a")
    assert set(store(repo).read("local").records) == {"a/b", "a/record.json", "a/base/b"}


@pytest.mark.parametrize("path", HOSTILE)
def test_hostile_names(repo: Repo, path: str) -> None:
    put(repo, record(repo, path, v=1), record(repo, "plain.yaml"))
    assert store(repo).read("local").records[path].body == {"v": 1}
    assert [set(entry.seeds) for entry in store(repo).log("local")] == [{path, "plain.yaml"}]
    repo("fsck", "--strict")


@pytest.mark.parametrize("path", [".git/config", "../x", "a/../b", "/etc/passwd", "git~1/x", "a\0"])
def test_refused_paths_are_not_stored(repo: Repo, path: str) -> None:
    with pytest.raises(InputError):
        put(repo, StoredRecord(path, repo.blob(""), {}))
    assert store(repo).names() == []


def test_a_record_must_be_stored_at_its_path(repo: Repo) -> None:
    one = record(repo, "a.yaml")
    with pytest.raises(ValueError, match=r"b\.yaml"):
        update(store(repo), lambda _: {"b.yaml": one}, "wrong")


def test_a_base_that_is_nowhere(repo: Repo) -> None:
    with pytest.raises(RepositoryError, match="missing"):
        put(repo, StoredRecord("a.yaml", "1" * 40, {}))
    with pytest.raises(RepositoryError, match="not a blob"):
        put(repo, StoredRecord("a.yaml", repo.commit(), {}))


def test_the_base_outlives_its_branch(repo: Repo) -> None:
    repo.commit({"readme": "x"})
    repo("checkout", "--quiet", "-b", "side")
    repo.commit({"a.yaml": "only here: 1\n"})
    base = repo("rev-parse", "HEAD:a.yaml")
    put(repo, StoredRecord("a.yaml", base, {}))
    repo("checkout", "--quiet", "main")
    repo("branch", "-D", "side")
    repo("reflog", "expire", "--expire=now", "--all")
    repo("gc", "--quiet", "--prune=now")
    assert repo.open().blob(base) == b"only here: 1\n"
    assert set(store(repo).read("local").records) == {"a.yaml"}


def test_who_and_when(repo: Repo) -> None:
    put(repo, record(repo, v=1))
    author = Person("Ann Author", "ann@x.example", 1700000000, -210)
    update(store(repo), lambda _: {"a.yaml": record(repo, v=2)}, "m", author=author)
    last, first = (entry.commit for entry in store(repo).log("local"))
    assert last.author == author
    assert (last.committer.name, last.committer.email) == (NAME, EMAIL)
    assert (first.author.name, first.author.email) == (NAME, EMAIL)


def test_nobody(repo: Repo, monkeypatch: pytest.MonkeyPatch) -> None:
    repo("config", "user.useConfigOnly", "true")
    monkeypatch.setenv("GIT_CONFIG_GLOBAL", "/dev/null")
    with pytest.raises(RepositoryError) as caught:
        put(repo, record(repo))
    assert "user.name" in caught.value.hint


def test_every_change_is_in_the_reflog(repo: Repo) -> None:
    put(repo, record(repo, v=1), message="first\n\nlong story")
    put(repo, record(repo, v=2), message="second")
    assert repo("reflog", "show", "--format=%gs", REF).splitlines() == ["second", "first"]


def test_log(repo: Repo) -> None:
    put(repo, record(repo, "a.yaml", v=1), message="one")
    put(repo, record(repo, "a.yaml", v=2), record(repo, "b.yaml"), message="two")
    drop(repo, "a.yaml")
    found = [(entry.commit.subject, entry.seeds) for entry in store(repo).log("local")]
    assert found == [
        ("unset a.yaml", ("a.yaml",)),
        ("two", ("a.yaml", "b.yaml")),
        ("one", ("a.yaml",)),
    ]
    assert len(store(repo).log("local", limit=2)) == 2


def test_linked_worktrees_share(repo: Repo) -> None:
    repo.commit({"a.yaml": "a: 1\n"})
    side = repo.worktree("side", "-b", "side")
    put(side, record(side, v="from side"))
    assert bodies(store(repo).read("local")) == {"a.yaml": {"v": "from side"}}
    put(repo, record(repo, "b.yaml", v="from main"))
    assert set(store(side).read("local").records) == {"a.yaml", "b.yaml"}


class TestUndo:
    def test_step_by_step(self, repo: Repo) -> None:
        for value in (1, 2, 3):
            put(repo, record(repo, v=value), message=f"v={value}")
        for expected in ({"a.yaml": {"v": 2}}, {"a.yaml": {"v": 1}}, {}):
            commit = undo(store(repo))
            assert store(repo).tip("local") == commit
            assert bodies(store(repo).read("local")) == expected
        with pytest.raises(RepositoryError, match="nothing to undo"):
            undo(store(repo))
        assert [e.commit.message.split("\n")[0] for e in store(repo).log("local")] == [
            "undo: v=1",
            "undo: v=2",
            "undo: v=3",
            "v=3",
            "v=2",
            "v=1",
        ]

    def test_a_change_after_an_undo(self, repo: Repo) -> None:
        for value in (1, 2):
            put(repo, record(repo, v=value))
        undo(store(repo))
        put(repo, record(repo, v=3))
        undo(store(repo))
        assert bodies(store(repo).read("local")) == {"a.yaml": {"v": 1}}
        undo(store(repo))
        assert bodies(store(repo).read("local")) == {}

    def test_no_overlay(self, repo: Repo) -> None:
        with pytest.raises(RepositoryError, match="nothing to undo"):
            undo(store(repo))

    @pytest.mark.parametrize("claim", ["1" * 40, "HEAD", "", "../x"])
    def test_a_message_that_lies(self, repo: Repo, claim: str) -> None:
        put(repo, record(repo, v=1))
        put(repo, record(repo, v=2), message=f"m\n\nUndoes: {claim}")
        undo(store(repo))
        assert bodies(store(repo).read("local")) == {"a.yaml": {"v": 1}}


class TestNames:
    @pytest.mark.parametrize("name", ["local", "site/berlin", "é", "a.b", "x@y", "UPPER"])
    def test_fine(self, repo: Repo, name: str) -> None:
        put(repo, record(repo), name=name)
        assert store(repo).names() == [name]

    @pytest.mark.parametrize(
        "name",
        [
            *[
                "",
                "/",
                "a//b",
                "a/",
                "/a",
                "..",
                "a..b",
                ".a",
                "a/.b",
                "a.lock",
                "a b",
                "a~1",
                "a^",
            ],
            *["a:b", "a?", "a*", "a[b", "a\\b", "a@{b", "a\nb", "a\x1b[2J", "-a", "\u202eabc"],
            "\udcff",
        ],
    )
    def test_refused(self, repo: Repo, name: str) -> None:
        with pytest.raises(UsageError, match="not a name") as caught:
            put(repo, record(repo), name=name)
        assert caught.value.hint
        with pytest.raises(UsageError):
            store(repo).read(name)

    @pytest.mark.parametrize(("one", "other"), [("x", "x/y"), ("x/y", "x"), ("x/y/z", "x")])
    def test_clash(self, repo: Repo, one: str, other: str) -> None:
        put(repo, record(repo), name=one)
        with pytest.raises(UsageError, match="beside"):
            put(repo, record(repo), name=other)

    def test_delete(self, repo: Repo) -> None:
        commit = put(repo, record(repo, v=1))
        repo("pack-refs", "--all")
        assert store(repo).delete("local") == commit
        assert store(repo).names() == []
        with pytest.raises(RepositoryError, match="no overlay"):
            store(repo).delete("local")
        repo("update-ref", overlay_ref("local"), commit)
        assert bodies(store(repo).read("local")) == {"a.yaml": {"v": 1}}


class TestDamage:
    """One bad record is one problem; the others load, and nothing unread is overwritten."""

    def spoil(self, repo: Repo, entries: dict[str, str], **root: str) -> str:
        """An overlay with one good record and these entries beside it; `root`: beside those."""
        good = put(repo, record(repo, "good.yaml", v=1))
        kept = repo("rev-parse", f"{good}:records/good.yaml")
        records = repo.tree({"good.yaml": kept, **entries})
        commit = repo("commit-tree", repo.tree({"records": records, **root}), "-p", good, "-m", "x")
        repo("update-ref", REF, commit)
        return commit

    def entry(self, repo: Repo, json: str, base: str = "a: 1\n") -> str:
        return repo.tree({"record.json": repo.blob(json), "base": repo.blob(base)})

    def json(self, repo: Repo, path: str, version: int = 1) -> str:
        base = repo.blob("a: 1\n")
        return f'{{"version": {version}, "path": "{path}", "base": "{base}", "v": 2}}'

    @pytest.mark.parametrize("text", ["", "{", "[]", '{"version": 1}', "\x00", "{}" * 9])
    def test_a_corrupt_record(self, repo: Repo, text: str) -> None:
        self.spoil(repo, {"bad.yaml": self.entry(repo, text)})
        found = store(repo).read("local")
        assert bodies(found) == {"good.yaml": {"v": 1}}
        (problem,) = found.problems
        assert (problem.seed, problem.entry) == ("bad.yaml", "bad.yaml")
        assert problem.error.where == "local:records/bad.yaml"
        assert "unusable overlay record" in problem.error.message

    def test_a_record_from_the_future(self, repo: Repo) -> None:
        self.spoil(repo, {"bad.yaml": self.entry(repo, self.json(repo, "bad.yaml", 3))})
        found = store(repo).read("local")
        assert set(found.records) == {"good.yaml"}
        assert "newer" in found.problems[0].error.message
        with pytest.raises(Refused, match="overwritten unread") as caught:
            put(repo, record(repo, "bad.yaml"))
        assert "newer seedgit" in caught.value.hint

    def test_what_cannot_be_read_is_carried_along(self, repo: Repo) -> None:
        future = self.entry(repo, self.json(repo, "bad.yaml", 3))
        self.spoil(repo, {"bad.yaml": future}, **{"rules.yaml": repo.blob("version: 9\n")})
        put(repo, record(repo, "good.yaml", v=3))
        assert repo("rev-parse", f"{REF}:records/bad.yaml") == future
        assert repo("show", f"{REF}:rules.yaml") == "version: 9"

    def test_a_corrupt_record_can_be_dropped(self, repo: Repo) -> None:
        self.spoil(repo, {"bad.yaml": self.entry(repo, "{")})
        with pytest.raises(Refused, match="overwritten unread") as caught:
            put(repo, record(repo, "bad.yaml"))
        assert "undo" in caught.value.hint
        assert drop(repo, "bad.yaml")
        assert store(repo).read("local").problems == ()

    def test_another_base_than_the_named(self, repo: Repo) -> None:
        self.spoil(repo, {"bad.yaml": self.entry(repo, self.json(repo, "bad.yaml"), "b: 2\n")})
        assert "not the blob" in store(repo).read("local").problems[0].error.message

    def test_a_record_under_another_name(self, repo: Repo) -> None:
        self.spoil(repo, {"bad.yaml": self.entry(repo, self.json(repo, "good.yaml"))})
        found = store(repo).read("local")
        assert bodies(found) == {"good.yaml": {"v": 1}}
        assert "names another seed" in found.problems[0].error.message

    def test_objects_of_the_wrong_kind(self, repo: Repo) -> None:
        blob = repo.blob("x")
        folder = repo.tree({"x": blob})
        self.spoil(
            repo,
            {
                "blob.yaml": blob,
                "empty.yaml": repo.tree({"x": blob}),
                "folders.yaml": repo.tree({"record.json": folder, "base": folder}),
            },
        )
        found = store(repo).read("local")
        assert set(found.records) == {"good.yaml"}
        assert [problem.seed for problem in found.problems] == [
            "blob.yaml",
            "empty.yaml",
            "folders.yaml",
        ]

    def test_links_and_submodules(self, repo: Repo) -> None:
        text = self.json(repo, "bad.yaml")
        link = repo.tree({"record.json": repo.blob(text), "base": repo.blob("a: 1\n")}, "120000")
        self.spoil(repo, {"bad.yaml": link})
        found = store(repo).read("local")
        assert set(found.records) == {"good.yaml"}
        assert "lacks" in found.problems[0].error.message

    @pytest.mark.parametrize(
        "name", ["..", ".", ".git", ".GIT", "git~1", "a\nb", "\udcff", "a\x1b[2J"]
    )
    def test_hostile_names(self, repo: Repo, name: str) -> None:
        self.spoil(repo, {name: self.entry(repo, self.json(repo, "bad.yaml"))})
        found = store(repo).read("local")
        assert set(found.records) == {"good.yaml"}
        assert "refused" in found.problems[0].error.message

    @pytest.mark.parametrize("name", ["..", ".git", "git~1"])
    def test_hostile_names_are_not_written_again(self, repo: Repo, name: str) -> None:
        commit = self.spoil(repo, {name: self.entry(repo, "{}")})
        with pytest.raises(Refused, match="refused name"):
            put(repo, record(repo, "good.yaml", v=9))
        assert store(repo).tip("local") == commit
        undo(store(repo))
        put(repo, record(repo, "good.yaml", v=9))

    def test_a_missing_object(self, repo: Repo) -> None:
        put(repo, record(repo, "good.yaml"), record(repo, "bad.yaml", v="its own"))
        loosen(repo)
        lost = repo("rev-parse", f"{REF}:records/bad.yaml/record.json")
        (repo.path / ".git" / "objects" / lost[:2] / lost[2:]).unlink()
        found = store(repo).read("local")
        assert set(found.records) == {"good.yaml"}
        assert "damaged" in found.problems[0].error.message
        assert lost in found.problems[0].error.message

    def test_a_truncated_object(self, repo: Repo) -> None:
        put(repo, record(repo, "good.yaml"), record(repo, "bad.yaml", v="its own"))
        loosen(repo)
        lost = repo("rev-parse", f"{REF}:records/bad.yaml/record.json")
        place = repo.path / ".git" / "objects" / lost[:2] / lost[2:]
        place.chmod(0o644)
        place.write_bytes(b"")
        found = store(repo).read("local")
        assert set(found.records) == {"good.yaml"}
        assert "damaged" in found.problems[0].error.message

    def test_records_that_is_no_directory(self, repo: Repo) -> None:
        tree = repo.tree({"records": repo.blob("x")})
        repo("update-ref", REF, repo("commit-tree", tree, "-m", "x"))
        assert store(repo).read("local").records == {}

    def test_a_ref_that_is_no_commit(self, repo: Repo) -> None:
        repo("update-ref", REF, repo.blob("x"))
        with pytest.raises(RepositoryError, match="no such commit"):
            store(repo).read("local")

    def test_a_broken_ref(self, repo: Repo) -> None:
        place = repo.path / ".git" / REF
        place.parent.mkdir(parents=True)
        place.write_text("rubbish\n")
        with pytest.raises(RepositoryError, match="cannot be read"):
            store(repo).read("local")

    def test_a_symbolic_ref(self, repo: Repo) -> None:
        repo.commit()
        repo("symbolic-ref", REF, "refs/heads/main")
        with pytest.raises(RepositoryError, match="symbolic"):
            store(repo).read("local")
        with pytest.raises(RepositoryError, match="symbolic"):
            put(repo, record(repo))


class TestClones:
    def test_shallow(self, repo: Repo) -> None:
        for value in (1, 2, 3):
            repo.commit({"a.yaml": f"a: {value}\n"})
        clone = repo.clone("shallow", "--depth=1")
        base = clone("rev-parse", "HEAD:a.yaml")
        put(clone, StoredRecord("a.yaml", base, {"v": 1}))
        put(clone, StoredRecord("a.yaml", base, {"v": 2}))
        assert len(store(clone).log("local")) == 2
        undo(store(clone))
        assert bodies(store(clone).read("local")) == {"a.yaml": {"v": 1}}

    def test_an_overlay_that_is_shallow_itself(self, repo: Repo) -> None:
        repo.commit()
        put(repo, record(repo, v=1))
        put(repo, record(repo, v=2))
        clone = repo.clone("shallow", "--depth=1")
        clone("fetch", "--quiet", "--depth=1", "origin", f"{REF}:{REF}")
        assert len(store(clone).log("local")) == 1
        with pytest.raises(RepositoryError, match="shallow") as caught:
            undo(store(clone))
        assert "unshallow" in caught.value.hint
        put(clone, record(clone, v=3))
        undo(store(clone))
        assert bodies(store(clone).read("local")) == {"a.yaml": {"v": 2}}

    @pytest.mark.parametrize("filter", ["blob:none", "tree:0"])
    def test_partial(self, repo: Repo, filter: str) -> None:
        repo("config", "uploadpack.allowFilter", "true")
        repo("config", "uploadpack.allowAnySHA1InWant", "true")
        old = repo.commit({"a.yaml": "a: 1\n"})
        repo.commit({"a.yaml": "a: 2\n"})
        clone = repo.clone("partial", f"--filter={filter}", "--no-checkout")
        entry = clone.open().entry(old, "a.yaml")
        assert entry is not None
        assert not clone.open().objects.has(entry.id)
        put(clone, StoredRecord("a.yaml", entry.id, {"v": 1}))
        repo.path.rename(repo.path.parent / "gone")
        clone("gc", "--quiet", "--prune=now")
        assert bodies(store(clone).read("local")) == {"a.yaml": {"v": 1}}
        assert clone.open().blob(entry.id) == b"a: 1\n"


class TestMerge:
    """`extra_parents` records a merge that somebody else has worked out."""

    def branch(self, repo: Repo) -> tuple[str, str]:
        """Two overlays that begin alike: `local` and `theirs`."""
        base = put(repo, record(repo, "a.yaml", v=1), record(repo, "b.yaml", v=1))
        repo("update-ref", overlay_ref("theirs"), base)
        return base, put(repo, record(repo, "b.yaml", v=2), name="theirs")

    def test_both_changed(self, repo: Repo) -> None:
        _, theirs = self.branch(repo)
        ours = put(repo, record(repo, "a.yaml", v=3))
        wanted = {"b.yaml": record(repo, "b.yaml", v=2)}
        merge = update(store(repo), lambda _: wanted, "merge", merged=[theirs])
        assert merge is not None
        assert repo.open().commit(merge).parents == (ours, theirs)
        assert bodies(store(repo).read("local")) == {"a.yaml": {"v": 3}, "b.yaml": {"v": 2}}
        again = update(store(repo), lambda _: {}, "merge", merged=[theirs])
        assert again is None

    def test_nothing_of_our_own_is_a_fast_forward(self, repo: Repo) -> None:
        _, theirs = self.branch(repo)
        wanted = {"b.yaml": record(repo, "b.yaml", v=2)}
        merge = update(store(repo), lambda _: wanted, "merge", merged=[theirs])
        assert merge == theirs == store(repo).tip("local")

    def test_into_an_overlay_that_is_not_there_yet(self, repo: Repo) -> None:
        _, theirs = self.branch(repo)
        records = store(repo).read("theirs").records
        merge = update(store(repo), lambda _: records, "merge", name="new", merged=[theirs])
        assert merge == theirs == store(repo).tip("new")

    def test_a_merge_that_keeps_ours(self, repo: Repo) -> None:
        _, theirs = self.branch(repo)
        ours = put(repo, record(repo, "b.yaml", v=3))
        merge = update(store(repo), lambda _: {}, "merge", merged=[theirs])
        assert merge is not None
        assert repo.open().commit(merge).parents == (ours, theirs)
        assert undo(store(repo))
        assert store(repo).read("local").records["b.yaml"].body == {"v": 3}

    @pytest.fixture
    def future(self, repo: Repo) -> Callable[[str, str], str]:
        """Puts a record from the future, `text` in it, on top of an overlay."""

        def put_future(name: str, text: str) -> str:
            tip = store(repo).tip(name)
            assert tip is not None
            entry = repo.tree({"record.json": repo.blob(f'{{"version": 3, "x": "{text}"}}')})
            names = store(repo).read(name).records
            kept = {
                record_name(p): repo("rev-parse", f"{tip}:records/{record_name(p)}") for p in names
            }
            tree = repo.tree({"records": repo.tree({**kept, "f.yaml": entry})})
            commit = repo("commit-tree", tree, "-p", tip, "-m", "future")
            repo("update-ref", overlay_ref(name), commit)
            return entry

        return put_future

    def test_theirs_has_what_we_cannot_read(
        self, repo: Repo, future: Callable[[str, str], str]
    ) -> None:
        self.branch(repo)
        entry = future("theirs", "one")
        put(repo, record(repo, "a.yaml", v=3))
        theirs = store(repo).tip("theirs")
        assert theirs is not None
        assert update(store(repo), lambda _: {}, "merge", merged=[theirs])
        assert repo("rev-parse", f"{REF}:records/f.yaml") == entry
        later = future("theirs", "two")
        theirs = store(repo).tip("theirs")
        assert theirs is not None
        # A merger that took the unread record for a deleted one must not delete it.
        wanted = {"f.yaml": None}
        assert update(store(repo), lambda _: wanted, "merge", merged=[theirs])
        assert repo("rev-parse", f"{REF}:records/f.yaml") == later

    def test_theirs_rewrote_what_we_can_read_in_a_form_we_cannot(
        self, repo: Repo, future: Callable[[str, str], str]
    ) -> None:
        base = put(repo, record(repo, "f.yaml", v=1))
        repo("update-ref", overlay_ref("theirs"), base)
        entry = future("theirs", "one")
        put(repo, record(repo, "a.yaml", v=3))
        theirs = store(repo).tip("theirs")
        assert theirs is not None
        for wanted in ({}, {"f.yaml": None}, {"f.yaml": record(repo, "f.yaml", v=2)}):
            assert update(store(repo), lambda _, w=wanted: w, "m", merged=[theirs])  # type: ignore[misc]
            assert repo("rev-parse", f"{REF}:records/f.yaml") == entry
            repo("update-ref", REF, f"{REF}~")
        put(repo, record(repo, "f.yaml", v=9))
        with pytest.raises(Refused, match=r"f\.yaml"):
            update(store(repo), lambda _: {}, "m", merged=[theirs])

    def test_both_have_what_we_cannot_read(
        self, repo: Repo, future: Callable[[str, str], str]
    ) -> None:
        self.branch(repo)
        future("theirs", "one")
        future("local", "two")
        before, theirs = store(repo).tip("local"), store(repo).tip("theirs")
        assert theirs is not None
        with pytest.raises(Refused, match=r"f\.yaml"):
            update(store(repo), lambda _: {}, "merge", merged=[theirs])
        assert store(repo).tip("local") == before

    def test_a_parent_that_is_not_there(self, repo: Repo) -> None:
        put(repo, record(repo))
        with pytest.raises(RepositoryError, match="1111"):
            update(store(repo), lambda _: {}, "merge", merged=["1" * 40])
