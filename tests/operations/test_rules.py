"""`seedgit rules`: whose a place is, by which line; and the rules that an overlay carries."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from seedgit import codes
from seedgit.git.overlay_names import overlay_ref
from seedgit.operations.edits import edit_rules
from seedgit.operations.workspace import Workspace
from tests.conftest import Repo
from tests.site import FLOW, PATH, RULES, Said, data, override, seedgit, statuses

OWN = """\
version: 1
seeds:
  - files: "flows/**"
    overlay:
      - path: /timeout
      - path: /steps/*/max_items
        on-seed-change: yield
  - files: "own/*.yaml"
    overlay: [/a]
"""
FINAL = RULES + "      - path: /timeout\n        final: true\n"
WHERE = "local:rules.yaml"


def edit(site: Repo, text: str, *words: str, env: dict[str, str] | None = None) -> Said:
    """`seedgit rules --edit`, with an editor that writes a text."""
    draft = site.path.parent / "written"
    draft.write_text(text)
    asked = {"GIT_EDITOR": f"cp {draft}", **(env or {})}
    return seedgit(site, "rules", "--edit", *words, env=asked)


def give_rules(site: Repo, text: str, *words: str, env: dict[str, str] | None = None) -> None:
    said = edit(site, text, *words, env=env)
    assert (said.status, said.err) == (0, "")


def whose(site: Repo, pointer: str) -> tuple[str, str, str]:
    """The owner of a place, its on-seed-change, and the line that says so."""
    (found,) = data(site, "rules", PATH, pointer)
    line = found["decided"]
    said = f"{line['file']}:{line['line']}:{line['pattern']}" if line else ""
    return found["owner"], found["on-seed-change"], said


def test_a_place_is_the_sites_by_its_own_rules(site: Repo) -> None:
    assert whose(site, "/timeout") == ("seed", "review", "")
    give_rules(site, OWN)
    assert whose(site, "/timeout") == ("overlay", "preserve", f"{WHERE}:5:/timeout")
    by_site = ("overlay", "yield", f"{WHERE}:6:/steps/*/max_items")
    assert whose(site, "/steps/[id=fetch]/max_items") == by_site
    assert whose(site, "/paused") == ("overlay", "preserve", ".seedgit.yaml:9:/paused")
    said = seedgit(site, "rules", PATH, "/steps/0/max_items").out.splitlines()
    assert said == [
        f"{PATH}/steps/0/max_items is the site's (yield)",
        f"  {WHERE}:6:/steps/*/max_items",
        "  .seedgit.yaml:7:/steps/*/max_items  does not count here",
    ]
    assert site("log", "-1", "--format=%s", overlay_ref("local")) == (
        "rules: change what is the site's"
    )


def test_what_is_final_is_the_packages_whatever_the_site_says(site: Repo) -> None:
    site.write({".seedgit.yaml": FINAL})
    give_rules(site, OWN)
    assert whose(site, "/timeout") == ("seed", "review", ".seedgit.yaml:12:/timeout")
    said = seedgit(site, "rules", PATH, "/timeout").out
    assert "is the package's, final" in said and f"{WHERE}:5:/timeout  does not count" in said


def test_the_files_and_what_they_say_of_a_seed_are_listed(site: Repo) -> None:
    give_rules(site, OWN)
    files = data(site, "rules")["files"]
    assert [(each["layer"], each["file"], each["seeds"]) for each in files] == [
        ("local", WHERE, 2),
        (None, ".seedgit.yaml", 1),
    ]
    found = data(site, "rules", PATH)
    assert [line["line"] for line in found["seed-by"]] == [3, 3]
    first, *_, last = found["entries"]
    assert (first["file"], first["pattern"]) == (WHERE, "/timeout")
    assert (last["file"], last["on-seed-change"]) == (".seedgit.yaml", "yield")
    assert "own/*.yaml merge=seedgit" in site.read(".git/info/attributes").decode()


def test_site_rules_count_wherever_rules_count(site: Repo, upstream: Repo) -> None:
    """In status, pending, the commit hook, capture, plan and merge."""
    override(site, "/timeout", "45")
    override(site, "/limit", "9")
    upstream.commit({PATH: FLOW.replace("timeout: 30", "timeout: 60")}, "v2")
    site("fetch", "--quiet")
    assert "/timeout" in seedgit(site, "plan").out
    site("merge", "--quiet", "origin/main")
    assert "/timeout" in seedgit(site, "pending").out
    give_rules(site, OWN)
    assert statuses(site)[f"{PATH}/timeout"] == "moved-under"
    assert "/timeout" not in seedgit(site, "pending").out
    site.write({PATH: site.read(PATH).decode().replace("timeout: 60", "timeout: 70")})
    said = seedgit(site, "capture", PATH)
    assert "/timeout" in said.out and b"timeout: 60" in site.read(PATH)
    site.write({PATH: site.read(PATH).decode().replace("timeout: 60", "timeout: 80")})
    site("add", PATH)
    assert codes.SKIP_OVERLAY_OWNED in seedgit(site, "-v", "hook", "pre-commit").err


def test_invalid_rules_are_kept_in_the_editor_and_name_their_line(site: Repo) -> None:
    tip = site("for-each-ref", "refs/seedgit")
    said = edit(site, OWN.replace("yield", "no-such"))
    draft = site.path / ".git/seedgit/edited-local.yaml"
    assert said.status != 0 and f"{draft}:7: 'no-such' is none of" in said.err
    assert "seedgit rules --edit --overlay local" in said.err
    assert site("for-each-ref", "refs/seedgit") == tip
    shown = site.path.parent / "shown"
    again = seedgit(site, "rules", "--edit", env={"GIT_EDITOR": f"sh -c 'cp $0 {shown}'"})
    assert again.status != 0 and "no-such" in shown.read_text()
    give_rules(site, OWN)
    assert not draft.exists()


@pytest.mark.parametrize(
    ("text", "line", "why"),
    [
        (OWN + "      - {path: /b, final: true}\n", 0, ""),
        (OWN.replace("yield", "yield\n        final: true"), 8, "make nothing `final`"),
        ("version: 1\nx: 1\n", 2, "unknown key `x`"),
        ("seeds: [\n", 2, ""),
    ],
)
def test_rules_of_a_site_are_checked_as_any_others(
    site: Repo, text: str, line: int, why: str
) -> None:
    said = edit(site, text)
    assert said.status != 0 and why in said.err
    assert not line or f"edited-local.yaml:{line}:" in said.err


def test_nothing_is_stored_if_nothing_changes_or_the_editor_fails(site: Repo) -> None:
    said = seedgit(site, "rules", "--edit", "-v", env={"GIT_EDITOR": "true"})
    assert said.status == 0 and "nothing changed" in said.out
    said = seedgit(site, "rules", "--edit", env={"GIT_EDITOR": "exit 3;"})
    assert said.status != 0 and "exit status 3" in said.err
    give_rules(site, OWN)
    assert "nothing changed" in edit(site, OWN).out
    give_rules(site, "\n")
    assert site("ls-tree", "--name-only", overlay_ref("local")) == ""
    assert whose(site, "/timeout")[0] == "seed"


def test_in_dry_run_the_text_is_kept_and_nothing_is_stored(site: Repo) -> None:
    assert seedgit(site, "mode", "dry-run").status == 0
    said = edit(site, OWN)
    assert said.status == 0 and "dry-run: nothing was written" in said.err
    assert site("for-each-ref", "refs/seedgit") == ""
    assert (site.path / ".git/seedgit/edited-local.yaml").read_text() == OWN


def test_an_edit_is_refused_if_somebody_else_was_faster(site: Repo) -> None:
    give_rules(site, OWN)
    other = site.path.parent / "other"
    other.write_text(OWN.replace("/timeout", "/model"))
    with pytest.MonkeyPatch.context() as patch:

        def editor(workspace: Workspace, draft: Path) -> None:
            draft.write_text(OWN + "# mine\n")
            now = Workspace.open(str(site.path))
            edit_rules.store_rules(now, OWN.encode(), other.read_bytes(), "theirs")

        patch.setattr(edit_rules, "_run_editor", editor)
        said = seedgit(site, "rules", "--edit")
    assert said.status != 0 and "changed the rules meanwhile" in said.err
    assert "# mine" in (site.path / ".git/seedgit/edited-local.yaml").read_text()
    assert whose(site, "/model")[0] == "overlay"


def test_undo_takes_rules_back_and_leaves_what_came_since(site: Repo) -> None:
    give_rules(site, OWN)
    override(site, "/limit", "9")
    change = site("rev-parse", f"{overlay_ref('local')}~")
    assert seedgit(site, "undo", change).status == 0
    assert whose(site, "/timeout")[0] == "seed"
    assert statuses(site) == {f"{PATH}/limit": "unchanged"}


def put_rules(site: Repo, text: str, *, mode: str = "") -> None:
    """Rules that came into the overlay without seedgit's looking at them."""
    ref = overlay_ref("local")
    tree = site.tree({"rules.yaml": site.blob(text)}, mode)
    tip = site("for-each-ref", "--format=%(objectname)", ref)
    parents = ("-p", tip) if tip else ()
    site("update-ref", ref, site("commit-tree", "-m", "x", *parents, tree))


@pytest.mark.parametrize(
    ("text", "mode", "why"),
    [
        ("version: 1\nseeds: 5\n", "", "local:rules.yaml:2: has to be a list"),
        ("/dev/zero", "120000", "not a regular file"),
        ("# " + "x" * 1_000_000, "", "is larger than 1,000,000 bytes"),
    ],
    ids=["invalid", "link", "large"],
)
def test_without_a_layers_broken_rules_the_others_count_and_everything_says_so(
    site: Repo, text: str, mode: str, why: str
) -> None:
    put_rules(site, text, mode=mode)
    set_limit = ["set", PATH, "/limit", "7"]
    upgrades = ["plan", "origin/main"], ["fleet", "plan", "origin/main"]
    for words in (["status"], ["pending"], ["render", PATH], set_limit, ["diff"], *upgrades):
        said = seedgit(site, *words)
        assert f"{why}" in said.out + said.err, words
        assert (said.out + said.err).count("none of these rules counts") == 1, words
    assert why in " ".join(data_of(site)["problems"])
    (found,) = json.loads(seedgit(site, "rules", PATH, "/limit", "--json").out)
    assert found["owner"] == "overlay"


@pytest.mark.parametrize(
    ("text", "mode", "pushed"),
    [
        ("version: 1\nseeds: [{files: x, secret: true}]\n", "", False),
        ("/dev/zero", "120000", False),
        ("version: 1\nseeds: 5\n", "", True),  # whatever it is, it says nothing of secrets
    ],
)
def test_an_overlay_whose_rules_may_name_secrets_is_not_pushed_without_them(
    site: Repo, make_repo: Callable[..., Repo], text: str, mode: str, pushed: bool
) -> None:
    site("remote", "add", "hub", str(make_repo("hub", "--bare").path))
    put_rules(site, text, mode=mode)
    said = seedgit(site, "push", "hub")
    assert (said.status == 0) is pushed, said
    assert ("nobody can tell what is a secret" in said.err) is not pushed


def data_of(site: Repo) -> Any:
    return json.loads(seedgit(site, "rules", "--json").out)


@pytest.mark.parametrize(
    ("words", "why"),
    [
        (["no/such.yaml"], "not a seed"),
        ([PATH, "/steps/[id=none]/x"], "names nothing"),
        ([PATH, "x"], "begins with a slash"),
        ([PATH, "--edit"], "about an overlay"),
        ([PATH, "--overlay", "local"], "which rules to --edit"),
    ],
)
def test_wrong_arguments_are_named(site: Repo, words: list[str], why: str) -> None:
    said = seedgit(site, "rules", *words)
    assert said.status not in (0, 1) and why in said.err


def test_a_place_that_is_not_there_has_an_owner_too(site: Repo) -> None:
    assert whose(site, "/steps/0/mode/below")[0] == "overlay"
    assert whose(site, "/nowhere")[0] == "seed"
    assert whose(site, "")[0] == "seed"


def test_a_pull_merges_rules_and_says_so(
    site: Repo, upstream: Repo, make_repo: Callable[..., Repo]
) -> None:
    hub = make_repo("hub", "--bare")
    site("remote", "add", "hub", str(hub.path))
    give_rules(site, OWN)
    assert seedgit(site, "push", "hub").status == 0
    other = upstream.clone("other")
    other("remote", "add", "hub", str(hub.path))
    assert seedgit(other, "init").status == 0
    assert "the rules changed: seedgit rules" in seedgit(other, "pull", "hub").out
    assert whose(other, "/timeout")[0] == "overlay"
    give_rules(other, OWN.replace("path: /timeout", "path: /model"))
    assert seedgit(other, "push", "hub").status == 0
    give_rules(site, OWN.replace("own/*.yaml", "own/**"))
    assert "the rules changed" in seedgit(site, "pull", "hub").out
    assert (whose(site, "/model")[0], whose(site, "/timeout")[0]) == ("overlay", "seed")
    assert "own/**" in site("show", f"{overlay_ref('local')}:rules.yaml")
    give_rules(site, OWN.replace("path: /timeout", "path: /name"))
    assert seedgit(site, "push", "hub").status == 0
    give_rules(other, OWN.replace("path: /timeout", "path: /limit"))
    said = seedgit(other, "pull", "hub")
    assert (said.status, "yours hold, and theirs wait: seedgit pending" in said.out) == (1, True)
    assert whose(other, "/name")[0] == "seed"
    said = seedgit(other, "pending").out
    assert "two people changed them" in said
    command = said.partition(": git show ")[2].splitlines()[0]
    assert "path: /name" in other("show", *command.split())


def test_verify_goes_by_the_rules_of_layers(site: Repo, upstream: Repo) -> None:
    """What a person may decide in a conflict, seedgit decides if it is the site's."""
    theirs = FLOW.replace("timeout: 30", "timeout: 60")
    upstream.commit({PATH: theirs}, "theirs")
    site.commit({PATH: FLOW.replace("timeout: 30", "timeout: 45")}, "ours")
    site("fetch", "--quiet")
    site("-c", "merge.seedgit.driver=cp %B %A", "merge", "--quiet", "origin/main")
    assert site.read(PATH).decode() == theirs
    merge = ["verify", "--json", "HEAD^1..HEAD"]
    assert not json.loads(seedgit(site, *merge).out)["findings"]
    give_rules(site, OWN)
    (found,) = json.loads(seedgit(site, *merge).out)["findings"]
    assert found["path"] == PATH
