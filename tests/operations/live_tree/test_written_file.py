"""How an edited file is split: which override an edit replaces, and who wins at one place."""

from __future__ import annotations

from typing import Any

import pytest

from seedgit import codes
from seedgit.errors import Refused, SeedgitError
from seedgit.operations.live_tree.written_file import (
    NO_CHANGES,
    Changes,
    WrittenFile,
    _moved,
    _overridden,
    _with_others,
)
from seedgit.operations.workspace import Workspace
from seedgit.overlay.override import ADD, REMOVE, REPLACE, Override
from seedgit.overlay.record import Record
from seedgit.rules.ownership import SeedRule
from seedgit.values.diff import ABSENT
from seedgit.values.value import Value
from tests.built import prepared
from tests.conftest import Repo
from tests.operations.test_capture import RULES, SEED
from tests.site import PATH, override, package, site_of

BASE: Value = {
    "a": {"x": 1, "y": 2},
    "l": [1, 2],
    "s": [{"id": "p", "v": 0}],
    "none": [],
    "in": {"l": [], "s": [{"id": "p"}]},
}


def put(pointer: str, value: Any) -> Override:
    """A new item of a list."""
    return Override(tuple(pointer.split("/")), ADD, value, ABSENT, ABSENT)


def over(pointer: str, value: Any) -> Override:
    return Override(tuple(pointer.split("/")), REPLACE, value, 0, 0)


def gone(pointer: str) -> Override:
    return Override(tuple(pointer.split("/")), REMOVE, None, 0, 0)


def replaced(made: Override, *held: Override, key: str | None = None) -> Override | None:
    return _overridden(Record("p", "b", held), BASE, made, key)


# -- which override an edit replaces ---------------------------------------------------------------


def test_an_edit_replaces_the_override_of_its_place() -> None:
    others = over("a/y", 7), gone("l/1"), put("l/1", 9)
    for held in (over("a/x", 5), gone("a/x")):
        assert replaced(over("a/x", 6), *others, held) is held
    assert replaced(over("a/x", 6), *others) is None
    assert replaced(gone("l/0"), *others, over("l/0", 3)) == over("l/0", 3)


def test_an_edit_of_an_item_replaces_none_that_was_put_in_front_of_it() -> None:
    assert replaced(over("l/0", 9), put("l/0", 9)) is None
    assert replaced(gone("l/0"), put("l/0", 9)) is None
    assert replaced(put("l/0", 9), over("l/0", 9)) is None
    assert replaced(put("l/0", 9), put("l/0", 8), over("l/0", 9), put("l/1", 9)) == put("l/1", 9)


@pytest.mark.parametrize(
    ("made", "held", "one"),
    [
        (put("l/0", 7), put("l/2", 7), True),  # the same value, elsewhere in the list
        (put("l/0", 7), put("l/0", 8), False),
        (put("l/0", 7), put("none/0", 7), False),  # in another list
        (put("none/0", 7), put("none/0", 7), True),
        (put("in/l/0", 7), put("in/l/0", 7), True),
        (put("in/l/0", 7), put("in/s/0", 7), False),
        (put("none/0", 7), put("l/0", 7), False),
        (put("in/s/1", {"id": "q", "v": 2}), put("in/s/0", {"id": "q", "v": 1}), True),
        (put("s/1", {"id": "q", "v": 2}), put("s/0", {"id": "q", "v": 1}), True),
        (put("s/1", {"id": "q", "v": 2}), put("s/1", {"id": "r", "v": 2}), False),
        (put("s/1", {"id": "q", "v": 2}), put("s/1", {"v": 2}), False),  # it has no identity
        (put("s/1", {"id": "p", "v": 2}), put("s/1", {"id": "p", "v": 3}), False),  # twice there
        (put("none/0", {"id": "q"}), put("none/0", {"id": "q", "v": 1}), True),
        (put("none/0", {"id": None}), put("none/0", {"v": 1}), False),
    ],
)
def test_a_new_item_replaces_one_of_the_same_identity_or_value(
    made: Override, held: Override, one: bool
) -> None:
    assert replaced(made, put("l/1", 0), held) is (held if one else None)


def test_a_declared_key_says_which_items_are_one() -> None:
    made = put("none/0", {"id": 1, "code": "a"})
    by_id, by_code = put("none/0", {"id": 1, "code": "b"}), put("none/0", {"id": 2, "code": "a"})
    assert replaced(made, by_id, by_code, key="code") is by_code
    assert replaced(made, by_code, by_id) is by_id


# -- what somebody has set meanwhile ---------------------------------------------------------------


def test_what_was_set_meanwhile_wins_where_both_meet() -> None:
    known = over("a/y", 7), over("l", [0])
    new = over("a/x", 5)
    both = over("a/y", 7), over("l", [0]), over("a/z", 1)
    assert _with_others((*known, over("a/z", 1)), (*known, new), known) == (*both, new)
    for mine in (over("a/x", 6), over("a", {}), over("a/x/deep", 6), new):
        assert _with_others((mine, *known), (*known, new), known) == (*known, new)


def test_what_was_unset_meanwhile_is_not_set_again() -> None:
    known = over("a/x", 5), over("a/y", 7)
    assert _with_others(known, known[1:], known) == known[1:]
    changed = over("a/x", 6)  # by the file: somebody else has taken back what it was
    assert _with_others((changed, known[1]), known[1:], known) == (changed, known[1])


# -- another version of the seed -------------------------------------------------------------------


def test_overrides_keep_their_places_in_another_version() -> None:
    rule = SeedRule(("**",))
    held = (Override(("l", "1"), REPLACE, 5, 2, 2),)
    assert _moved("p", held, BASE, BASE, rule) is held
    longer: Value = {**BASE, "l": [0, 1, 2]}
    assert [o.tokens for o in _moved("p", held, BASE, longer, rule)] == [("l", "2")]
    lost = (Override(("a", "x"), REPLACE, 5, 1, 1),)
    with pytest.raises(Refused, match="cannot be told apart") as raised:
        _moved("p", lost, BASE, {"l": [1, 2]}, rule)
    assert raised.value.where == "p"


# -- a file of a site ------------------------------------------------------------------------------


@pytest.fixture
@prepared
def site(repo: Repo) -> Repo:
    """A site with one override."""
    more = RULES.replace("/queue", "/queue\n      - path: /more").replace(
        "{/steps: id}", "{/steps: id, /more/units: code}"
    )
    files = {".seedgit.yaml": more, PATH: SEED + UNITS, OTHER: SEED + UNITS}
    site = site_of(package(repo, files))
    override(site, "/interval", "9m", "--why", "slow")
    return site


OTHER = "flows/other.yaml"  # it has no override
UNITS = "more:\n  units:\n    - code: a\n      n: 1\n"


def read(site: Repo, *changes: tuple[str, str], path: str = PATH, **more: Any) -> WrittenFile:
    """The seed's file, as somebody has changed it."""
    text = SEED + UNITS
    for old, new in changes:
        assert old in text
        text = text.replace(old, new, 1)
    site.write({path: text})
    options = {"live": False, "write": True, **more}
    return WrittenFile(Workspace.open(str(site.path)), path, "why", **options)


def captured(file: WrittenFile) -> Changes:
    assert file.edit is not None
    record = file.stored.record if file.stored else Record(PATH, file.entry.id)
    changes: Changes = file.edit.change(record, file.seed, record)[1]
    return changes


EDIT = ("paused: false", "paused: true")
PACKAGES = ("timeout: 1m", "timeout: 2m")


def test_a_file_that_is_the_seed_with_edits_is_read_as_that(site: Repo) -> None:
    file = read(site, EDIT)
    assert file.holds == "seed" and file.reading.changes
    assert [made.pointer for made in file.reading.made] == ["/paused"]
    assert captured(file).kept[0].pointer == "/interval"
    assert read(site, EDIT, ("interval: 1m", "interval: 9m")).holds == "effective"
    assert read(site, EDIT, live=True).holds == "effective"
    assert read(site, EDIT, earlier=Changes({}, {}, (), "effective")).holds == "effective"


def test_what_cannot_be_stored_is_not_captured(site: Repo) -> None:
    with pytest.raises(SeedgitError, match="/paused"):
        read(site, ("paused: false", "paused: !odd 1"))


@pytest.mark.parametrize("changes", [[EDIT], [EDIT, PACKAGES]])
def test_a_record_is_made_over_what_stays_in_the_file(
    site: Repo, changes: list[tuple[str, str]]
) -> None:
    file = read(site, *changes)
    assert file.edit is not None
    repository = file.workspace.repository
    assert file.edit.blob == repository.blob_id(file.document.data)
    left = (SEED + UNITS).replace(*PACKAGES) if PACKAGES in changes else SEED + UNITS
    assert file.document.data == left.encode()
    assert file.edit.seed.data == file.document.data


def test_a_programs_file_stays_as_it_is(site: Repo) -> None:
    for changes in ([EDIT], [PACKAGES], []):
        file = read(site, *changes, live=True)
        assert file.document is file.local
        assert (file.edit.seed if file.edit else file.seed) is file.seed


@pytest.mark.parametrize("name", ["a", "z"])
def test_a_file_whose_capture_was_cut_short_is_the_seed(site: Repo, name: str) -> None:
    changes = ("name: wiki", f"name: {name}"), ("interval: 1m", "interval: 9m")
    untouched = read(site).holds
    read(site, *changes).unfinished.begin()
    assert read(site, *changes).holds == "seed"
    assert read(site, *changes, live=True).holds == "effective"
    assert read(site).holds == untouched
    read(site).unfinished.end()
    assert read(site, *changes).holds == "effective"


def test_a_file_with_nothing_of_the_sites_stays_as_it_is(site: Repo) -> None:
    for path in (PATH, OTHER):
        file = read(site, PACKAGES, ("queue: []", "queue:   []"), path=path)
        assert file.edit is None and file.document is file.local


@pytest.mark.parametrize(
    ("changes", "write", "marked"),
    [
        ([EDIT], True, True),
        ([EDIT], False, False),
        ([("interval: 1m", "interval: 8m")], True, True),
    ],
)
def test_the_seed_with_edits_is_marked_while_it_is_captured(
    site: Repo, changes: list[tuple[str, str]], write: bool, marked: bool
) -> None:
    file = read(site, *changes, write=write)
    file.begin()
    assert file.unfinished.there == marked


def test_an_effective_file_is_not_marked(site: Repo) -> None:
    file = read(site, EDIT, ("interval: 1m", "interval: 9m"))
    file.begin()
    assert not file.unfinished.there


@pytest.mark.parametrize("staged", ["", "more: 1\n", "more: 2\n", "more: 3\n"])
@pytest.mark.parametrize("changes", [[EDIT], [PACKAGES], []])
def test_what_was_done_to_a_file_is_told(
    site: Repo, changes: list[tuple[str, str]], staged: str
) -> None:
    if staged:
        site.write({PATH: SEED + UNITS + staged})
        site("add", PATH)
    file = read(site, *changes)
    told = file.finish(captured(file) if file.edit else NO_CHANGES)
    assert told.written == (changes == [EDIT])
    assert told.staged == (staged != "" and told.written)
    assert told.pure == (changes != [PACKAGES])
    assert site.read(PATH) == file.document.data
    reasons = [left.reason for left in told.left]
    assert reasons == ([codes.SEED_OWNED] if changes == [PACKAGES] else []) + (
        [codes.SEED_VALUE] if changes == [EDIT] else []
    )


@pytest.mark.parametrize("layout", [("queue: []", "queue:   []"), ("1m      # how", "1m # how")])
@pytest.mark.parametrize("live", [False, True])
def test_only_of_a_file_of_the_seeds_its_other_layout_is_told(
    site: Repo, live: bool, layout: tuple[str, str]
) -> None:
    file = read(site, layout, live=live)
    reasons = [left.reason for left in file._left(())]
    assert reasons == ([] if live else [codes.FORMAT_ONLY])
    file = read(site, layout, ("name: wiki", "name: mine"), live=live)
    assert codes.FORMAT_ONLY not in [left.reason for left in file._left(())]


def test_of_an_effective_file_no_override_stays_untold(site: Repo) -> None:
    file = read(site, ("interval: 1m", "interval: 9m"))
    assert file.holds == "effective" and file.stored is not None
    assert list(file._left(file.stored.record.overrides)) == []


def test_a_rehearsal_writes_nothing(site: Repo) -> None:
    file = read(site, EDIT, write=False)
    told = file.finish(captured(file))
    assert told.written and not told.was
    assert site.read(PATH) == file.local.data


def test_an_item_that_is_edited_again_keeps_its_end(site: Repo) -> None:
    """Its list has a declared key: no item is told apart by anything else."""
    override(
        site, "/more/units/-", '{"code": "b", "n": 1}', "--until", "2030-01-01", "--why", "now"
    )
    more = UNITS, UNITS + "    - code: b\n      n: 2\n"
    file = read(site, more, earlier=Changes({}, {}, (), "seed"))
    assert file.edit is not None and file.stored is not None
    after = file.edit.change(file.stored.record, file.seed, file.stored.record)[0]
    [made] = [o for o in after.overrides if o.tokens[0] == "more"]
    assert made.value == {"code": "b", "n": 2}
    assert made.until is not None and made.until.value == "2030-01-01"
    assert made.why == "why"
