"""The laws, each as a property over generated documents in all formats.

Law 3 and law 5 are in tests/formats/test_merge.py; intents are in tests/merge/test_decide.py.
"""

from __future__ import annotations

import copy
import itertools
import subprocess
import sys
import threading
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from hypothesis import assume, event, given, settings
from hypothesis import strategies as st

from seedgit import codes
from seedgit.cli.reasons import REASONS
from seedgit.errors import InvalidDocument, PatchError
from seedgit.formats.document import Document
from seedgit.formats.merge import merge_texts
from seedgit.formats.registry import format_named
from seedgit.journal import Journal
from seedgit.overlay.edit import from_difference
from seedgit.overlay.patch import effective_value, patch_of
from seedgit.overlay.rebase import rebase
from seedgit.overlay.record import Record
from seedgit.rules.ownership import SeedRule
from seedgit.values.diff import diff
from seedgit.values.patch import apply
from seedgit.values.pointer import format_pointer
from seedgit.values.value import Key, Opaque, canonical, same
from tests.conftest import Repo
from tests.documents import DOCUMENTS, EVERY, FORMATS, edited, text_of
from tests.site import FLOW, PATH, RULES, package, seedgit, site_of

CASES = Path(__file__).parent / "cases"
RULE = SeedRule(("**",), keys=(("/**", "id"),))


def document(value: Any, format: str) -> Document:
    return Document.parse(text_of(value, format), f"f.{format}")


def overlay(base: Any, local: Any) -> Record:
    """The record that makes `local` of `base`."""
    return from_difference(Record("f", ""), base, local, "", RULE.key_of)


def over_documents(examples: int) -> Callable[[Callable[..., None]], Callable[..., None]]:
    """A law of every format; its documents are drawn from `data`."""

    def decorate(law: Callable[..., None]) -> Callable[..., None]:
        drawn = given(data=st.data())(settings(max_examples=examples)(law))
        return pytest.mark.parametrize("format", EVERY)(drawn)

    return decorate


@over_documents(60)
def test_law_1_a_difference_applied_is_the_other_document(format: str, data: Any) -> None:
    a = data.draw(DOCUMENTS)
    one, other = document(a, format), document(data.draw(edited(a)), format)
    patch = diff(one.value, other.value)
    assert same(apply(patch, one.value), other.value)
    assert patch == diff(copy.deepcopy(one.value), copy.deepcopy(other.value))
    assert diff(one.value, one.value) == []


@over_documents(60)
def test_law_2_a_local_value_is_in_the_result_or_parked(format: str, data: Any) -> None:
    a = data.draw(DOCUMENTS)
    base = document(a, format).value
    record = overlay(base, document(data.draw(edited(a)), format).value)
    assert rebase(record.overrides, base, base, RULE).overrides == record.overrides
    seed = document(data.draw(edited(a)), format).value
    moved = rebase(record.overrides, base, seed, RULE)
    result = effective_value(moved.overrides, seed)
    assert same(apply(patch_of(moved.overrides), seed), result)
    kept = [o.value for o in moved.overrides] + [p.override.value for p in moved.parked]
    texts = [canonical(value) for value in kept]
    for override in record.overrides:
        if override.op != "remove":
            assert canonical(override.value) in texts


@over_documents(60)
def test_law_4_a_leap_ends_where_the_steps_end(format: str, data: Any) -> None:
    a = data.draw(DOCUMENTS)
    b = data.draw(edited(a))
    values = [document(v, format).value for v in (a, b, data.draw(edited(b)))]
    record = overlay(values[0], document(data.draw(edited(a)), format).value)
    step = rebase(record.overrides, values[0], values[1], RULE)
    steps = rebase(step.overrides, values[1], values[2], RULE, parked=step.parked)
    leap = rebase(record.overrides, values[0], values[2], RULE)
    assume(not (step.parked or steps.parked or leap.parked))
    assert same(
        effective_value(steps.overrides, values[2]), effective_value(leap.overrides, values[2])
    )


@over_documents(60)
def test_law_6_untouched_lines_stay(format: str, data: Any) -> None:
    a = {"hot": 1, **data.draw(DOCUMENTS)}
    mark = b"\xef\xbb\xbf" if data.draw(st.booleans()) else b""
    text = text_of(a, format)
    if data.draw(st.booleans()) and b'"""' not in text:
        text = text.replace(b"\n", b"\r\n")
    text = text if data.draw(st.booleans()) else text.rstrip(b"\r\n")
    before = Document.parse(mark + text, f"f.{format}")
    new_value = "4711" if format == "ini" else 4711
    assert before.apply([]).data == mark + text
    after = before.apply([{"op": "replace", "path": "/hot", "value": new_value}]).data
    old, new = (mark + text).split(b"\n"), after.split(b"\n")
    assert len(old) == len(new)
    assert sum(x != y for x, y in zip(old, new, strict=True)) == 1


TWINS = st.lists(st.sampled_from([{"n": 1}, {"n": 2}]), min_size=2, max_size=5)


@pytest.mark.parametrize("format", FORMATS)
@given(items=TWINS, ours=TWINS, theirs=TWINS)
@settings(max_examples=60)
def test_law_7_items_that_cannot_be_told_apart_are_not_guessed(
    format: str, items: list[Any], ours: list[Any], theirs: list[Any]
) -> None:
    assume(items != ours and items != theirs and ours != theirs)  # else there is nothing to merge
    texts = [text_of({"items": v, "z": 1}, format) for v in (items, ours, theirs)]
    result = merge_texts(format_named(format), f"f.{format}", texts)
    event("clean" if result.clean else "conflict")
    if result.clean:
        # Nothing stands more often than a version has it, plus what the other one added.
        value = Document.parse(result.text, f"f.{format}").value["items"]
        for item in value:
            count = [sum(same(item, x) for x in v) for v in (items, ours, theirs, value)]
            assert count[3] <= max(count[1], count[2], count[1] + count[2] - count[0])
    else:
        reasons_given = {m.reason for m in result.decisions.walk() if m.source == "conflict"}
        assert reasons_given
        if reasons_given & {codes.LIST_ORDER, codes.LIST_IDENTITY, codes.LIST_DUPLICATE}:
            assert b"<<<<<<<" in result.text


@given(items=st.lists(st.sampled_from(["x", "y"]), min_size=2, max_size=4))
@settings(max_examples=30)
def test_law_7_an_override_of_a_twin_is_ambiguous_or_followed(items: list[str]) -> None:
    base = {"items": [{"n": x, "on": True} for x in items]}
    record = overlay(base, {"items": [{**base["items"][0], "on": False}, *base["items"][1:]]})
    seed = {"items": [*reversed(base["items"]), {"n": "new", "on": True}]}
    moved = rebase(record.overrides, base, seed, SeedRule(("**",)))
    for outcome in moved.outcomes:
        if outcome.status != codes.AMBIGUOUS and outcome.override in moved.overrides:
            (_, index, *_) = outcome.override.tokens
            assert seed["items"][int(index)]["n"] == items[0]


# -- with real git -----------------------------------------------------------------------------


def clone_of(place: Path, format: str, base: Any, *, hooks: bool = False) -> tuple[Repo, Repo, str]:
    """A package of one seed, a site of it, and the seed's path."""
    repo = Repo(place / "package")
    repo.path.mkdir()
    repo("init", "--quiet")
    path = f"flows/f.{format}"
    repo.commit({".seedgit.yaml": RULES, path: text_of(base, format)}, "v1")
    return repo, site_of(repo, hooks=hooks), path


@over_documents(3)
def test_law_8_a_merge_moves_no_ref_and_effective_is_a_function(
    tmp_path_factory: pytest.TempPathFactory, format: str, data: Any
) -> None:
    a = data.draw(DOCUMENTS)
    package_repo, site, path = clone_of(tmp_path_factory.mktemp("law8"), format, a)
    seedgit(site, "set", path, "/limit", "7")
    refs = site("for-each-ref", "refs/seedgit")
    package_repo.commit({path: text_of(data.draw(edited(a)), format)}, "v2")
    site("fetch", "--quiet")
    subprocess.run(["git", "merge", "-q", "origin/main"], cwd=site.path, check=False)
    assert site("for-each-ref", "refs/seedgit") == refs
    first, second = seedgit(site, "render", path), seedgit(site, "render", path)
    assert first == second
    assert site("for-each-ref", "refs/seedgit") == refs
    seedgit(site, "rebase")
    assert seedgit(site, "render", path).out == first.out


@pytest.mark.parametrize("format", FORMATS)
def test_law_9_writers_everywhere_lose_nothing(
    tmp_path_factory: pytest.TempPathFactory, format: str
) -> None:
    """Every acknowledged write of threads in two worktrees is found afterwards."""
    from seedgit.operations.set import set_override
    from seedgit.operations.workspace import Workspace

    values = {f"k{n}": 0 for n in range(90)}
    _, site, path = clone_of(tmp_path_factory.mktemp("law9"), format, values, hooks=True)
    linked = site.worktree("linked", "-b", "other")
    acknowledged: dict[str, int] = {}

    def write(repo: Repo, own: range) -> None:
        for _ in range(WRITES // len(own) // WRITERS):
            for n in own:
                value = acknowledged.get(f"k{n}", 0) + 1
                workspace = Workspace.open(str(repo.path))
                if set_override(workspace, path, f"/k{n}", value).commit:
                    acknowledged[f"k{n}"] = value

    parts = [range(n, 90, 30) for n in range(WRITERS)]
    threads = [
        threading.Thread(target=write, args=((site, linked)[n % 2], part))
        for n, part in enumerate(parts)
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sum(acknowledged.values()) == WRITES
    for place in (site, linked):
        found = Document.parse(seedgit(place, "render", path).out.encode(), path).value
        assert {k: v for k, v in found.items() if v} == acknowledged


WRITES, WRITERS = 72, 4  # of 3 fields each; bench/writes.py makes 1,600, with 16 processes


# In a new site, or after one another, each of these has something to do, or a reason for nothing.
OFTEN_NOTHING = st.sampled_from(
    [
        ("status",),
        ("rebase",),
        ("conflicts",),
        ("prune",),
        ("adopt",),
        ("suggest",),
        ("hook", "pre-commit"),
        ("set", PATH, "/paused", "true"),
        ("unset", PATH, "/paused"),
        ("mode", "dry-run"),
        ("mode", "off"),
        ("mode", "live"),
    ]
)


@given(commands=st.lists(OFTEN_NOTHING, min_size=4, max_size=6))
@settings(max_examples=15)
def test_law_10_a_reason_is_shown_and_kept(
    tmp_path_factory: pytest.TempPathFactory, commands: list[tuple[str, ...]]
) -> None:
    """That each is reached is in tests/test_journal.py; here: what -v prints, the row has."""
    upstream = Repo(tmp_path_factory.mktemp("law10") / "package")
    upstream.path.mkdir()
    upstream("init", "--quiet")
    site = site_of(package(upstream))
    kept = Journal(site.path / ".git")
    for words in commands:
        before = len(kept.rows())
        said = seedgit(site, "-v", *words)
        shown = {code for code in REASONS if code in said.err}
        rows = kept.rows()
        added = {str(row["reason"]) for row in rows[: len(rows) - before]}
        assert added & set(REASONS) == shown, words
        for code in shown:
            event(code)


@given(kind=st.sampled_from(["KeyError", "MemoryError", "OSError", "RecursionError"]))
@settings(max_examples=4)
def test_law_11_a_failure_is_recorded_before_it_is_reported(
    tmp_path_factory: pytest.TempPathFactory, kind: str
) -> None:
    repo = Repo(tmp_path_factory.mktemp("law11") / "package")
    repo.path.mkdir()
    repo("init", "--quiet")
    site = package(repo).clone("site")
    site("config", "seedgit.mode", "live")
    program = (
        "import sys, seedgit.driver.main as driver\n"
        "import seedgit.formats.merge as merge\n"
        f"def broken(*_, **__): raise {kind}('broken')\n"
        "merge.merge_texts = broken\n"
        "def say(path, text):\n"
        "    from seedgit.journal import Journal\n"
        "    print(len(Journal('.git').rows(failed=True)), text)\n"
        "driver._say = say\n"
        "sys.exit(driver.main(['b', 'o', 't', '7', 'flows/wiki.yaml']))"
    )
    site.write({"b": FLOW, "o": FLOW.replace("30", "45"), "t": FLOW.replace("30", "60")})
    done = subprocess.run(
        [sys.executable, "-c", program], cwd=site.path, capture_output=True, text=True, check=False
    )
    assert done.returncode == 1
    assert done.stdout.startswith("1 git's own merge is used: " + kind)
    (row,) = Journal(site.path / ".git").rows(failed=True)
    assert kind in row["error"]
    assert b"<<<<<<< HEAD\ntimeout: 45\n" in site.read("o")


@over_documents(3)
def test_law_12_off_is_git(
    tmp_path_factory: pytest.TempPathFactory, format: str, data: Any
) -> None:
    a = data.draw(DOCUMENTS)
    package_repo, site, path = clone_of(tmp_path_factory.mktemp("law12"), format, a)
    plain = package_repo.clone("plain")
    assert seedgit(site, "mode", "off").status == 0
    ours, theirs = data.draw(edited(a)), data.draw(edited(a))
    package_repo.commit({path: text_of(theirs, format)}, "v2")
    found = []
    for clone in (site, plain):
        clone.commit({path: text_of(ours, format)}, "ours")
        clone("fetch", "--quiet")
        done = subprocess.run(
            ["git", "merge", "-q", "--no-edit", "origin/main"], cwd=clone.path, check=False
        )
        found.append((done.returncode, clone.read(path), clone("ls-files", "--stage")))
    assert found[0] == found[1]


# What each format has no notation for.
UNSAYABLE: list[tuple[str, Any]] = [
    ("json", float("inf")),
    ("json", float("nan")),
    ("toml", None),
    ("toml", 2**63),
    ("toml", "\ud800"),
    ("yaml", "\ud800"),
    *(
        (format, value)
        for format in FORMATS
        for value in (Opaque("!Ref", "x"), {Key("1"): 2}, [{"deep": Opaque("!Ref", "x")}])
    ),
]


def scalars(value: Any, at: tuple[str, ...] = ()) -> Iterator[tuple[str, ...]]:
    if isinstance(value, (dict, list)):
        items = value.items() if isinstance(value, dict) else enumerate(value)
        for key, item in items:
            yield from scalars(item, (*at, str(key)))
    else:
        yield at


def test_what_is_taken_for_simple_is_written() -> None:
    """In every document that merges are tried on, at all such places at once."""
    values = itertools.cycle([True, 7, "drain", "017", "yes", "a b", -3])
    places = 0
    for case in sorted(CASES.iterdir()):
        for base in case.glob("base.*"):
            try:
                before = Document.parse(base.read_bytes(), base.name)
            except InvalidDocument:
                continue
            value = next(values)
            simple = [at for at in scalars(before.value) if before.takes_simply([(at, value)])]
            ops = [{"op": "replace", "path": format_pointer(at), "value": value} for at in simple]
            assert same(before.apply(ops).value, apply(ops, before.value)), base
            places += len(ops)
    assert places > 1500


@pytest.mark.parametrize(("format", "value"), UNSAYABLE, ids=ascii)
def test_what_a_format_cannot_say_is_refused_not_altered(format: str, value: Any) -> None:
    for op, pointer in (("replace", "/a"), ("add", "/b"), ("add", "/items/-")):
        with pytest.raises(PatchError, match=r"cannot express|only strings|no null|64 bits"):
            document({"a": 1, "items": [1]}, format).apply(
                [{"op": op, "path": pointer, "value": value}]
            )


def test_the_site_is_set_up_as_the_laws_assume(repo: Repo) -> None:
    site = site_of(package(repo))
    assert seedgit(site, "render", PATH).out == FLOW
