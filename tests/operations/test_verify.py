"""seedgit verify: merges made by something else, lost changes, changed seeds, orphans."""

from __future__ import annotations

import html
import json
import os
from typing import Any

import pytest

from seedgit.cli.github import annotation, harmless
from seedgit.operations.verify.committed_merge import MOST_NAMED
from tests.built import prepared
from tests.conftest import Repo
from tests.site import FLOW, PATH, RULES, package, seedgit, site_of

SHALLOW = "fetch-depth"

# One document in each format: `timeout` and `model` stand side by side, so that git's merge by
# lines conflicts where only the structure can tell them apart.
FILES = {
    "flows/a.yaml": "name: wiki\ntimeout: 30\nmodel: small\npaused: false\n"
    "steps:\n  - id: fetch\n    size: 1\n  - id: rank\n    size: 2\n",
    "flows/a.json": '{\n  "name": "wiki",\n  "timeout": 30,\n  "model": "small",\n'
    '  "paused": false,\n  "steps": [\n    {"id": "fetch", "size": 1},\n'
    '    {"id": "rank", "size": 2}\n  ]\n}\n',
    "flows/a.toml": 'name = "wiki"\ntimeout = 30\nmodel = "small"\npaused = false\n\n'
    '[[steps]]\nid = "fetch"\nsize = 1\n\n[[steps]]\nid = "rank"\nsize = 2\n',
}
EVERY_FORMAT = pytest.mark.parametrize("path", FILES)


@pytest.fixture
@prepared
def upstream(repo: Repo) -> Repo:
    repo.commit(FILES)
    return package(repo)


@pytest.fixture
@prepared
def site(upstream: Repo) -> Repo:
    """A clone without `seedgit init`, as CI has it."""
    site = upstream.clone("site")
    site("config", "seedgit.upstream", "origin/main")
    return site


def install(site: Repo) -> None:
    """The merge driver, without hooks."""
    assert seedgit(site, "init").status == 0
    for hook in (site.path / ".git" / "hooks").iterdir():
        hook.unlink()


def verify(site: Repo, *words: str, status: int = 0, env: dict[str, str] | None = None) -> Any:
    said = seedgit(site, "verify", *words, "--json", env=env)
    assert said.status == status, (said.out, said.err)
    return json.loads(said.out)


def codes(found: Any) -> list[tuple[str, str]]:
    return [(f["code"], f["pointer"]) for f in found["findings"]]


def edit(repo: Repo, path: str, *changes: tuple[str, str], message: str = "edit") -> str:
    text = repo.read(path).decode()
    for old, new in changes:
        assert old in text
        text = text.replace(old, new)
    return repo.commit({path: text}, message)


ALLOWED = "edit\n\nSeed-Change: a test"
# Lines that end alike in all three formats.
OURS, THEIRS = ("30", "45"), ("small", "large")


def merge_by_hand(site: Repo, path: str, *changes: tuple[str, str]) -> str:
    """A merge commit in which a seed is what somebody, or something, made of it."""
    text = FILES[path]
    for old, new in changes:
        assert old in text
        text = text.replace(old, new)
    site("fetch", "--quiet")
    site("merge", "--quiet", "--no-commit", "-s", "ours", "--no-ff", "origin/main")
    return site.commit({path: text}, "merged")


@EVERY_FORMAT
def test_seedgits_own_merge_passes(upstream: Repo, site: Repo, path: str) -> None:
    install(site)
    edit(site, path, OURS, message=ALLOWED)
    edit(upstream, path, THEIRS)
    site("pull", "--quiet", "--no-rebase", "--no-edit")
    seedgit(site, "init", "--undo")
    found = verify(site)
    assert found["ok"]
    assert found["merges"] == 1
    assert [(s["path"], s["outcome"]) for s in found["seeds"]] == [(path, "as-decided")]


@EVERY_FORMAT
def test_another_merge_is_named_with_both_values(upstream: Repo, site: Repo, path: str) -> None:
    edit(site, path, OURS, message=ALLOWED)
    edit(upstream, path, THEIRS)
    commit = merge_by_hand(site, path, ("30", "45"))  # -s ours: upstream's change is not in it
    found = verify(site, status=1)
    (finding,) = found["findings"]
    assert finding["code"] == "merged-otherwise"
    assert (finding["commit"], finding["path"]) == (commit, path)
    assert (finding["pointer"], finding["expected"], finding["found"]) == (
        "/model",
        "large",
        "small",
    )
    assert FILES[path].splitlines()[finding["line"] - 1].strip(' "').startswith("model")
    said = seedgit(site, "verify")
    assert said.status == 1
    assert (
        f'{commit[:10]} {path}:{finding["line"]}: /model: decided "large", committed "small"'
        in (said.out)
    )


@EVERY_FORMAT
def test_what_only_upstream_changed_can_be_merged_wrong_too(
    upstream: Repo, site: Repo, path: str
) -> None:
    site.commit({"README": "ours"})
    edit(upstream, path, THEIRS)
    merge_by_hand(site, path)
    assert codes(verify(site, status=1)) == [("merged-otherwise", "/model")]


def test_a_merge_by_lines_is_told_from_the_structural_one(upstream: Repo, site: Repo) -> None:
    """What a forge's button makes: upstream moved a step, and the site's edit stayed behind."""
    path = "flows/a.yaml"
    blank = "".join(f"  - id: s{n}\n    size: 5\n" for n in range(6))
    text = FILES[path].replace("  - id: rank", blank + "  - id: rank")
    upstream.commit({path: text})
    site("pull", "--quiet")
    edit(site, path, ("    size: 2", "    size: 9"), message=ALLOWED)
    upstream.commit(
        {path: text.replace(blank, "").replace("  - id: fetch", blank + "  - id: fetch")}
    )
    site("fetch", "--quiet")
    site("merge", "--quiet", "--no-edit", "origin/main")
    assert verify(site)["ok"]
    # A paused flow is the site's: by lines, upstream's change of it comes in all the same.
    edit(site, PATH, ("limit: 5", "limit: 6"))
    edit(upstream, PATH, ("limit: 5", "limit: 9"))
    site("fetch", "--quiet")
    site("merge", "--quiet", "--no-edit", "-X", "ours", "origin/main")
    found = verify(site, status=1)
    (finding,) = found["findings"]
    assert (finding["pointer"], finding["expected"], finding["found"]) == ("/limit", 9, 6)


@EVERY_FORMAT
def test_a_resolution_by_hand_passes(upstream: Repo, site: Repo, path: str) -> None:
    edit(site, path, ("30", "45"), message=ALLOWED)
    edit(upstream, path, ("30", "60"), THEIRS)
    merge_by_hand(site, path, ("30", "50"), THEIRS)
    found = verify(site)
    assert [(s["path"], s["outcome"]) for s in found["seeds"]] == [(path, "resolved-by-hand")]


@EVERY_FORMAT
def test_a_resolution_that_loses_something_does_not(upstream: Repo, site: Repo, path: str) -> None:
    edit(site, path, ("30", "45"), ("wiki", "ours"), message=ALLOWED)
    edit(upstream, path, ("30", "60"), THEIRS)
    merge_by_hand(site, path, ("30", "50"), ("1", "7"))
    found = verify(site, status=1)
    assert codes(found) == [
        ("lost-change", "/name"),
        ("lost-change", "/model"),
        ("lost-change", "/steps/0/size"),
    ]
    assert {f["expected"] for f in found["findings"]} == {"ours", "large", 1}


@EVERY_FORMAT
def test_a_conflict_in_a_list_item(upstream: Repo, site: Repo, path: str) -> None:
    edit(site, path, ("2", "3"), message=ALLOWED)
    edit(upstream, path, ("2", "4"), ("1", "8"))
    merge_by_hand(site, path, ("2", "5"), ("1", "8"))
    assert verify(site)["ok"]
    site("reset", "--quiet", "--hard", "HEAD^")
    merge_by_hand(site, path, ("2", "5"))
    assert codes(verify(site, status=1)) == [("lost-change", "/steps/0/size")]


def told(site: Repo, *words: str) -> list[str]:
    """What the text says of each finding, without its place in the file. JSON has its pointer."""
    said = seedgit(site, "verify", *words).out.splitlines()
    found = [line.partition(": ")[2] for line in said if line.startswith("  ")]
    return [line for line in found if line.startswith("/")]


@EVERY_FORMAT
def test_an_item_of_a_list_is_named_by_its_identity(upstream: Repo, site: Repo, path: str) -> None:
    site.commit({"README": "ours"})
    edit(upstream, path, ("fetch", "get"), ("2", "4"))
    merge_by_hand(site, path)
    found = verify(site, status=1)
    assert codes(found) == [
        *(("merged-otherwise", f"/steps/{place}") for place in ("0", "0", "1/size")),
    ]
    assert not any("name" in finding for finding in found["findings"])
    assert told(site) == [
        '/steps/[id=get]: decided {"id": "get", "size": 1}, committed (absent)',
        '/steps/[id=fetch]: decided (absent), committed {"id": "fetch", "size": 1}',
        "/steps/[id=rank]/size: decided 4, committed 2",
    ]
    comment = html.unescape(seedgit(site, "verify", "--format=markdown").out)
    assert "<code>/steps/[id=rank]/size: decided 4, committed 2</code>" in comment
    edit(site, path, ("2", "7"))
    assert told(site, "HEAD^!") == ["/steps/[id=rank]/size: 2 -> 7"]
    assert codes(verify(site, "HEAD^!", status=1)) == [("seed-changed", "/steps/1/size")]


def test_a_secret_names_no_item(upstream: Repo, site: Repo) -> None:
    rules = RULES.replace(
        "overlay:", "overlay:\n      - path: /steps/*/id\n        secret: true", 1
    )
    assert rules != RULES
    upstream.commit({".seedgit.yaml": rules})
    site("pull", "--quiet")
    edit(site, "flows/a.yaml", ("size: 1", "size: 7"))
    assert told(site, "HEAD^!") == ["/steps/0/size: 1 -> 7"]


def test_many_changes_of_one_list_keep_their_pointers(upstream: Repo, site: Repo) -> None:
    """Each name takes a look at all items of the list."""
    text = FLOW + "".join(f"  - id: s{n}\n    size: 1\n" for n in range(MOST_NAMED + 1))
    upstream.commit({PATH: text})
    site("pull", "--quiet")
    edit(site, PATH, ("size: 1", "size: 2"))
    assert told(site, "HEAD^!")[-1] == f"/steps/{MOST_NAMED + 2}/size: 1 -> 2"
    site("reset", "--quiet", "--hard", "HEAD^")
    edit(site, PATH, ("  - id: s0\n    size: 1", "  - id: s0\n    size: 2"))
    assert told(site, "HEAD^!") == ["/steps/[id=s0]/size: 1 -> 2"]


def test_markers_that_were_committed(upstream: Repo, site: Repo) -> None:
    path = "flows/a.yaml"
    edit(site, path, ("30", "45"), message=ALLOWED)
    edit(upstream, path, ("30", "60"))
    site("fetch", "--quiet")
    site("merge", "origin/main", ok=False)
    site.commit(message="merged")
    (finding,) = verify(site, status=1)["findings"]
    assert (finding["code"], finding["detail"]) == ("lost-change", "does not parse")


def test_a_seed_that_goes_comes_or_is_renamed_in_a_merge(upstream: Repo, site: Repo) -> None:
    edit(site, "flows/a.toml", OURS, message=ALLOWED)
    edit(upstream, "flows/a.toml", THEIRS)
    upstream("mv", "flows/a.toml", "flows/b.toml")
    upstream("rm", "--quiet", "flows/a.json")
    upstream.commit({"flows/new.yaml": "a: 1\n"}, "v2")
    install(site)
    site("pull", "--quiet", "--no-rebase", "--no-edit")
    assert verify(site)["ok"]
    (site.path / "flows/new.yaml").unlink()
    site.write({"flows/a.json": FILES["flows/a.json"]})
    site("add", "--all")
    site("commit", "--quiet", "--no-verify", "--amend", "--no-edit")
    found = {(f["path"], f["detail"]) for f in verify(site, status=1)["findings"]}
    assert found == {
        ("flows/a.json", "the merge does not have this file"),
        ("flows/new.yaml", "the merge has this file, but it was deleted"),
    }


def test_modify_delete_is_a_persons(upstream: Repo, site: Repo) -> None:
    edit(site, "flows/a.yaml", OURS, message=ALLOWED)
    upstream("rm", "--quiet", "flows/a.yaml")
    upstream.commit()
    site("fetch", "--quiet")
    site("merge", "origin/main", ok=False)
    site.commit(message="kept")
    assert verify(site)["seeds"][0]["outcome"] == "resolved-by-hand"


def test_format_and_comments_are_nobodys_loss(upstream: Repo, site: Repo) -> None:
    path = "flows/a.yaml"
    edit(site, path, OURS, message=ALLOWED)
    edit(upstream, path, THEIRS)
    merge_by_hand(site, path, OURS, ("small", "'large'  # by hand"))
    assert verify(site)["ok"]


def test_a_template_is_compared_by_its_bytes(upstream: Repo, site: Repo) -> None:
    path = "flows/t.yaml"
    text = "a: {{ x }}\nb: 1\nc: 2\nd: 3\n{% e %}\n"
    upstream.commit({path: text})
    site("pull", "--quiet")
    site.commit({path: text.replace("x", "y")}, ALLOWED)
    upstream.commit({path: text.replace("{% e %}", "{% f %}")})
    site("fetch", "--quiet")
    site("merge", "--quiet", "--no-edit", "origin/main")
    assert verify(site)["ok"]
    site.write({path: text})
    site("commit", "--quiet", "--all", "--amend", "--no-edit")
    (finding,) = verify(site, status=1)["findings"]
    assert "not the text that git merges" in finding["detail"]


@EVERY_FORMAT
def test_a_seed_changed_outside_upstream(site: Repo, path: str) -> None:
    commit = edit(site, path, OURS, ("false", "true"))
    (finding,) = verify(site, status=1)["findings"]
    assert (finding["code"], finding["commit"], finding["path"]) == ("seed-changed", commit, path)
    assert (finding["pointer"], finding["expected"], finding["found"]) == ("/timeout", 30, 45)
    assert "45" in site.read(path).decode().splitlines()[finding["line"] - 1]


def test_a_reason_allows_it(site: Repo) -> None:
    edit(site, PATH, OURS, message="fix\n\nSeed-Change: hotfix 812\nSigned-off-by: x <x@y>")
    found = verify(site)
    assert found["ok"]
    assert found["findings"][0]["allowed"] == "hotfix 812"
    assert "allowed: " in seedgit(site, "verify").out
    edit(site, PATH, ("small", "tiny"), message="Seed-Change: in the subject is no trailer\n\nx")
    assert codes(verify(site, status=1)) == [
        ("seed-changed", "/timeout"),
        ("seed-changed", "/model"),
    ]


def test_what_upstream_has_passes(upstream: Repo, site: Repo) -> None:
    edit(upstream, PATH, OURS)
    edit(upstream, PATH, THEIRS)
    site("fetch", "--quiet")
    site.commit({"README": "ours"})
    for commit in ("origin/main^", "origin/main"):  # as a squash would
        site("checkout", commit, "--", PATH)
        site("commit", "--quiet", "-m", "take it")
    assert verify(site)["ok"]
    upstream("rm", "--quiet", PATH)
    upstream.commit()
    site("fetch", "--quiet")
    site("rm", "--quiet", PATH)
    site.commit()
    assert verify(site)["ok"]


@pytest.mark.parametrize("what", ["delete", "rename", "link", "broken"])
def test_a_seed_that_goes_or_breaks(site: Repo, what: str) -> None:
    place = site.path / PATH
    if what == "rename":
        place.rename(place.with_name("other.yaml"))
    else:
        place.unlink()
    if what == "link":
        place.symlink_to("elsewhere.yaml")
    if what == "broken":
        place.write_text("a: [\n")
    site.commit()
    (finding,) = verify(site, status=1)["findings"]
    assert (finding["code"], finding["path"]) == ("seed-changed", PATH)
    assert finding["detail"].startswith("seed-")


def test_the_range(upstream: Repo, site: Repo) -> None:
    first = edit(site, PATH, OURS)
    edit(site, PATH, THEIRS)
    assert len(verify(site, status=1)["findings"]) == 2
    assert len(verify(site, f"{first}..", status=1)["findings"]) == 1
    assert len(verify(site, "HEAD^!", status=1)["findings"]) == 1
    assert codes(verify(site, "origin/main..HEAD^", status=1)) == [("seed-changed", "/timeout")]
    assert verify(site, "HEAD..HEAD")["ok"]
    edit(upstream, "flows/a.yaml", THEIRS)
    site("pull", "--quiet", "--no-rebase", "--no-edit")
    found = verify(site)  # the last merge, and what came since
    assert (found["merges"], found["commits"]) == (1, 0)
    assert len(verify(site, "origin/main..", status=1)["findings"]) == 2


@pytest.mark.parametrize(
    "range",
    [
        "",
        "..",
        "HEAD",
        "main...HEAD",
        "nowhere..HEAD",
        "HEAD..nowhere",
        "nowhere^!",
        "0" * 40 + "..",
    ],
)
def test_a_range_that_is_none_is_a_usage_error(site: Repo, range: str) -> None:
    said = seedgit(site, "verify", range)
    assert said.status == 2
    assert "error: no" in said.err
    assert "hint: " in said.err


def test_a_bare_repository(upstream: Repo) -> None:
    said = seedgit(upstream.clone("bare", "--bare"), "verify")
    assert said.status == 4
    assert "bare" in said.err


def test_without_an_upstream_merges_are_checked_and_the_rest_is_said(site: Repo) -> None:
    site("config", "--unset", "seedgit.upstream")
    site("checkout", "--quiet", "--detach")
    edit(site, PATH, OURS)
    found = verify(site)
    assert [note["code"] for note in found["notes"]] == ["no-upstream"]
    assert "no upstream is known" in seedgit(site, "verify").out


def test_an_upstream_that_has_head_is_said_too(site: Repo) -> None:
    site("config", "--unset", "seedgit.upstream")
    assert [note["code"] for note in verify(site)["notes"]] == ["upstream-has-head"]


def test_upstreams_own_merges_are_its_own(upstream: Repo, site: Repo) -> None:
    upstream("checkout", "--quiet", "-b", "side")
    edit(upstream, PATH, OURS)
    upstream("checkout", "--quiet", "main")
    upstream("merge", "--quiet", "--no-ff", "-s", "ours", "-m", "no", "side")
    site.commit({"README": "x"})
    site("pull", "--quiet", "--no-rebase", "--no-edit")
    assert verify(site)["merges"] == 1
    # In the package's own clone it is checked.
    assert codes(verify(upstream, status=1)) == [("merged-otherwise", "/timeout")]


def test_no_rules_are_a_reason(repo: Repo) -> None:
    repo.commit({"x": "y"})
    said = seedgit(repo, "-v", "verify")
    assert said.status == 0
    assert "Nothing to verify" in said.out
    assert "noop: no-rules" in said.err
    assert verify(repo)["reason"] == "noop: no-rules"
    repo.commit({".seedgit.yaml": "version: 1\nseeds: []\n"})
    assert seedgit(repo, "verify").status == 0
    assert seedgit(repo, "verify", "nowhere..HEAD").status == 2


def test_broken_rules_are_an_error(site: Repo) -> None:
    site.commit({".seedgit.yaml": "seeds: [\n"})
    assert seedgit(site, "verify").status == 3


def test_rules_that_go_do_not_hide_a_change(site: Repo) -> None:
    site("rm", "--quiet", ".seedgit.yaml")
    edit(site, PATH, OURS)
    site.commit({".seedgit.yaml": RULES})
    assert ("seed-changed", "/timeout") in codes(verify(site, status=1))


@pytest.mark.parametrize("depth", [1, 2])
def test_a_shallow_clone_says_what_it_needs(upstream: Repo, site: Repo, depth: int) -> None:
    edit(site, "flows/a.yaml", OURS, message=ALLOWED)
    edit(upstream, "flows/a.yaml", THEIRS)
    install(site)
    site("pull", "--quiet", "--no-rebase", "--no-edit")
    shallow = site.clone("shallow", f"--depth={depth}")
    for words in ((), ("HEAD~1..",), ("HEAD^!",)):
        said = seedgit(shallow, "verify", *words)
        assert said.status in (2, 4), said
        assert SHALLOW in said.err
        assert "Traceback" not in said.err
    shallow("fetch", "--quiet", "--unshallow")
    assert seedgit(shallow, "verify").status == 0


def test_a_criss_cross_and_an_octopus(upstream: Repo, site: Repo) -> None:
    site("checkout", "--quiet", "-b", "one")
    edit(site, "flows/a.yaml", OURS, message=ALLOWED)
    site("checkout", "--quiet", "-b", "two", "main")
    edit(site, "flows/a.yaml", ("wiki", "news"), message=ALLOWED)
    install(site)
    site("merge", "--quiet", "--no-edit", "one")
    site("checkout", "--quiet", "one")
    site("merge", "--quiet", "--no-edit", "two^")
    edit(site, "flows/a.yaml", THEIRS, message=ALLOWED)
    site("checkout", "--quiet", "two")
    edit(site, "flows/a.yaml", ("size: 2", "size: 3"), message=ALLOWED)
    site("merge", "--quiet", "--no-edit", "one")
    assert verify(site, "main..")["merges"] == 3
    for name in ("x", "y"):
        site("checkout", "--quiet", "-b", name, "main")
        site.commit({name: name})
    site("merge", "--quiet", "--no-edit", "two", "x")
    assert "octopus" in [note["code"] for note in verify(site, "main..")["notes"]]


def test_an_orphan_at_head(upstream: Repo) -> None:
    site = site_of(upstream)
    seedgit(site, "set", PATH, "/steps/1/mode", "off", "--why", "burn-in")
    assert verify(site)["ok"]
    upstream.commit({PATH: FLOW.replace("  - id: rank\n    mode: live\n", "")})
    site("pull", "--quiet")
    (finding,) = verify(site, status=1)["findings"]
    assert (finding["code"], finding["path"], finding["overlay"]) == ("orphaned", PATH, "local")
    assert "Overrides without a place" in seedgit(site, "verify").out
    said = seedgit(site, "verify", "--format=github").out
    assert f"::error file={PATH},title=seedgit%3A orphaned::/steps/[id=rank]/mode" in said
    seedgit(site, "pending")
    assert seedgit(site, "resolve", "1", "--keep-local", "--why", "later").status == 0
    assert verify(site)["ok"]


def test_an_override_under_review_at_head(upstream: Repo) -> None:
    site = site_of(upstream)
    seedgit(site, "set", PATH, "/steps/0/max_items", "40")
    seedgit(site, "set", PATH, "/paused", "true", "--until", "2020-01-01")
    seedgit(site, "set", PATH, "/steps/1/mode", "off")
    new = FLOW.replace("max_items: 50", "max_items: 60")
    upstream.commit({PATH: new.replace("paused: false", "paused: 1")})
    site("pull", "--quiet")
    (finding,) = verify(site, status=1)["findings"]
    assert finding == {
        "code": "undecided",
        "path": PATH,
        "pointer": "/steps/0/max_items",
        "expected": 60,
        "found": 40,
        "overlay": "local",
    }
    (said,) = told(site)
    assert said == "/steps/[id=fetch]/max_items: upstream has 60, overlay local 40"
    ids = {
        i["pointer"]: i["id"] for i in json.loads(seedgit(site, "pending", "--json").out)["items"]
    }
    assert seedgit(site, "resolve", ids["/steps/0/max_items"], "--keep-local").status == 0
    assert verify(site)["ok"]


def test_an_override_whose_item_cannot_be_told_from_others(upstream: Repo) -> None:
    upstream.commit({PATH: FLOW + "jobs:\n- kind: x\n  n: 1\n"})
    site = site_of(upstream)
    assert seedgit(site, "set", PATH, "/jobs/0/n", "9").status == 0
    upstream.commit({PATH: FLOW + "jobs:\n- kind: x\n  n: 2\n- kind: x\n  n: 3\n"})
    site("pull", "--quiet")
    (finding,) = verify(site, status=1)["findings"]
    assert (finding["code"], finding["found"]) == ("orphaned", 9)
    assert "cannot be told" in finding["detail"]


def test_it_changes_nothing(upstream: Repo, site: Repo) -> None:
    edit(site, PATH, OURS)
    edit(upstream, PATH, THEIRS)
    site("pull", "--quiet", "--no-rebase", "--no-edit", ok=False)
    site("checkout", "--quiet", "--theirs", PATH)
    site.commit(message="merged")
    verify(site, status=1)

    def state() -> dict[str, int]:
        return {
            str(file): file.stat().st_mtime_ns
            for file in site.path.rglob("*")
            if file.is_file() and file.name != "index"
        }

    before = state()
    assert seedgit(site, "verify").status == 1
    assert state() == before


def test_annotations(site: Repo) -> None:
    path = "flows/50%,a:b.yaml"
    site("config", "core.quotePath", "false")
    site.commit({path: 'a: "x"\n'}, "new")
    site.write({path: 'a: "1%\\r\\n::error::##[y]"\n'})
    commit = site.commit(message="edit")
    for said in (
        seedgit(site, "verify", "--format=github"),
        seedgit(site, "verify", env={"GITHUB_ACTIONS": "true"}),
    ):
        assert said.status == 1
        (line,) = [line for line in said.out.splitlines() if line.startswith("::")]
        assert line.startswith(
            "::error file=flows/50%25%2Ca%3Ab.yaml,line=1,title=seedgit%3A seed-changed::"
            '/a: "x" -> "1%25\\r\\n'
        )
        assert f"%0Ain commit {commit[:10]}%0A" in line
        assert not [x for x in said.out.splitlines() if "##[" in x and not x.startswith("::")]
    assert "::error" not in "\n" + seedgit(site, "verify", "--format=text").out.replace(
        "n::error::", ""
    )
    said = seedgit(site, "verify", "--json", env={"GITHUB_ACTIONS": "true"})
    assert json.loads(said.out)["ok"] is False
    assert said.err.startswith("::error file=")


def test_annotations_name_files_as_the_runner_does(site: Repo) -> None:
    edit(site, PATH, OURS)
    env = {"GITHUB_ACTIONS": "true", "GITHUB_WORKSPACE": str(site.path.parent)}
    assert f"::error file=site/{PATH},line=3," in seedgit(site, "verify", env=env).out
    said = seedgit(site, "verify", "nowhere..", env=env)
    assert said.status == 2
    assert "::error title=seedgit verify::no such revision" in said.out


def test_it_works_where_seedgit_is_switched_off(site: Repo) -> None:
    edit(site, PATH, OURS)
    for mode in ("off", "dry-run"):
        said = seedgit(site, "verify", env={**os.environ, "SEEDGIT_MODE": mode})
        assert said.status == 1


def test_a_clean_merge_by_lines_that_the_structure_refuses(upstream: Repo, site: Repo) -> None:
    """What a forge's button lets through: one key twice, far apart."""
    path = "flows/a.yaml"
    site.commit({path: "retries: 1\n" + FILES[path]}, ALLOWED)
    upstream.commit({path: FILES[path] + "retries: 2\n"})
    site("fetch", "--quiet")
    site("merge", "--quiet", "--no-edit", "origin/main")
    (finding,) = verify(site, status=1)["findings"]
    assert (finding["code"], finding["detail"]) == ("lost-change", "does not parse")
    site.write({path: "retries: 3\n" + FILES[path]})
    site("commit", "--quiet", "--all", "--amend", "--no-edit")
    assert verify(site)["seeds"][0]["outcome"] == "resolved-by-hand"


@EVERY_FORMAT
def test_a_list_both_added_is_a_persons_as_a_whole(upstream: Repo, site: Repo, path: str) -> None:
    def with_list(items: str) -> str:
        colon = " =" if path.endswith("toml") else '":' if path.endswith("json") else ":"
        tags = f"{'  ' + chr(34) if path.endswith('json') else ''}tags{colon} [{items}]"
        comma = "," if path.endswith("json") else ""
        line = next(x for x in FILES[path].splitlines() if "name" in x)
        return FILES[path].replace(line, f"{line}\n{tags}{comma}", 1)

    site.commit({path: with_list('"a", "b"')}, ALLOWED)
    upstream.commit({path: with_list('"a", "c"')})
    site("fetch", "--quiet")
    site("merge", "--quiet", "--no-commit", "-s", "ours", "origin/main")
    site.commit({path: with_list('"x"')}, "merged")
    assert verify(site)["seeds"][0]["outcome"] == "resolved-by-hand"


def test_a_large_file(upstream: Repo, site: Repo) -> None:
    path = "flows/large.yaml"
    text = FILES["flows/a.yaml"] + "".join(f"  - id: s{n}\n    size: {n + 9}\n" for n in range(900))
    upstream.commit({path: text})
    site("pull", "--quiet")
    edit(site, path, ("30", "45"), ("id: s0\n    size: 9", "id: s0\n    size: 8"), message=ALLOWED)
    edit(upstream, path, ("30", "60"), THEIRS, ("size: 500", "size: five"))
    resolved = text.replace("30", "50").replace(*THEIRS)
    resolved = resolved.replace("id: s0\n    size: 9", "id: s0\n    size: 8")
    site("fetch", "--quiet")
    site("merge", "--quiet", "--no-commit", "-s", "ours", "origin/main")
    site.commit({path: resolved.replace("size: 500", "size: five")}, "merged")
    assert verify(site)["seeds"][0]["outcome"] == "resolved-by-hand"
    site.write({path: resolved})
    site("commit", "--quiet", "--all", "--amend", "--no-edit")
    assert codes(verify(site, status=1)) == [("lost-change", "/steps/493/size")]


def test_one_line_can_be_no_command() -> None:
    assert harmless("  ::error::x: /a: 1") == "  : :error::x: /a: 1"
    assert harmless("x ##[error]y") == "x ## [error]y"
    assert annotation("error", "a%\r\nb:,", title="t:,", file="f", line=2) == (
        "::error file=f,line=2,title=t%3A%2C::a%25%0D%0Ab:,"
    )
    assert annotation("notice", "x") == "::notice::x"


def test_it_does_not_look_at_live_trees(upstream: Repo, site: Repo) -> None:
    """They follow what is checked out here. What waits in the verified commit does not."""
    install(site)
    live = site.path.parent / "live"
    assert seedgit(site, "live", str(live)).status == 0
    file = live / PATH
    file.write_text(file.read_text().replace("mode: live", "mode: written"))
    assert verify(site)["ok"]
