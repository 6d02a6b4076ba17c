from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from seedgit.errors import SeedgitError
from seedgit.operations.completing import overlays, pointers, references
from seedgit.operations.workspace import Workspace
from seedgit.values.pointer import parse_selector, select
from tests.conftest import Repo
from tests.site import process, seedgit

FILE = "values.yaml"
RULES = "version: 1\nseeds: [{files: '*.yaml', keys: {/env: name}}]\n"
VALUES = """\
image: {tag: v1, name: a/b}
empty: {}
env:
  - name: LOG
    value: info
  - name: a/b
    value: [1, {deep: 2}]
plain: [x, y]
a/b~c: 1
"""


@pytest.fixture
def site(repo: Repo) -> Repo:
    odd = '"\\n;touch pwned": 1\n"\\e[2J": 1\n"$(x) y": 1\n'
    odds = {"odd.yaml": odd, "odd\n;touch pwned": "", "odd\x1b[2J": ""}
    repo.commit({".seedgit.yaml": RULES, FILE: VALUES, **odds}, "v1")
    repo("branch", "topic/one")
    repo("remote", "add", "upstream", ".")
    seedgit(repo, "init")
    assert seedgit(repo, "set", FILE, "/plain/0", "z").status == 0
    tip = repo("rev-parse", "refs/seedgit/overlays/local")
    repo("update-ref", "refs/seedgit/remotes/hub/oslo", tip)
    return repo


def after(site: Repo, typed: str) -> list[str]:
    return pointers(Workspace.open(str(site.path)), FILE, typed)


@pytest.mark.parametrize(
    ("typed", "found"),
    [
        ("", ["/image", "/empty", "/env", "/plain", "/a~1b~0c"]),
        ("/", ["/image", "/empty", "/env", "/plain", "/a~1b~0c"]),
        ("/im", ["/image", "/image/"]),
        ("/image/", ["/image/tag", "/image/name"]),
        ("/image/t", ["/image/tag"]),
        ("/empty", ["/empty"]),
        ("/env/", ["/env/[name=LOG]", "/env/[name=a/b]"]),
        ("/env/[name=a/", ["/env/[name=a/b]", "/env/[name=a/b]/"]),
        ("/env/[name=a/b]/v", ["/env/[name=a/b]/value", "/env/[name=a/b]/value/"]),
        ("/env/1", ["/env/1", "/env/1/"]),
        ("/env/1/value/", ["/env/1/value/0", "/env/1/value/1"]),
        ("/plain/", ["/plain/0", "/plain/1"]),
        ("/nothing/", []),
        ("/image/tag/", []),
        ("image", []),
    ],
)
def test_pointers_that_go_on_from_what_was_typed(site: Repo, typed: str, found: list[str]) -> None:
    assert after(site, typed) == found


def places(value: Any, at: tuple[str, ...] = ()) -> Iterator[tuple[str, ...]]:
    if isinstance(value, (dict, list)):
        items = value.items() if isinstance(value, dict) else enumerate(value)
        for token, inner in items:
            yield (*at, str(token))
            yield from places(inner, (*at, str(token)))


def test_every_place_is_reached_and_each_pointer_names_one(site: Repo) -> None:
    value = Workspace.open(str(site.path)).seed(FILE).value
    reached, left = set(), [""]
    while left:
        for pointer in after(site, left.pop() + "/"):
            if not pointer.endswith("/"):
                (place,) = select(value, parse_selector(pointer))
                reached.add(place)
                left.append(pointer)
    assert reached == {*places(value)}


def test_what_the_overlay_adds_is_offered(site: Repo) -> None:
    assert seedgit(site, "set", FILE, "/image/pull", "Always", "--new").status == 0
    assert after(site, "/image/p") == ["/image/pull"]


@pytest.mark.parametrize(("file", "typed"), [("no.yaml", "/"), (FILE, "image/"), (FILE, "/~2/")])
def test_what_is_no_seed_or_no_pointer(site: Repo, file: str, typed: str) -> None:
    with pytest.raises(SeedgitError):
        pointers(Workspace.open(str(site.path)), file, typed)


def test_overlays_and_references(site: Repo) -> None:
    workspace = Workspace.open(str(site.path))
    assert overlays(workspace) == workspace.names
    assert references(workspace) == ["main", "topic/one"]


@pytest.mark.parametrize(
    ("line", "answer"),
    [
        (f"seedgit set {FILE} /image/t", ["/image/tag "]),
        (f"seedgit why {FILE} /im", ["/image", "/image/"]),
        (f"seedgit why {FILE} '/env/[name=L", ["/env/[name=LOG]", "/env/[name=LOG]/"]),
        ("seedgit plan to", ["topic/one "]),
        ("seedgit log --overlay l", ["local "]),
        ("seedgit push u", ["upstream "]),
        ("seedgit help orph", ["orphaned "]),
        ("seedgit fleet plan --sites l", ["local "]),
        ("seedgit fleet overrides --sites hub/", ["hub/oslo "]),
        ("seedgit render va", ["values.yaml "]),
        ("seedgit why no.yaml /", []),
        ("seedgit why odd.yaml /", ["/$(x) y "]),
        ("seedgit render odd", ["odd.yaml "]),
        ("seedgit set --until 2", []),
    ],
)
def test_the_tab_key(site: Repo, tmp_path: Path, line: str, answer: list[str]) -> None:
    assert offered(site, tmp_path / "said", line, "fish") == answer  # which escapes it by itself


def test_a_name_does_nothing_to_the_line_that_is_typed(site: Repo, tmp_path: Path) -> None:
    line = "seedgit why odd.yaml /"
    assert offered(site, tmp_path / "said", line, "bash") == [r"/\$\(x\)\ y "]


def offered(site: Repo, said: Path, line: str, shell: str) -> list[str]:
    at = {"COMP_LINE": line, "COMP_POINT": str(len(line)), "COMP_TYPE": "9"}
    out = {"_ARGCOMPLETE": "1", "_ARGCOMPLETE_STDOUT_FILENAME": str(said), "_ARGCOMPLETE_IFS": "\n"}
    done = process(site, env={**at, **out, "_ARGCOMPLETE_SHELL": shell})
    assert done.err == ""
    return said.read_text().splitlines()
