"""File patterns: they mean what they mean to git, and cost a bounded time, here and there."""

from __future__ import annotations

import os
import random
import time

import pytest

from seedgit.operations.install.info_attributes import attribute_line
from seedgit.rules.ownership import SeedRule
from seedgit.rules.wildmatch import (
    LONGEST_PATH,
    MOST_BYTES,
    MOST_WILDCARDS,
    Wildmatch,
    simpler,
)
from tests.conftest import Repo
from tests.site import seedgit

PIECES = [
    *"ab/-.! \"#?'~:{,", "/", "**/", "/**", "/**/", "**", "*", "*", "***", "é", "[attr]", "\\\\",
    "\\*", "\\a", "\\[", "\\!", "[ab]", "[!a]", "[^b/]", "[a-c]", "[z-a]", "[]a]", "[!]a]", "[]-a]",
    "[a-]", "[--0]", "[.-0]", "[a-\\c]", "[\\]]", "[a/b]", "[é]", "[[]", "[[:]", "[[:x]", "[:a:]",
    "[[:alpha:]]", "[![:digit:]_]", "[[:upper:][:punct:]]", "[[:cntrl:]]", "[[:space:]a-b]",
    "[[:alnum:]]", "[[:blank:]]", "[[:graph:]]", "[[:lower:]]", "[[:print:]]", "[[:xdigit:]]",
]  # fmt: skip
TEXT = [*'abcx-.*[]A1 "#!:\\^_{~', "é", "attr", "\t", "\n", "\x01", "\x7f", "\udcff"]


def line(glob: str) -> str:
    return attribute_line(glob).removesuffix(" merge=seedgit")


def near(glob: str, draw: random.Random) -> str:
    """A path that the pattern may match, or nearly."""
    path = ""
    for char in glob.replace("**", "*"):
        if char == "*":
            path += draw.choice(["", "a", "ab", "x/b", "a/b/a"])
        elif char in "?]" or draw.random() < 0.05:
            path += draw.choice(TEXT)
        elif char not in "[!^\\":
            path += char
    return path


def is_path(path: str) -> bool:
    return all(part not in ("", ".", "..") for part in path.split("/"))


def asked_of_git(repo: Repo, globs: list[str], paths: list[str]) -> dict[str, set[int]]:
    """For each path, the numbers of the patterns that git says match it."""
    lines = "".join(f"{line(glob)} p{n}\n" for n, glob in enumerate(globs))
    (repo.path / ".git/info/attributes").write_bytes(lines.encode())
    stdin = b"".join(path.encode("utf-8", "surrogateescape") + b"\0" for path in paths)
    out = repo("check-attr", "-z", "--stdin", "--all", stdin=stdin)
    found: dict[str, set[int]] = {path: set() for path in paths}
    fields = iter(out.split("\0"))
    for path, name, _ in zip(fields, fields, fields, strict=False):
        found[path].add(int(name[1:]))
    return found


def test_patterns_match_what_git_says_they_do(repo: Repo) -> None:
    draw = random.Random(None if "EXPLORE" in os.environ else 21)
    globs: list[str] = []
    while len(globs) < 400:
        glob = "".join(draw.choices(PIECES, k=draw.randint(1, 7)))
        try:
            if Wildmatch(glob).steps < 10**8:
                globs.append(glob)
        except ValueError:
            continue
    paths = {
        "/".join("".join(draw.choices(TEXT, k=2)) for _ in range(n % 4 + 1)) for n in range(300)
    }
    paths |= {near(draw.choice(globs), draw).strip("/") for _ in range(5000)}
    asked = sorted(filter(is_path, paths))
    found = asked_of_git(repo, globs, asked)
    assert sum(map(len, found.values())) > 3000
    for number, glob in enumerate(globs):
        matches = Wildmatch(glob)
        for path in asked:
            assert matches(path) == (number in found[path]), (glob, path)


ODD = [
    "[attr]x/y", "[attr]x", "#a/b", "#a", '"a', '"a"/b', "a b ", " a", "-a", "a\\ b", "..//a",
    "../a", "./a", ".git/config", "//a", "/", "a/", "**/", "a/**/", "C:\\a", "~/a", "\\!a", "\\#a",
    "a\\\\", "a=b", "a -merge", "x/foo**", "x/foo**/bar", "**", "a**b/c", "/a", "é?", "é??",
    "\u2028", "merge", "x/**/y/a/**/b", "x/**/y/**/a/b/**",
]  # fmt: skip
PATHS = [
    "[attr]x/y", "a", "x", "y", "x/y", "#a/b", "#a", '"a', '"a"/b', "a b ", "a b", " a", "-a",
    "..a", "C:a", "C:\\a", "~/a", "!a", "a\\", "a=b", "a -merge", "x/foo", "x/foo/a/bar",
    "x/foobar", "x/foozle/bar", "axb/c", "a/b/c", "x/y/a", "éa", "éé", "é\udcff", "\u2028", "merge",
    "attr",
]  # fmt: skip


def test_odd_patterns_are_one_line_that_means_the_same(repo: Repo) -> None:
    found = asked_of_git(repo, ODD, PATHS)
    for number, glob in enumerate(ODD):
        named = {path for path in PATHS if SeedRule((glob,)).matches(path)}
        assert named == {path for path in PATHS if number in found[path]}, glob


@pytest.mark.parametrize(
    ("glob", "message"),
    [
        ("", "empty"),
        ("!a", "no exceptions"),
        ("*.yaml\n*.sh merge=union", "control character"),
        ("a\rb", "control character"),
        ("a\0b", "control character"),
        ("a\x7f", "control character"),
        ("a\x85b", "control character"),
        ("a\udcff", "control character"),
        ("a\ud800", "control character"),
        ("a\\", "backslash"),
        ("a\\/b", "backslash"),
        ("[a", "not closed"),
        ("[]", "not closed"),
        ("[a\\", "not closed"),
        ("[a-\\", "not closed"),
        ("[[:alpha:]", "not closed"),
        ("[[:letter:]]", ":letter:. is not a class"),
        ("[[::]]", "is not a class"),
        ("a" * (MOST_BYTES + 1), "longer"),
        ("é" * (MOST_BYTES // 2 + 1), "longer"),
        ("?" * (MOST_WILDCARDS + 1), "wildcards"),
    ],
)
def test_what_is_no_pattern_is_refused(glob: str, message: str) -> None:
    with pytest.raises(ValueError, match=message):
        Wildmatch(glob)


NAME = "a" * (LONGEST_PATH - 1)
DIRECTORIES = "a/" * (LONGEST_PATH // 2 - 1) + "a"
HOSTILE = [
    NAME, DIRECTORIES, NAME[:-2] + "/c", ("a" * 20 + "b") * 195, ("a" * 19 + "/") * 204 + "c",
    ("a/" * 20 + "b/") * 97 + "c", "a/" * 1000 + "a" * 2000, "a" * 2000 + "/" + "a/" * 1000 + "c",
]  # fmt: skip


@pytest.mark.parametrize(
    "glob",
    [
        "a*" * 16 + "z.yaml",
        "**/" * 8 + "z.yaml",
        "**/a/" * 16 + "z",
        "**/a*/" * 10 + "z",
        "?*" * 16 + "z",
        "*[a]" * 16 + "z",
        "*" + "?" * 31 + "z",
        "*" + "a" * (MOST_BYTES - 3) + "?z",
        "**" + "/?" * 31 + "/z",
        "**" + "/a" * 400 + "/z",
    ],
)
def test_no_pattern_takes_long_here(glob: str) -> None:
    matches = Wildmatch(glob)
    started = time.monotonic()
    assert not any(matches(path) for path in HOSTILE)
    assert time.monotonic() - started < 5


# Under a second together, on an idle machine: what the bound of the rules is made for.
@pytest.mark.parametrize(
    "glob",
    [
        "*a*b", "**/a/**/c", "**/*a/**/*b", "*?*b", "**/?/**/?/?/d", "**/a/*/**/*a*", "*aaa*aab",
        "*a*aaaaaaaaaaaaaaaac", "**/**/d", "*a*/*a*/c", "**/" + "*/" * 11 + "d/**/d",
        "*[a-z]*[0-9]",
    ],
)  # fmt: skip
def test_the_steps_of_git_are_not_told_too_low(glob: str, repo: Repo) -> None:
    number = max(1, 300_000_000 // Wildmatch(glob).steps)
    lines = "".join(f"{line(glob)} p{n}\n" for n in range(number))
    (repo.path / ".git/info/attributes").write_text(lines)
    for path in HOSTILE:
        started = time.monotonic()
        repo("check-attr", "-z", "--stdin", "p0", stdin=path.encode() + b"\0")
        assert time.monotonic() - started < 10


@pytest.mark.parametrize(
    ("glob", "wider"),
    [
        ("*-*-*-*.yaml", "*.yaml"),
        ("a*" * 16 + "b.yaml", "*b.yaml"),
        ("**/" * 8 + "b.yaml", "**/b.yaml"),
        ("/flows/v*/x-*/*-*/one.yaml", "flows/**/one.yaml"),
        ("a/b*/c*", "a/**/*"),
        ("a/**", "a/**/*"),
        ("a/*[é]\\*.y\\*ml", "a/*\\*.y\\*ml"),
        ("é/?*?.yaml", "é/*.yaml"),
    ],
)
def test_a_simpler_pattern(glob: str, wider: str) -> None:
    assert simpler(glob) == wider


def test_a_simpler_pattern_matches_all_that_the_other_one_does() -> None:
    draw = random.Random(None if "EXPLORE" in os.environ else 22)
    matched = 0
    for _ in range(3000):
        glob = "".join(draw.choices(PIECES, k=draw.randint(1, 9)))
        try:
            matches, wider = Wildmatch(glob), Wildmatch(simpler(glob))
        except ValueError:
            continue
        assert wider.steps < 100_000, glob
        for path in filter(is_path, {near(glob, draw).strip("/") for _ in range(20)}):
            matched += matches(path)
            assert wider(path) or not matches(path), (glob, path)
    assert matched > 500


COSTLY = ["a*" * 16 + "b.yaml", "**/" * 8 + "b.yaml", *(f"{n}*-*-x*.yaml" for n in range(500))]


def test_git_takes_no_time_over_what_is_written(repo: Repo) -> None:
    """Under a second by its own reckoning; before, the first of these alone took minutes."""
    files = "".join(f"      - '{glob}'\n" for glob in COSTLY)
    repo.commit(
        {".seedgit.yaml": f"version: 1\nseeds:\n  - files:\n{files}", "1-a-x.yaml": "a: 1\n"}
    )
    assert seedgit(repo, "init").status == 0
    lines = (repo.path / ".git/info/attributes").read_text().splitlines()[1:-1]
    written = [text.removesuffix(" merge=seedgit") for text in lines]
    assert len(written) == len(COSTLY)
    assert sum(Wildmatch(text).steps for text in written) < 10**9
    for path in HOSTILE:
        started = time.monotonic()
        repo("check-attr", "-z", "--stdin", "merge", stdin=path.encode() + b"\0")
        assert time.monotonic() - started < 10
    assert "seedgit" in repo("check-attr", "merge", "1-a-x.yaml")
    said = seedgit(repo, "doctor")
    assert "attributes-outdated" not in said.out and "attribute-shadowed" not in said.out
