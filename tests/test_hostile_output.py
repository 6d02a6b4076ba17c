"""Whatever a file, a commit or a record holds: what is printed is text, no codes of a terminal.

`render` and `diff` print the file itself; of these the messages alone are looked at.
"""

from __future__ import annotations

import json
import os
import unicodedata
from collections.abc import Iterator

import pytest

from seedgit.cli.github import annotation
from seedgit.cli.terminal import Terminal, plain
from seedgit.errors import InputError
from tests.built import prepared
from tests.conftest import Repo
from tests.hostile import over, overlaid, parked
from tests.site import FLOW, RULES, Said, data, override, seedgit, site_of
from tests.test_hostile_records import commands

EVIL = (
    "\x1b[2J\x1b]8;;http://evil\x07\x1b\\\r\b\x7f\x80\x9b31m\u202e\u2066\u200b\u2028\ufeff"
    "\n::error::forged\n##[error]forged\n"
)
NAME = f"flows/evil-{EVIL.replace('/', '')}.yaml"
QUOTED = json.dumps(EVIL)  # YAML reads it as JSON does
SEED = FLOW + f'{QUOTED}: {QUOTED}\nnote: {QUOTED}\n{QUOTED[:-1]}2": 1\n'


def refused(text: str, *, file: bool = False) -> Iterator[str]:
    """The characters that must not reach a terminal."""
    for char in text:
        if char == "\n" or (file and char in "\t\r\ufeff"):
            continue
        if unicodedata.category(char) in ("Cc", "Cf", "Cs", "Zl", "Zp"):
            yield char


def checked(repo: Repo, *words: str, env: dict[str, str] | None = None) -> Said:
    said = seedgit(repo, *words, env=env)
    assert said.status != 70, said.err
    whole = "render" in words
    assert [*refused("" if whole else said.out, file="diff" in words)] == [], words
    assert [*refused(said.err)] == [], words
    for line in () if whole else (said.out + said.err).split("\n"):
        assert not line.startswith(("::error::forged", "##[error]")), words
    return said


@pytest.fixture
@prepared
def hostile(upstream: Repo) -> Repo:
    """A site of a package, and of another site, that put it into everything they can write."""
    upstream("config", "user.name", f"Eve {EVIL.replace(chr(10), ' ')}")
    upstream.commit({NAME: SEED, "flows/two.yaml": SEED}, f"subject {EVIL}\n\nbody {EVIL}")
    site = site_of(upstream)
    site("config", "user.name", f"Sam {EVIL.replace(chr(10), ' ')}")
    override(site, "/limit", "6", "--why", f"because {EVIL}")
    assert seedgit(site, "set", NAME, "/timeout", "45", "--why", EVIL).status == 0
    assert seedgit(site, "set", NAME, "/note", EVIL, "--why", EVIL).status == 0
    bodies = {
        "flows/two.yaml": {
            "patch": [
                over("/x" + EVIL.replace("/", "~1"), EVIL, why=EVIL),
                over("/y", EVIL, until={"version": "v\u00e9"}),
            ],
            **parked(path="/z" + EVIL.replace("/", "~1"), value={EVIL: EVIL}, why=EVIL),
        },
        "flows/gone-\x1b[2J.yaml": {"patch": [over("/x", EVIL, why=EVIL)]},
        "flows/bad-\x1b[2J.yaml": parked(reason=EVIL),
        "flows/bad-\u202e.yaml": {"patch": [{"op": EVIL, "path": "/x"}]},
    }
    overlaid(site, bodies)
    return site


def test_commands_print_no_codes(hostile: Repo, upstream: Repo) -> None:
    assert len(data(hostile, "status")["problems"]) == 2
    for several in commands(NAME).values():
        for words in several:
            checked(hostile, *words)
    for words in (["why", ""], ["blame"], ["promote", "/y"], ["set", "/limit", "1"]):
        checked(hostile, words[0], "flows/two.yaml", *words[1:])
    pointer = "/" + EVIL.replace("/", "~1")
    for words in (["why", NAME, pointer], ["set", NAME, pointer, "5"], ["unset", NAME, pointer]):
        checked(hostile, *words)
    for words in (["status"], ["pending"], ["log"], ["doctor"], ["plan"], ["verify"], ["undo"]):
        checked(hostile, *words, "--json")
        checked(hostile, "-v", *words, env={"GITHUB_ACTIONS": "true"})
    # An upgrade that moves all of it, and one that conflicts.
    upstream.commit({NAME: SEED.replace("30", "31").replace(f"note: {QUOTED}\n", "")}, EVIL)
    hostile("fetch", "-q")
    for words in (["plan", "origin/main"], ["fleet", "plan", "origin/main"]):
        checked(hostile, "-v", *words)
    hostile.write({NAME: SEED.replace("30", "32"), "flows/two.yaml": "a: [\n" + SEED})
    said = checked(hostile, "hook", "pre-commit")
    hostile("add", "--all")
    said = checked(hostile, "hook", "pre-commit", env={"SEEDGIT_ALLOW": EVIL})
    assert "allowed this once" in said.out
    hostile("commit", "-qm", "x", env={"SEEDGIT_ALLOW": EVIL})
    checked(hostile, "verify", "HEAD~..HEAD")
    checked(hostile, "verify", "HEAD~..HEAD", "--format=github")
    hostile("merge", "-q", "origin/main", ok=False)
    for words in (["status"], ["conflicts"], ["pending"], ["doctor"], ["hook", "pre-commit"]):
        checked(hostile, *words)
    checked(hostile, "mergetool", "x", "x", "x", NAME)
    checked(hostile, "journal")
    checked(hostile, "journal", "export")
    for row in range(1, 9):
        checked(hostile, "journal", str(row))


def test_pages_hold_no_codes(hostile: Repo, upstream: Repo) -> None:
    upstream.commit({NAME: SEED.replace("30", "31")}, EVIL)
    hostile("fetch", "-q")
    for words in (["plan", "origin/main"], ["fleet", "plan", "origin/main"], ["divergences"]):
        checked(hostile, *words, "--html", "page.html")
        page = hostile.read("page.html").decode()
        assert [*refused(page)] == []


def test_an_error_prints_no_codes(hostile: Repo) -> None:
    hostile.write({".seedgit.yaml": f"version: 1\n{QUOTED}: {QUOTED}\n"})
    for words in (["status"], ["doctor"], ["render", NAME], ["set", NAME, "/a", "1"]):
        checked(hostile, *words)
    hostile.write({".seedgit.yaml": RULES + f"  - files: {QUOTED}\n"})
    for words in (["status"], ["doctor"], ["init"]):
        checked(hostile, *words)
    for words in (
        ["render", EVIL],
        ["status", EVIL],
        [EVIL],
        ["resolve", EVIL, "--keep-local"],
        ["pull", EVIL],
        ["push", EVIL],
        ["plan", EVIL],
        ["log", "--overlay-name", EVIL],
        ["promote", NAME, "/timeout", "--branch", EVIL],
        ["journal", EVIL],
        ["verify", EVIL],
        ["set", NAME, "/timeout", "1", "--until", EVIL],
        ["set", NAME, "/timeout", "1", "--until-version", EVIL],
    ):
        checked(hostile, *words)


class Screen:
    """A stream that says it is a terminal."""

    encoding = "utf-8"

    def __init__(self) -> None:
        self.said = ""

    def write(self, text: str) -> int:
        self.said += text
        return len(text)

    def flush(self) -> None:
        """Nothing is held back."""

    def isatty(self) -> bool:
        return True


def test_only_our_own_codes_get_through(monkeypatch: pytest.MonkeyPatch) -> None:
    screen = Screen()
    terminal = Terminal(screen, screen)  # type: ignore[arg-type]
    terminal.line(terminal.style(EVIL, "bold") + EVIL + "\x1b[31mred\x1b[0m")
    terminal.remark(EVIL)
    terminal.error(InputError(EVIL, where=EVIL, hint=EVIL))
    left = screen.said
    for code in ("\x1b[1m", "\x1b[0m", "\x1b[31m"):
        left = left.replace(code, "")
    assert [*refused(left)] == []
    assert screen.said.count("\x1b") == 4  # bold and its end, `error:` and its end
    assert left.count("\n") == 4


def test_a_workflow_takes_no_line_for_a_command(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(os.environ, "GITHUB_ACTIONS", "true")
    screen = Screen()
    terminal = Terminal(screen, screen)  # type: ignore[arg-type]
    for text in ("::error::x", "  ::add-mask::x", "x ##[error]y"):
        terminal.line(text)
        terminal.remark(text)
    assert not any(line.lstrip().startswith("::") for line in screen.said.split("\n"))
    assert "##[" not in screen.said
    screen.said = ""
    terminal.annotation(annotation("error", EVIL, file=EVIL, title=EVIL))
    assert screen.said.startswith("::error file=")
    assert screen.said.count("\n") == 1


def test_plain_leaves_what_people_write() -> None:
    for text in ("größe", "日本語", "a b", "emoji 🎉", "½"):
        assert plain(text) == text
