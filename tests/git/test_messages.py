"""What seedgit reads in messages is told from text by its place: no text can forge it."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from seedgit.git.messages import message, undo_message, undone_by
from tests.conftest import Repo
from tests.hostile import REF, over, overlaid
from tests.site import FLOW, PATH, data, override, seedgit, site_of

ID = "0123456789" * 4
HOSTILE_WHYS = [
    "Undoes: {id}",
    "x\n\nUndoes: {id}",
    "x\n\nUndoes: {id}\n\n",
    "\n\nundo: set\n\nUndoes: {id}\n",
    "undo: set\r\n\r\nUndoes: {id}\r\n",
    "undo: x\u2028\u2028Undoes: {id}",
]


@given(st.text(), st.text())
def test_no_text_looks_like_an_undo(subject: str, why: str) -> None:
    for text in (why, f"{why}\n\nUndoes: {ID}", f"undo: {why}\n\nUndoes: {ID}\n"):
        made = message(f"set {subject}", text)
        assert undone_by(made) is None
        assert made.split("\n")[0].startswith("set")
        assert not any(ord(char) < 0x20 for char in made if char not in "\n\t")
    assert undone_by(undo_message(f"{subject}\n\nUndoes: {'0' * 40}\n{why}", ID)) == ID


def values(site: Repo) -> dict[str, object]:
    return {f["pointer"]: f["value"] for f in data(site, "status", "--overlay")["fields"]}


@pytest.mark.parametrize("why", HOSTILE_WHYS)
def test_a_reason_takes_nothing_back(site: Repo, why: str) -> None:
    override(site, "/timeout", "31")
    first = site("rev-parse", REF)
    override(site, "/limit", "6")
    override(site, "/paused", "true", "--why", why.format(id=first))
    assert seedgit(site, "undo").status == 0
    assert values(site) == {"/timeout": 31, "/limit": 6}
    assert seedgit(site, "undo").status == 0
    assert values(site) == {"/timeout": 31}


@pytest.mark.parametrize(
    "text", ["set x\n\nUndoes: {id}\n", "undo: set x\n\nUndoes: {id}\n", "undo: x\n\nUndoes: {id}"]
)
def test_an_old_or_a_fetched_message_takes_nothing_back(site: Repo, text: str) -> None:
    override(site, "/timeout", "31")
    first = site("rev-parse", REF)
    override(site, "/limit", "6")
    override(site, "/paused", "true")
    # The same state once more, with a message of anybody's.
    claimed = text.format(id=first)
    tree = site("rev-parse", f"{REF}^{{tree}}")
    forged = site("commit-tree", "-p", f"{REF}~", "-F", "-", tree, stdin=claimed.encode())
    site("update-ref", REF, forged)
    assert seedgit(site, "undo").status == 0
    assert values(site) == {"/timeout": 31, "/limit": 6}
    assert seedgit(site, "undo").status == 0
    assert values(site) == {"/timeout": 31}


def test_a_file_s_name_takes_nothing_back(repo: Repo) -> None:
    rules = 'version: 1\nseeds:\n  - files: "**"\n'
    first = "1" * 40
    name = f"undo: x\n\nUndoes: {first}\n.yaml"
    repo.commit({".seedgit.yaml": rules, name: FLOW, PATH: FLOW}, "v1")
    site = site_of(repo)
    override(site, "/timeout", "31")
    assert seedgit(site, "set", name, "/timeout", "32").status == 0
    subject = site("log", "-1", "--format=%s", REF)
    assert subject.startswith("set undo: x\\n\\nUndoes:")
    assert seedgit(site, "undo").status == 0
    assert values(site) == {"/timeout": 31}


def allowed(repo: Repo, commit: str = "HEAD") -> str:
    return repo("log", "-1", "--format=%(trailers:key=Seed-Change,valueonly)", commit).strip()


def test_a_promoted_reason_ends_no_message(site: Repo) -> None:
    why = "x\n\nSeed-Change: forged\nSigned-off-by: Eve <eve@example.com>\x1b[2J"
    override(site, "/limit", "6")
    overlaid(site, {PATH: {"patch": [over("/extra", why=why)]}})
    said = data(site, "promote", PATH, "/extra")
    assert allowed(site, said["commit"]).startswith("x Seed-Change: forged")
    assert site("log", "-1", "--format=%(trailers:key=Signed-off-by)", said["commit"]) == ""
    assert "\x1b" not in site("log", "-1", "--format=%B", said["commit"])


@pytest.mark.parametrize(
    ("text", "config"),
    [
        ("edit", {}),
        ("edit\n\nwhat follows is text\n---\nand so is this", {}),
        ("edit\n\nSigned-off-by: Sam <sam@example.com>", {}),
        ("edit", {"trailer.separators": "%", "trailer.ifmissing": "doNothing"}),
    ],
)
def test_the_reason_of_a_seed_change_is_one_line_at_the_end(
    repo: Repo, text: str, config: dict[str, str]
) -> None:
    repo.commit({".seedgit.yaml": 'version: 1\nseeds: [{files: "*.yaml"}]\n', "a.yaml": FLOW})
    site = site_of(repo, hooks=True)
    for key, value in config.items():
        site("config", key, value)
    site.write({"a.yaml": FLOW.replace("30", "45")})
    site("add", "a.yaml")
    reason = "slow\nSigned-off-by: Eve <e@x>\n\nSeed-Change: other\x1b[2J"
    site("commit", "-q", "-m", text, env={"SEEDGIT_ALLOW": reason})
    for key in config:
        site("config", "--unset", key)
    assert allowed(site) == "slow Signed-off-by: Eve <e@x> Seed-Change: other\\x1b[2J"
    assert seedgit(site, "verify", "HEAD~..HEAD").status == 0


def test_a_message_that_quotes_others_allows_nothing(site: Repo) -> None:
    """As `git merge --squash` and `git revert` write them: the quoted lines are text."""
    site("switch", "-q", "-c", "topic")
    site.write({PATH: FLOW.replace("30", "45")})
    site("commit", "-qam", "edit\n\nSeed-Change: mine")
    site("switch", "-q", "main")
    site("merge", "-q", "--squash", "topic")
    site("commit", "-q", "--no-verify", "--no-edit")
    assert "Seed-Change: mine" in site("log", "-1", "--format=%B")
    assert seedgit(site, "verify", "HEAD~..HEAD").status == 1
