"""What docs/conflicts.md shows is what happens."""

from __future__ import annotations

import pytest

from tests.cli.test_conflicts import merging
from tests.cli.test_mergetool import on_a_terminal
from tests.conftest import Repo
from tests.pages import commands, page, session, typed
from tests.site import program_path

RULES = 'version: 1\nseeds:\n  - files: "flows/**"\n'
FLOW = "# A flow.\nname: wiki\ntimeout: 30\nmodel: small\npaused: false\nlimit: 5\n"
OURS = FLOW.replace("30", "45").replace("limit: 5\n", "")
THEIRS = FLOW.replace("30", "60").replace("limit: 5", "limit: 6")
ENDS = (0, 1)  # 1 while there are conflicts


def stopped(repo: Repo) -> None:
    files = {"flows/wiki.yaml": (FLOW.encode(), OURS.encode(), THEIRS.encode())}
    merging(repo, files, rules=RULES)
    repo("merge", "--abort")
    repo("update-ref", "refs/remotes/origin/main", "feature")
    repo("merge", "origin/main", ok=False)


def test_the_list_and_the_commands(repo: Repo) -> None:
    stopped(repo)
    (first, lines), *others = session(page("conflicts.md"))
    assert typed(repo, first, ENDS).out.splitlines() == lines
    for command, _ in others:
        typed(repo, command, ENDS)
    assert repo.read("flows/wiki.yaml").decode() == THEIRS.replace("60", "50")
    assert repo("ls-files", "--unmerged") == ""


def test_the_mergetool(repo: Repo, monkeypatch: pytest.MonkeyPatch) -> None:
    stopped(repo)
    monkeypatch.setenv("PATH", program_path())
    *settings, tool = commands(page("conflicts.md"))
    for command in settings:
        typed(repo, command)
    assert tool == "git mergetool"
    said = on_a_terminal(repo, "\no\nt\n", "sh", "-c", tool)
    assert said.status == 0, said.out
    assert repo.read("flows/wiki.yaml").decode() == THEIRS.replace("60", "45")
