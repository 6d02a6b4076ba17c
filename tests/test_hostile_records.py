"""One bad record is that record's problem: every command goes on with the others, and says so."""

from __future__ import annotations

import json
from collections.abc import Iterable
from typing import Any

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from seedgit.cli.commands import COMMANDS
from seedgit.errors import InputError, SeedgitError
from seedgit.formats.document import Document
from seedgit.git.stored_record import LIMIT, StoredRecord, decode, encode
from seedgit.overlay.rebase import rebase
from seedgit.overlay.record_json import body_of, record_from
from tests.built import prepared
from tests.conftest import Repo
from tests.hostile import BODIES, REF, STRANGE, nested, overlaid
from tests.site import FLOW, PATH, Said, data, override, seedgit, site_of

TEXTS = {
    "no-json": b"{",
    "nested-900": b'{"version": 1, "patch": ' + nested(900).encode() + b"}",
    "nested-100000": b'{"version": 1, "patch": ' + nested(100_000).encode() + b"}",
    "number-5000": b'{"version": 1, "patch": ' + b"9" * 5000 + b"}",
    "nan": b'{"version": 1, "patch": NaN}',
    "infinite": b'{"version": 1, "patch": 1e999}',
    "not-utf-8": b'{"version": 1, "\xff": 1}',
    "utf-16": '{"version": 1}'.encode("utf-16"),
    "large": b'{"version": 1, "patch": "' + b"x" * LIMIT + b'"}',
    "version-true": b'{"version": true}',
    "version-float": b'{"version": 1.0}',
    "version-future": b'{"version": 3}',
}


def commands(path: str) -> dict[str, list[list[str]]]:
    """Every command, in the ways that read an overlay, about one seed."""
    pointer = "/timeout"
    return {
        "init": [["init"]],
        "set": [["set", path, "/limit", "7"], ["set", path, "/limit", "--delete"]],
        "unset": [["unset", path, pointer]],
        "capture": [["capture", path]],
        "adopt": [["adopt", "origin/main", "--dry-run"], ["adopt", path, "--dry-run"]],
        "suggest": [["suggest"]],
        "promote": [["promote", path, pointer]],
        "demote": [["demote", path, "/paused", "--dry-run"]],
        "move": [["move", path, "flows/other.yaml"]],
        "status": [["status", "--overlay"], ["status", "--json"], ["status", "--exit-code"]],
        "plan": [["plan", "origin/main"], ["-v", "plan", "origin/main", "--json"]],
        "fleet": [["fleet", "plan", "origin/main"], ["fleet", "overrides", "--json"]],
        "why": [["why", path, pointer], ["why", path, ""], ["why", path, "/steps/0"]],
        "blame": [["blame", path]],
        "diff": [["diff"], ["diff", path]],
        "pending": [["pending"], ["pending", "--json"]],
        "resolve": [["resolve", "1", "--keep-local"], ["resolve", "1", "--value", "3"]],
        "approve": [["approve", "--all"], ["approve", "--known"]],
        "render": [["render", path]],
        "conflicts": [["conflicts"]],
        "mergetool": [["mergetool", "x", "x", "x", path]],
        "rebase": [["rebase"]],
        "prune": [["prune"], ["prune", "--expired", "--redundant", "--orphaned", "--dry-run"]],
        "layer": [["layer"], ["layer", "--json"]],
        "rules": [["rules"], ["rules", path], ["rules", path, "/timeout", "--json"]],
        "secret": [["secret", "recipients"], ["secret", "rotate"], ["secret", "forget"]],
        "log": [["log"], ["log", "--json"]],
        "undo": [],  # on its own, below
        "push": [["push", "origin"]],
        "pull": [["pull", "origin"]],
        "certify": [],  # it reads no clone
        "verify": [["verify"], ["verify", "--format=github"]],
        "doctor": [["doctor"]],
        "selftest": [],  # it reads no clone
        "upgrade": [["upgrade"], ["upgrade", "--abort"]],
        "try": [["try", "--last", "3"]],
        "ui": [],  # tests/cli/ui
        "track": [["track"], ["track", path, "--from", path, "--version", "1"]],
        "mode": [["mode"]],
        "divergences": [["divergences"]],
        "replay": [["replay", "--last", "1"]],
        "journal": [["journal"]],
        "report": [["report", "1"]],
        "hook": [["hook", "pre-commit"], ["hook", "post-merge"]],
        "live": [["live"]],
        "sync": [["sync", "--check"], ["sync", path]],
        "completion": [["completion", "bash"]],
    }


def test_no_command_is_left_out() -> None:
    assert commands(PATH).keys() == COMMANDS.keys()


def run(site: Repo, words: list[str]) -> Said:
    said = seedgit(site, *words)
    assert said.status != 70, (words, said.err)
    return said


def seed(name: str) -> str:
    return f"flows/h-{name}.yaml"


@pytest.fixture
@prepared
def beside(upstream: Repo) -> Repo:
    """A site with one good override, and a seed for every hostile record."""
    names = (*BODIES, *STRANGE, *TEXTS)
    upstream.commit({seed(name): FLOW for name in names}, "seeds")
    site = site_of(upstream)
    override(site, "/timeout", "45", "--why", "slow")
    return site


def good(site: Repo) -> dict[str, str]:
    asked = (["render", PATH], ["blame", PATH], ["why", PATH, "/timeout"], ["diff", PATH])
    return {" ".join(words): run(site, list(words)).out for words in asked}


def test_a_record_out_of_bounds_is_a_problem_of_its_seed(beside: Repo) -> None:
    before = good(beside)
    bad = {seed(name): body for name, body in (BODIES | TEXTS).items()}
    overlaid(beside, bad)
    found = data(beside, "status")
    told = found["problems"]
    assert sorted(text.partition(":")[0] for text in told) == sorted(bad)
    assert all(len(text) < 500 for text in told)
    assert [field["path"] for field in found["fields"]] == [PATH]
    assert good(beside) == before
    for path in list(bad)[::4]:
        said = run(beside, ["render", path])
        assert (said.status, said.out) == (3, ""), path
    findings = [f for f in data(beside, "doctor")["findings"] if f["code"] == "overlay-record"]
    assert len(findings) == len(bad)
    beside("update-ref", REF, f"{REF}~")
    few = ("patch-text", "deep", "parked-escape")
    overlaid(beside, {seed(name): BODIES[name] for name in few})
    for name in few:
        everything(beside, seed(name))
    override(beside, "/limit", "9")
    assert data(beside, "status")["overrides"]["active"] == 2


def test_a_strange_record_ends_in_no_traceback(beside: Repo) -> None:
    before = good(beside)
    overlaid(beside, {seed(name): body for name, body in STRANGE.items()})
    assert data(beside, "status")["problems"] is not None
    for name in STRANGE:
        path = seed(name)
        for words in (
            ["render", path],
            ["blame", path],
            ["why", path, ""],
            ["why", path, "/timeout"],
            ["why", path, "/steps/0/mode"],
            ["diff", path],
            ["promote", path, "/extra"],
            ["set", path, "/limit", "7"],
            ["unset", path, "/limit"],
        ):
            run(beside, words)
    assert good(beside) == before
    everything(beside, seed("surrogate-why"))
    assert good(beside) == before


def test_a_strange_record_whose_seed_moves_ends_in_no_traceback(
    beside: Repo, upstream: Repo
) -> None:
    overlaid(beside, {seed(name): body for name, body in STRANGE.items()})
    moved = FLOW.replace("steps:\n", "steps:\n  - id: first\n").replace("30", "31")
    upstream.commit({seed(name): moved for name in STRANGE}, "moved")
    beside("fetch", "-q")
    run(beside, ["plan", "origin/main"])
    beside("merge", "-q", "origin/main")
    before = good(beside)
    for words in (["status"], ["pending"], ["doctor"], ["rebase"], ["fleet", "overrides"]):
        run(beside, words)
    for name in STRANGE:
        path = seed(name)
        for words in (["render", path], ["why", path, ""], ["blame", path]):
            run(beside, words)
    run(beside, ["approve", "--all"])
    run(beside, ["prune", "--orphaned", "--redundant"])
    assert good(beside) == before


def everything(site: Repo, path: str) -> None:
    tip = site("rev-parse", REF)
    for several in commands(path).values():
        for words in several:
            run(site, words)
    site("update-ref", REF, tip)
    run(site, ["undo"])
    site("update-ref", REF, tip)


@pytest.mark.parametrize("date", ["99999999999999999 +0000", "1 +9999", "1 -9959", "0 +0000"])
def test_a_commit_may_have_any_date(beside: Repo, date: str) -> None:
    """Of an overlay that was fetched, and of the history of the seeds."""

    def dated(ref: str, tree: str) -> None:
        who = f"Eve <eve@example.com> {date}"
        parent = beside("rev-parse", ref)
        text = f"tree {tree}\nparent {parent}\nauthor {who}\ncommitter {who}\n\nx\n"
        made = ("hash-object", "-t", "commit", "-w", "--stdin", "--literally")
        id = beside(*made, stdin=text.encode())
        beside("update-ref", ref, id)

    beside.write({PATH: FLOW.replace("paused: false", "paused: true")})
    beside("add", PATH)
    dated("HEAD", beside("write-tree"))
    override(beside, "/limit", "6")
    dated(REF, beside("rev-parse", f"{REF}^{{tree}}"))
    for words in (["log"], ["why", PATH, "/limit"], ["why", PATH, "/paused"], ["blame", PATH]):
        assert run(beside, words).status == 0
        run(beside, [*words, "--json"])
    for words in (["suggest"], ["fleet", "overrides"], ["verify"], ["status"], ["undo"]):
        run(beside, words)


# -- any record at all -----------------------------------------------------------------------------

WORDS = "op path value why until over seed absent reason choice at base local date version gone was"
KEYS = st.sampled_from(WORDS.split())
POINTERS = st.sampled_from(
    ["/timeout", "/steps/0/mode", "/steps/2", "/steps/-", "/steps/²", "/x", "", "x", "/a/b", "/~"]
)
SCALARS = (
    st.none()
    | st.booleans()
    | st.integers()
    | st.floats(allow_nan=False, allow_infinity=False)
    | st.sampled_from(["add", "remove", "replace", "test", "orphaned", "yielded", "keep-local"])
    | POINTERS
    | st.text(st.characters(), max_size=5)
)
JSON = st.recursive(
    SCALARS,
    lambda inner: (
        st.lists(inner, max_size=4) | st.dictionaries(KEYS | st.text(max_size=3), inner, max_size=4)
    ),
    max_leaves=20,
)
ENTRY = st.fixed_dictionaries(
    {"op": st.sampled_from(["add", "remove", "replace", "test"]), "path": POINTERS, "value": JSON},
    optional={
        "why": SCALARS,
        "until": st.dictionaries(KEYS, SCALARS, max_size=2),
        "over": st.fixed_dictionaries({"value": JSON}) | JSON,
        "seed": st.just({"absent": True}) | JSON,
        "reason": SCALARS,
        "choice": SCALARS,
        "chosen": SCALARS,
    },
)
HOSTILE = st.fixed_dictionaries(
    {},
    optional={
        name: st.lists(ENTRY, max_size=4) | JSON
        for name in ("patch", "removed", "parked", "rivals", "decisions")
    },
)


@example({"patch": [{"op": "remove", "path": "/a"}, {"op": "add", "path": "/a", "value": None}]})
@example({"patch": [{"op": op, "path": "/timeout", "value": 1} for op in ("test", "add")]})
@example({"patch": [{"op": op, "path": "/steps/0", "value": 1} for op in ("test", "add")]})
@settings(max_examples=400)
@given(HOSTILE)
def test_any_body_is_a_record_or_a_problem(body: dict[str, Any]) -> None:
    text = json.dumps({"version": 1, "path": PATH, "base": "0" * 40, **body})
    try:
        stored = decode("flows%2Fwiki.yaml", text.encode("utf-8", "backslashreplace"))
    except InputError as error:
        assert len(str(error)) < 1000
        return
    record = record_from(*stored)
    # What is understood can be written, and means the same then.
    again = StoredRecord(record.path, record.base, body_of(record))
    assert record_from(*decode("flows%2Fwiki.yaml", encode(again))) == record
    base = Document.parse(FLOW.encode(), PATH)
    after = Document.parse(FLOW.replace("id: fetch", "id: other").encode(), PATH)
    for one, other in ((base, base), (base, after), (after, base)):
        found = rebase(record.overrides, one.value, other.value, parked=record.parked)
        if one is not other:
            count = len(found.overrides) + len(found.parked)
            assert count == len(record.overrides) + len(record.parked)
        try:
            other.apply(body_of(record)["patch"])
        except SeedgitError:
            continue


@settings(max_examples=12)
@given(bodies=st.lists(HOSTILE, min_size=3, max_size=3))
def test_any_records_leave_the_good_one_alone(
    bodies: list[dict[str, Any]], tmp_path_factory: pytest.TempPathFactory
) -> None:
    site = hostile_site(tmp_path_factory)
    before = good(site)
    tip = site("rev-parse", REF)
    paths = [seed(str(n)) for n in range(len(bodies))]
    overlaid(site, dict(zip(paths, bodies, strict=True)))
    everything_of(site, paths)
    assert good(site) == before
    site("update-ref", REF, tip)


def everything_of(site: Repo, paths: Iterable[str]) -> None:
    for words in (["status"], ["pending"], ["rebase"], ["fleet", "overrides"], ["log"], ["diff"]):
        run(site, words)
    for path in paths:
        for words in (["render", path], ["why", path, ""], ["blame", path]):
            run(site, words)


_SITES: dict[str, Repo] = {}


def hostile_site(places: pytest.TempPathFactory) -> Repo:
    """One site for all examples of a run."""
    if "site" not in _SITES:
        upstream = Repo(places.mktemp("hostile") / "upstream")
        upstream.path.mkdir()
        upstream("init", "-q")
        rules = 'version: 1\nseeds:\n  - files: "flows/**"\n'
        seeds = {seed(str(n)): FLOW for n in range(3)}
        upstream.commit({".seedgit.yaml": rules, PATH: FLOW, **seeds}, "v1")
        site = upstream.clone("site")
        assert seedgit(site, "init").status == 0
        override(site, "/timeout", "45")
        _SITES["site"] = site
    return _SITES["site"]
