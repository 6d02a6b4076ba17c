"""What may stand on a command line, or in a script that fills one in from elsewhere."""

from __future__ import annotations

import os

import pytest

from tests.conftest import Repo
from tests.hostile import nested
from tests.site import PATH, override, process, seedgit

POINTERS = [
    "",
    "/",
    "x",
    "-",
    "~",
    "/~",
    "/~2",
    "/site/²",
    "/steps/²",
    "/steps/٣/mode",
    "/steps/１",
    "/steps/-",
    "/steps/-1",
    "/steps/01",
    "/steps/1_0",
    "/steps/" + "3" * 5000,
    "/" + "3" * 5000,
    "/steps/[id=²]/mode",
    "/steps/[=]",
    "/steps/[",
    "/steps/[id=",
    "/steps/*/*/*",
    "/**",
    "/**/mode",
    "/a" * 129,
    "/a" * 50_000,
    "/[a=b]" * 15_000,
    "/" + "y" * 100_000,
    "/limit\udcff",
    "/\udcff/x",
    "/limit\x1b[2J",
    "/timeout/x",
    "/name/0",
    "/steps",
    "/steps/0",
    "/steps/2",
    "/steps/77",
]
VALUES = [
    "",
    "²",
    "٣",
    "3" * 4300,
    "3" * 5000,
    "-" + "3" * 5000,
    "1e999",
    "-1e999",
    "1e-999",
    "NaN",
    "Infinity",
    nested(100),
    nested(128),
    nested(129),
    nested(900),
    nested(50_000),
    "[" * 100_000,
    '{"a":' * 500 + "1" + "}" * 500,
    '"\\ud800"',
    '{"\\ud800": 1}',
    '"\\u0000"',
    '{"\\u0000": "\\u001b[2J"}',
    "a\udcffb",
    "a\x1b[2Jb",
    "x" * 100_000,
    '{"a": 1, "a": 2}',
    "[" + "1," * 60_000 + "1]",
]
NUMBERS = ["0", "²", "٣", "-1", "1_0", "+1", "3" * 5000, "", "x", "abcdef", "\udcff", "1" * 9]


def run(site: Repo, *words: str) -> int:
    said = seedgit(site, *words)
    assert said.status in (0, 1, 2, 3, 4, 5), (words, said.err)
    assert len(said.err) < 5000, words
    return said.status


@pytest.mark.parametrize("path", [PATH, "flows/one.jsonc", "flows/one.toml"])
def test_pointers(site: Repo, upstream: Repo, path: str) -> None:
    add_seeds(site)
    for number, pointer in enumerate(POINTERS):
        for words in (
            ["set", path, "--", pointer, "5"],
            ["set", path, "--delete", "--", pointer],
            ["set", path, "--if-seed-is", "30", "--", pointer, "5"],
            ["why", path, "--", pointer],
            ["unset", path, "--", pointer],
        )[: 5 if path == PATH else 2]:
            run(site, *words)
        if path == PATH and number % 5 == 0:
            run(site, "promote", path, "--", pointer)
            run(site, "demote", path, "--dry-run", "--", pointer)
    assert run(site, "render", path) == 0
    assert run(site, "status", "--overlay") == 0


@pytest.mark.parametrize("path", [PATH, "flows/one.jsonc", "flows/one.toml"])
def test_values(site: Repo, path: str) -> None:
    add_seeds(site)
    for value in VALUES:
        if run(site, "set", path, "--", "/limit", value) == 0:
            # What is accepted can be read, and written into the file.
            assert run(site, "render", path) == 0, value[:50]
        if path == PATH:
            run(site, "set", path, f"--if-seed-is={value}", "--", "/limit", "3")
            run(site, "set", path, f"--why={value}", "--", "/paused", "true")
    assert run(site, "log") == 0
    assert "problem" not in seedgit(site, "status").out


def add_seeds(site: Repo) -> None:
    from tests.site import SEEDS

    site.commit({name: text for name, text in SEEDS.items() if name != PATH}, "more seeds")


def test_numbers_and_names(site: Repo) -> None:
    override(site, "/timeout", "45")
    override(site, "/steps/0/max_items", "1")
    site.write({PATH: site.read(PATH).replace(b"50", b"60")})
    site("commit", "-qam", "x", "--no-verify")
    run(site, "pending")
    for text in NUMBERS:
        run(site, "resolve", "--keep-local", "--", text)
        run(site, "resolve", "--keep-local", "--", "1", text)
        run(site, "resolve", "1", f"--at={text}", "--value", "3")
        run(site, "approve", "--", text)
        run(site, "journal", "--", text)
        run(site, "journal", "prune", f"--keep={text}")
        run(site, "journal", "prune", f"--before={text}")
        run(site, "report", "--", text)
        run(site, "replay", "--", text)
        run(site, "log", f"-n={text}")
        run(site, "journal", f"-n={text}")
        run(site, "set", PATH, f"--until={text}", "--", "/limit", "3")
        run(site, "set", PATH, f"--until-version={text}", "--", "/limit", "3")
        run(site, "conflicts", PATH, f"--take={text}=ours")
        run(site, "conflicts", PATH, f"--value={text}=1")
        run(site, "divergences", f"--since={text}")
        run(site, "log", f"--overlay-name={text}")
        run(site, "promote", PATH, "/timeout", f"--branch={text}")
        run(site, "plan", "--", text)
        run(site, "verify", "--", text)
        run(site, "pull", "--", text)
        run(site, "render", "--", text)


def test_an_interpreter_s_own_limits_count_too(site: Repo) -> None:
    """In a process of its own: no frames of the tests', and bytes that are not UTF-8."""
    override(site, "/timeout", "45")
    for pointer in ("/site/²", "/a" * 10_000, "/steps/" + "3" * 5000):
        assert process(site, "set", PATH, pointer, "5").status in (2, 3)
    assert process(site, "set", PATH, "/limit", nested(900)).status == 3
    said = process(site, "set", PATH, "/limit", "5", "--why", os.fsdecode(b"\xff"))
    assert said.status == 0
    assert process(site, "promote", PATH, "/limit").status == 0


def test_a_record_never_goes_over_its_own_bounds(site: Repo) -> None:
    """What would be a problem when it is read is refused when it is written."""
    said = seedgit(site, "set", PATH, "/limit", "5", "--why", "y" * 100_000)
    assert said.status == 3
    assert "over 16384 characters" in said.err
    override(site, "/limit", nested(100), "--as-json")
    said = seedgit(site, "set", PATH, "/limit" + "/0" * 100, nested(100), "--as-json")
    assert said.status == 3
    assert seedgit(site, "status").status == 0
    assert "problem" not in seedgit(site, "status").out
