"""Many overrides from one file: in one change or not at all, and what is wrong is named by line."""

from __future__ import annotations

import io
import json
import sys
from pathlib import Path
from typing import Any

import pytest

from seedgit.formats.yaml import Yaml
from seedgit.git import record_tree
from seedgit.operations import set as set_module
from seedgit.operations.edits import set_from, together
from seedgit.operations.set import set_override
from seedgit.operations.workspace import Workspace
from tests.built import prepared
from tests.conftest import Repo
from tests.site import FLOW, FLOW_JSON, PATH, data, package, seedgit, site_of

OTHER = "flows/one.jsonc"
REF = "refs/seedgit/overlays/local"


@pytest.fixture
@prepared
def site(repo: Repo) -> Repo:
    return site_of(package(repo, {PATH: FLOW, OTHER: FLOW_JSON}))


def changes(*entries: dict[str, Any]) -> str:
    return "".join(json.dumps(entry) + "\n" for entry in entries)


def change(pointer: str, value: Any = 9, file: str = PATH, **more: Any) -> dict[str, Any]:
    return {"file": file, "pointer": pointer, "value": value, **more}


def given(site: Repo, text: str | bytes, name: str = "changes") -> str:
    path = Path(site.path) / name
    path.write_bytes(text if isinstance(text, bytes) else text.encode())
    return name


MANY = changes(
    change("/limit", 9, why="burn-in"),
    change("/timeout", 90, why="slow", until="2999-12-01"),
    change("/steps/[id=fetch]/max_items", 1, OTHER, until={"seed-is": 50}),
    {"file": OTHER, "pointer": "/steps/[id=rank]/mode", "delete": True},
)
MANY_YAML = """\
# What this site wants.
- {file: flows/wiki.yaml, pointer: /limit, value: 9, why: burn-in}
- file: flows/wiki.yaml
  pointer: /timeout
  value: 90
  why: slow
  until: 2999-12-01
- file: flows/one.jsonc
  pointer: /steps/[id=fetch]/max_items
  value: 1
  until: {seed-is: 50}
- file: flows/one.jsonc
  pointer: /steps/[id=rank]/mode
  delete: true
"""


@pytest.mark.parametrize("text", [MANY, MANY_YAML], ids=["lines", "yaml"])
def test_a_file_of_changes_is_one_commit_that_undo_takes_back(site: Repo, text: str) -> None:
    said = seedgit(site, "set", "--from", given(site, text))
    assert said.status == 0
    assert said.err.startswith("note: flows/wiki.yaml/timeout is not the site's by the rules")
    assert said.out.splitlines()[:4] == [
        "flows/wiki.yaml/limit = 9",
        "flows/wiki.yaml/timeout = 90, until 2999-12-01",
        "flows/one.jsonc/steps/[id=fetch]/max_items = 1, while the seed is 50",
        "flows/one.jsonc/steps/[id=rank]/mode removed",
    ]
    assert site("rev-list", "--count", REF) == "1"
    fields = {f["path"] + f["pointer"]: f for f in data(site, "status", "--overlay")["fields"]}
    assert len(fields) == 4
    assert fields["flows/wiki.yaml/timeout"]["why"] == "slow"
    assert fields["flows/wiki.yaml/timeout"]["until"] == {"date": "2999-12-01"}
    assert "limit: 9" in seedgit(site, "render", PATH).out
    again = seedgit(site, "set", "--from", "changes", "-v")
    assert again.status == 0
    assert "nothing changed" in again.out
    assert seedgit(site, "undo").status == 0
    assert data(site, "status", "--overlay")["fields"] == []


def test_it_says_as_data_what_it_did(site: Repo) -> None:
    found = json.loads(seedgit(site, "set", "--from", given(site, MANY), "--json").out)
    assert found["commit"] == site("rev-parse", REF)
    assert found["files"][1] == {
        "path": PATH,
        "pointers": ["/timeout"],
        "until": {"date": "2999-12-01"},
    }
    assert [item["path"] for item in found["files"]] == [PATH, PATH, OTHER, OTHER]


def test_standard_input_and_one_reason_for_all(site: Repo, monkeypatch: pytest.MonkeyPatch) -> None:
    text = changes(change("/limit"), change("/paused", True, why="my own"))
    monkeypatch.setattr(sys, "stdin", io.TextIOWrapper(io.BytesIO(text.encode())))
    assert seedgit(site, "set", "--from", "-", "--why", "for all").status == 0
    fields = data(site, "status", "--overlay")["fields"]
    assert {field["pointer"]: field["why"] for field in fields} == {
        "/limit": "for all",
        "/paused": "my own",
    }


def test_a_file_may_name_seeds_by_a_pattern(site: Repo) -> None:
    said = seedgit(site, "set", "--from", given(site, changes(change("/limit", 7, "flows/*"))))
    assert said.status == 0
    assert {f["path"] for f in data(site, "status", "--overlay")["fields"]} == {PATH, OTHER}


WRONG = [
    (change("/limti"), "is not in the seed, and no rule names it"),
    (change("/steps/[id=fech]/mode", "x"), "names nothing"),
    (change("/limit", "nine"), "is a number, and this is text"),
    (change("/limit", file="README.md"), "not a seed"),
    (change("/limit", file="flows/none.yaml"), "no such file"),
    (change("/limit", file="flows/x*.yaml"), "matches no seed"),
    (change("limit"), "not a pointer"),
    (change(""), "the whole document"),
    (change("/a/b/c"), "names nothing"),
    (change("/name/x"), "names nothing"),
    (change("/limit", until="2001-01-01"), "not a date in the future"),
    (change("/limit", until="2 weeks"), "not a date in the future"),
    (change("/limit", until={"version": "a b"}), "not the name of a tag"),
    (change("/limit", until={"seed-is": 6}), "the seed is not 6 at /limit"),
    (change("/limit", until={"moon": 1}), "has until"),
    (change("/limit", until={"date": 1}), "has until"),
    (change("/limit", until=5), "has until 5"),
    (change("/limit", why=5), "has why 5"),
    (change("/limit", why="y" * 20_000), "over 16384 characters"),
    (change("/limit", delete=True), "has both value and delete: true"),
    (change("/limit", delete="yes"), "has delete 'yes'"),
    (change("/limit", new=True), "has the unknown member 'new'"),
    ({"file": PATH, "pointer": "/limit"}, "has neither value nor delete: true"),
    ({"file": PATH, "value": 5}, "has no pointer"),
    ({"pointer": "/limit", "value": 5}, "has no file"),
    ({"file": PATH, "pointer": "/extra", "delete": True}, "is not in the seed"),
    (change("/timeout", 8), "/timeout and /timeout (line 1) change one value"),
]


def test_all_that_is_wrong_is_named_by_its_line_and_nothing_is_done(site: Repo) -> None:
    entries = [change("/timeout", 5), *(entry for entry, _ in WRONG)]
    text = changes(*entries) + '{"file": \n\n[]\n'
    said = seedgit(site, "set", "--from", given(site, text))
    assert said.status == 3
    for line, (_, words) in enumerate(WRONG, 2):
        (told,) = (t for t in said.err.splitlines() if t.startswith(f"error: changes:{line}: "))
        assert words in told
    assert site("for-each-ref", REF) == ""
    assert not site("status", "--porcelain", "flows")


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("", "changes: holds no changes"),
        ("\n# nothing\n", "changes: holds no changes"),
        ("[]", "changes: holds no changes"),
        ("a: 1\n", "changes: is not a list of changes"),
        ("a text\n", "changes: is not a list of changes"),
        ("- a: [\n", "changes:2: not valid YAML"),
        (b"\x7fELF\0\0", "changes: is not text: it holds NUL"),
        (b"- file: a\n  why: \xff\n", "changes:2: not UTF-8"),
        ("- " + "x" * 300, "changes: is over 200 bytes"),
        ("- " + "[" * 150, "nested deeper"),
        ("- 5\n", "changes:1: is not a change"),
    ],
)
def test_a_file_that_has_no_changes_says_so(
    site: Repo, monkeypatch: pytest.MonkeyPatch, text: str | bytes, words: str
) -> None:
    monkeypatch.setattr(set_from, "LIMIT", 200)
    said = seedgit(site, "set", "--from", given(site, text))
    assert said.status == 3
    assert words in said.err
    assert "hint: " in said.err


def test_a_file_that_is_not_there_and_one_of_another_folder(site: Repo) -> None:
    said = seedgit(site, "set", "--from", "none")
    assert said.status == 3
    assert "none: cannot be read: No such file" in said.err
    assert "cannot be read: Is a directory" in seedgit(site, "set", "--from", "flows").err
    given(site, changes(change("/limit", file="wiki.yaml")), "flows/changes.jsonl")
    assert seedgit(site, "-C", "flows", "set", "--from", "changes.jsonl").status == 0


@pytest.mark.parametrize(
    "words",
    [
        (PATH,),
        ("--delete",),
        ("--text",),
        ("--until", "2999-01-01"),
        ("--until-version", "v2"),
        ("--if-seed-is", "5"),
    ],
)
def test_what_each_change_has_for_itself_is_not_given_for_all(
    site: Repo, words: tuple[str, ...]
) -> None:
    said = seedgit(site, "set", "--from", given(site, MANY), *words)
    assert said.status == 2
    assert "--from does not go with" in said.err


def test_options_that_say_what_is_meant_are_for_all(site: Repo) -> None:
    name = given(site, changes(change("/limti"), change("/limit", "x"), change("/a/b", 1)))
    assert seedgit(site, "set", "--from", name, "--new").status == 3
    said = seedgit(site, "set", "--from", name, "--new", "--parents", "--as-json")
    assert said.status == 0, said.err
    text = seedgit(site, "render", PATH).out
    assert "limit: x" in text
    assert "a:\n  b: 1" in text


def test_without_a_file_of_changes_a_seed_and_a_pointer_are_needed(site: Repo) -> None:
    for words in ((), (PATH,)):
        said = seedgit(site, "set", *words)
        assert said.status == 2
        assert "no file and no pointer are given" in said.err


def test_one_change_within_another_is_refused_and_items_are_put_in_one_by_one(site: Repo) -> None:
    inner = change("/steps/[id=fetch]/mode", "x")
    for entries in (
        (inner, change("/steps/0", {"id": "fetch"})),
        (change("/steps/0", {"id": "fetch"}), inner),
    ):
        said = seedgit(site, "set", "--from", given(site, changes(*entries)))
        assert said.status == 3
        assert "changes:2: " in said.err
        assert "(line 1) change one value" in said.err
    added = (change("/steps/-", {"id": name}) for name in "ab")
    said = seedgit(site, "set", "--from", given(site, changes(*added)))
    assert said.status == 0, said.err
    assert "  - id: a\n  - id: b\n" in seedgit(site, "render", PATH).out


def test_what_the_file_cannot_hold_is_named_by_its_line(repo: Repo) -> None:
    site = site_of(package(repo, {"flows/a.toml": "a = 1\nb = 2\nc = 3\nd = 4\n"}))
    values = {"/a": 5, "/b": None, "/c": 6, "/d": [None]}
    name = given(site, changes(*(change(p, v, "flows/a.toml") for p, v in values.items())))
    said = seedgit(site, "set", "--from", name, "--as-json")
    assert said.status == 3
    assert [line[:17] for line in said.err.splitlines() if line.startswith("error")] == [
        "error: changes:2:",
        "error: changes:4:",
        "error: changes: n",
    ]
    assert "nothing was changed: 2 of 4 changes cannot be made" in said.err


def test_a_seed_that_cannot_be_read_is_told_once(repo: Repo) -> None:
    site = site_of(package(repo, {PATH: FLOW, "flows/bad.yaml": "a: [\n"}))
    entries = [change(f"/k{n}", file="flows/bad.yaml") for n in range(5)]
    said = seedgit(site, "set", "--from", given(site, changes(*entries)), "--new")
    assert said.status == 3
    assert said.err.count("flows/bad.yaml") == 1


def test_no_more_than_some_problems_are_told(site: Repo, monkeypatch: pytest.MonkeyPatch) -> None:
    for module in (together, set_from):
        monkeypatch.setattr(module, "MOST", 3)
    looked = counted(monkeypatch, set_module, "check_new")
    for entries in ([change(f"/k{n}") for n in range(9)], [{"x": 1}] * 9):
        said = seedgit(site, "set", "--from", given(site, changes(*entries)))
        assert said.err.count("error: changes:") == 3 + 1
        assert "3 or more of 9 changes cannot be made" in said.err
    assert len(looked) == 1 + 3  # the first that failed, and what was looked for then


def seeds_of(repo: Repo, count: int) -> Repo:
    return site_of(package(repo, {f"flows/s{n:02}.yaml": FLOW for n in range(count)}))


def counted(monkeypatch: pytest.MonkeyPatch, place: object, name: str) -> list[Any]:
    """What a function is called with from now on: the last argument."""
    calls: list[Any] = []
    before = getattr(place, name)

    def call(*given: Any, **named: Any) -> Any:
        calls.append(given[-1])
        return before(*given, **named)

    monkeypatch.setattr(place, name, call)
    return calls


def test_many_changes_parse_each_seed_once_and_read_no_other_record(
    repo: Repo, monkeypatch: pytest.MonkeyPatch
) -> None:
    site = seeds_of(repo, 12)
    old = changes(*(change("/limit", 3, f"flows/s{n:02}.yaml") for n in range(6, 12)))
    assert seedgit(site, "set", "--from", given(site, old)).status == 0
    several = ("/limit", "/paused"), (9, True)
    new = [
        change(pointer, value, f"flows/s{n:02}.yaml")
        for n in range(6)
        for pointer, value in zip(*several, strict=True)
    ]
    name = given(site, changes(*new))
    parsed = counted(monkeypatch, Yaml, "parse")
    read = counted(monkeypatch, Yaml, "glance")
    records = counted(monkeypatch, record_tree, "decode")
    assert seedgit(site, "set", "--from", name).status == 0
    seeds = [where for where in parsed if where.startswith("flows/")]
    # That it can be written is certain without what it becomes, and without a tree.
    assert (seeds, read.count(FLOW)) == ([], 6)
    assert records == []
    assert site("rev-list", "--count", REF) == "2"


def test_one_change_after_the_other_reads_what_it_changes(
    repo: Repo, monkeypatch: pytest.MonkeyPatch
) -> None:
    site = seeds_of(repo, 12)
    workspace = Workspace.open(str(site.path))
    records = counted(monkeypatch, record_tree, "decode")
    for n in range(12):
        set_override(workspace, f"flows/s{n:02}.yaml", "/limit", 9)
    assert records == []
    set_override(workspace, "flows/s00.yaml", "/paused", True)
    assert len(records) == 1
    assert site("rev-list", "--count", REF) == "13"
