"""What a file in place holds, what git sees of it, and what is noted of both."""

from __future__ import annotations

from contextlib import AbstractContextManager
from pathlib import Path

import pytest

from seedgit.git import live_files
from seedgit.operations.in_place.content import LiveContent, Seen
from seedgit.operations.in_place.notes import Noted
from seedgit.operations.live_tree.contents import digest
from tests.conftest import Repo
from tests.operations.in_place.here import LIVE, SEED, id_of, of, opened
from tests.operations.test_busy import COUNTING
from tests.operations.test_sync import JSON
from tests.site import PATH, seedgit


def last(content: LiveContent, path: str = PATH) -> Noted:
    found = content.last(path)
    assert found is not None
    return found


def spooled(content: LiveContent) -> list[tuple[bytes, bytes]]:
    return [(entry.last, entry.live) for entry in content.spool.entries()]


def base_of(content: LiveContent, data: bytes, path: str = PATH) -> tuple[bytes, bytes]:
    """What a program is taken to have changed: its live form, and the seed in it."""
    base = content.see(path, data).base
    assert base is not None
    return base.live.data, base.seed.data


# -- what was in the file before -------------------------------------------------------------------


def test_without_notes_a_file_was_its_seed(content: LiveContent) -> None:
    seen = content.see(PATH, LIVE)
    assert seen.seed == SEED
    assert base_of(content, LIVE) == (SEED, SEED)
    assert [made.pointer for made in seen.site] == ["/paused"]


def test_of_a_file_that_git_does_not_know_all_is_an_ordinary_change(content: LiveContent) -> None:
    assert content.see("flows/new.yaml", LIVE) == Seen(LIVE)


def test_a_file_that_git_has_dropped_was_what_is_noted(content: LiveContent) -> None:
    content.note("flows/new.yaml", LIVE, SEED)
    assert base_of(content, of(1), "flows/new.yaml") == (LIVE, SEED)


def test_the_last_content_is_known_whatever_it_was_made_of(content: LiveContent) -> None:
    content.note(PATH, LIVE, SEED, current=False)
    assert content.see(PATH, LIVE) == Seen(SEED)
    assert content.see(PATH, of(1)).base is not None


def test_an_earlier_content_is_known_while_it_would_be_made_again(content: LiveContent) -> None:
    other = of(0, SEED, 40)
    content.note(PATH, of(1), other, new=True, current=False)
    content.note(PATH, of(0, LIVE, 40), other, new=True)
    content.note(PATH, LIVE, SEED)
    assert content.see(PATH, of(0, LIVE, 40)) == Seen(other)
    assert content.see(PATH, LIVE) == Seen(SEED)
    assert content.see(PATH, of(1)).base is not None  # it was not what overlays make of it
    content.spool.put(PATH, id_of(content), LIVE, of(2))
    assert content.see(PATH, of(0, LIVE, 40)).base is not None
    assert content.see(PATH, LIVE) == Seen(SEED)


def test_what_was_put_back_as_git_has_it_is_not_looked_into(content: LiveContent) -> None:
    content.note(PATH, LIVE, SEED)
    content.note_raw(PATH, SEED)
    assert content.see(PATH, of(1)) == Seen(of(1))
    content.note(PATH, LIVE, SEED)
    assert content.see(PATH, of(1)).seed == SEED


def test_a_file_was_made_of_the_last_seed_or_of_the_staged_one(content: LiveContent) -> None:
    """Whichever of the two it is nearer to; of what was between nobody makes anything any more."""
    middle, newer = of(0, SEED, 50), of(0, SEED, 60)
    content.note(PATH, LIVE, SEED)
    content.note(PATH, of(5, LIVE, 50), middle, new=True)
    content.note(PATH, of(6, LIVE, 60), newer, new=True)
    assert base_of(content, of(0, of(0, LIVE).replace(b"true", b"no"))) == (LIVE, SEED)
    assert base_of(content, of(6, LIVE, 61)) == (of(6, LIVE, 60), newer)
    assert base_of(content, of(5, LIVE, 51)) != (of(5, LIVE, 50), middle)


def test_where_the_live_form_is_the_seed_it_is_read_as_that(content: LiveContent) -> None:
    """Two ways to find one: git has it, and it was kept here. Neither is taken for the other."""
    for live, seed in ((SEED, SEED), (LIVE, SEED), (of(9), SEED), (LIVE, of(0, SEED, 40))):
        content.note(PATH, live, seed, new=seed != SEED)
        assert base_of(opened_like(content), live + b"x: 1\n") == (live, seed)


def opened_like(content: LiveContent) -> LiveContent:
    return opened(Repo(Path(content.workspace.repository.at.worktree)))


def test_what_is_noted_and_lost_is_passed_over(content: LiveContent) -> None:
    content.note(PATH, LIVE, SEED)
    content._contents.keep_only([])
    assert base_of(content, of(1)) == (SEED, SEED)


# -- whose a change is -----------------------------------------------------------------------------


def test_what_is_the_sites_is_told_from_what_is_the_packages(content: LiveContent) -> None:
    content.note(PATH, LIVE, SEED)
    seen = content.see(PATH, of(3, LIVE, 40))
    assert [(made.pointer, made.value) for made in seen.site] == [("/count", 3)]
    assert seen.seed == of(0, SEED, 40)


def test_what_an_override_holds_is_the_sites_whatever_the_rules_say(site: Repo) -> None:
    assert seedgit(site, "set", PATH, "/timeout", "45").status == 0
    content = opened(site)
    live = of(0, LIVE, 45)
    content.note(PATH, live, SEED)
    changed = of(0, LIVE, 46).replace(b"name: wiki", b"name: mine")
    seen = content.see(PATH, changed)
    assert [made.pointer for made in seen.site] == ["/timeout"]
    assert seen.seed == SEED.replace(b"name: wiki", b"name: mine")


def test_a_comment_is_the_packages(content: LiveContent) -> None:
    content.note(PATH, LIVE, SEED)
    seen = content.see(PATH, of(3).replace(b"# A flow.", b"# A flow.\n# Mine."))
    assert seen.seed == SEED.replace(b"# A flow.", b"# A flow.\n# Mine.")
    assert [made.pointer for made in seen.site] == ["/count"]


# -- what is recorded ------------------------------------------------------------------------------


@pytest.mark.parametrize("timeout", [10, 30, 90])
def test_what_a_program_wrote_is_put_down_and_noted(
    site: Repo, content: LiveContent, timeout: int
) -> None:
    content.note(PATH, LIVE, SEED)
    data, seed = of(1, LIVE, timeout), of(0, SEED, timeout)
    (site.path / PATH).write_bytes(data)
    assert content.record(PATH, data) == data
    assert spooled(content) == [(LIVE, data)]
    kept = "" if seed == SEED else digest(seed)
    key = content.key(PATH, id_of(content, seed))
    assert last(content) == Noted(PATH, digest(data), id_of(content, seed), kept, key)
    assert opened(site).see(PATH, data) == Seen(seed)
    assert content.clean(PATH, data) == seed
    assert spooled(content) == [(LIVE, data)]  # it is known by now


def test_what_only_the_package_owns_is_not_put_down(site: Repo, content: LiveContent) -> None:
    content.note(PATH, LIVE, SEED)
    (site.path / PATH).write_bytes(of(0, LIVE, 40))
    assert content.clean(PATH, of(0, LIVE, 40)) == of(0, SEED, 40)
    assert spooled(content) == []
    assert last(content).live == digest(of(0, LIVE, 40))


def test_what_was_out_of_date_stays_so(site: Repo, content: LiveContent) -> None:
    content.note(PATH, LIVE, SEED, current=False)
    (site.path / PATH).write_bytes(of(1))
    content.record(PATH, of(1))
    assert last(content).key == ""
    content.note(PATH, LIVE, SEED)
    assert last(content).key == content.key(PATH, id_of(content))


def test_the_last_word_is_what_the_file_holds(site: Repo, content: LiveContent) -> None:
    content.note(PATH, LIVE, SEED)
    (site.path / PATH).write_bytes(of(2))
    assert content.record(PATH, of(1)) == of(2)
    assert spooled(content) == [(LIVE, of(2))]


def test_of_a_file_that_is_gone_what_was_read_is_recorded(
    site: Repo, content: LiveContent, monkeypatch: pytest.MonkeyPatch
) -> None:
    content.note(PATH, LIVE, SEED)
    monkeypatch.setattr(live_files, "read_live", lambda *_, **__: None)  # just now
    assert content.record(PATH, of(1)) == of(1)
    (site.path / PATH).unlink()
    assert content.record(PATH, of(2)) == of(2)
    assert spooled(content) == [(LIVE, of(1)), (of(1), of(2))]


def test_who_is_alone_already_does_not_wait(
    content: LiveContent, monkeypatch: pytest.MonkeyPatch
) -> None:
    held: list[str] = []
    alone = content.workspace.repository.writer.alone

    def once(place: str) -> AbstractContextManager[None]:
        assert place not in held  # else it would wait for itself
        held.append(place)
        return alone(place)

    monkeypatch.setattr(content.workspace.repository.writer, "alone", once)
    with content.alone():
        with content.alone():
            pass
        assert content._alone
    assert not content._alone
    assert len(held) == 1


def test_only_values_that_were_there_count_as_what_the_file_held(
    site: Repo, content: LiveContent
) -> None:
    """git has put the staged seed's form there, after a program wrote to the one before."""
    without = of(7, LIVE, 60).replace(b"queue: []\n", b"")
    content.note(PATH, LIVE, SEED)
    content.note(PATH, without, of(0, SEED, 60), new=True)
    data = of(1).replace(b"queue: []", b"queue: [new]") + b"interval: 5\n"
    (site.path / PATH).write_bytes(data)
    content.record(PATH, data)
    assert spooled(content) == [(of(7), data)]


def test_what_an_item_held_is_not_looked_for_in_another_one(
    site: Repo, content: LiveContent
) -> None:
    """Else what a program wrote could be taken for what was there before, and be lost."""
    first = b"  - id: fetch\n    mode: live\n"
    without = LIVE.replace(first, b"").replace(b"mode: live", b"mode: hold")
    content.note(PATH, LIVE, SEED)
    content.note(PATH, without, of(0, SEED, 60).replace(first, b""), new=True)
    data = LIVE.replace(first, first.replace(b"live", b"hold"))
    (site.path / PATH).write_bytes(data)
    content.record(PATH, data)
    assert spooled(content) == [(LIVE, data)]
    both = data.replace(b"rank\n    mode: live", b"rank\n    mode: drain")
    content.note(PATH, without, of(0, SEED, 60).replace(first, b""), new=True)
    (site.path / PATH).write_bytes(both)
    content.record(PATH, both)
    held = data.replace(b"rank\n    mode: live", b"rank\n    mode: hold")
    assert spooled(content)[1] == (held, both)  # as it was in the file that is gone


# -- after a kill ----------------------------------------------------------------------------------


@pytest.mark.parametrize("timeout", [10, 30, 90])
def test_what_was_put_down_and_not_noted_is_noted(
    site: Repo, content: LiveContent, timeout: int
) -> None:
    content.note(PATH, LIVE, SEED)
    first, second = of(1, LIVE, timeout), of(2, LIVE, timeout)
    content.spool.put(PATH, id_of(content), LIVE, first)
    (site.path / PATH).write_bytes(second)
    content.record(PATH, second)
    assert spooled(content) == [(LIVE, first), (first, second)]
    one, other = content.notes.of(PATH)[1:]
    seed = of(0, SEED, timeout)
    kept = "" if seed == SEED else digest(seed)
    assert one == Noted(PATH, digest(first), id_of(content, seed), kept, "")
    assert other == Noted(PATH, digest(second), id_of(content, seed), "", "")


@pytest.mark.parametrize(
    "entries", [[], [(LIVE, LIVE)], [(of(1), of(2))], [(LIVE, of(1)), (of(1), of(2))]]
)
def test_what_does_not_begin_with_the_last_content_is_not_noted(
    content: LiveContent, entries: list[tuple[bytes, bytes]]
) -> None:
    content._finish(PATH)  # of nothing
    content.note(PATH, LIVE, SEED)
    for before, after in entries:
        content.spool.put(PATH, id_of(content), before, after)
    content._finish(PATH)
    assert [note.live for note in content.notes.of(PATH)] == [digest(LIVE)]


def test_without_notes_nothing_is_noted_of_what_was_put_down(content: LiveContent) -> None:
    content.spool.put(PATH, id_of(content), LIVE, of(1))
    content._finish(PATH)
    assert content.notes.of(PATH) == []


# -- into the file ---------------------------------------------------------------------------------


def test_a_file_gets_the_overlays_and_what_waits(content: LiveContent) -> None:
    assert content.smudge(PATH, SEED) == LIVE
    assert last(content).live == digest(LIVE)
    content.spool.put(PATH, id_of(content), LIVE, of(1))
    content.spool.put(PATH, id_of(content), of(1), of(2, LIVE, 40))
    assert content.smudge(PATH, SEED) == of(2)
    assert content.smudge(PATH, of(0, SEED, 60)) == of(2, LIVE, 60)
    assert content.smudge(JSON, COUNTING[JSON].encode()) == COUNTING[JSON].encode()


def test_what_was_made_of_a_version_before_is_made_again(content: LiveContent) -> None:
    """As a program has laid it out, while nothing else would be made of that version."""
    other, odd = of(0, SEED, 60), LIVE.replace(b"queue: []", b"queue:   []")
    content.note(PATH, odd, SEED)
    assert content.smudge(PATH, SEED) == odd
    assert len(content.notes.of(PATH)) == 1
    assert content.smudge(PATH, other) == of(0, LIVE, 60)
    assert content.smudge(PATH, SEED) == odd
    lives = [digest(odd), digest(of(0, LIVE, 60)), digest(odd)]
    assert [note.live for note in content.notes.of(PATH)] == lives
    content.note(PATH, of(4), SEED, current=False)
    assert content.smudge(PATH, SEED) == odd
    plain = COUNTING[JSON].encode()
    content.note(JSON, plain, plain)
    assert content.smudge(JSON, plain) == plain


def test_plain_is_what_nothing_ever_lay_over(content: LiveContent) -> None:
    assert not content.is_plain(PATH)
    assert content.is_plain(JSON)
    content.spool.put(JSON, "0" * 40, b"{}", b'{"paused": true}')
    assert not content.is_plain(JSON)
    [entry] = content.spool.entries()
    content.spool._drop(entry.name)
    assert content.is_plain(JSON)
    content.note(JSON, b"{}", b"{}")
    assert not content.is_plain(JSON)


def test_a_key_names_the_overlays_and_what_waits(site: Repo, content: LiveContent) -> None:
    one = content.key(PATH, "seed")
    assert one == content.key(PATH, "seed") != content.key(PATH, "other")
    entry = content.spool.put(PATH, "seed", LIVE, of(1))
    assert content.key(PATH, "seed") == f"{one} {entry.name}"
    assert entry.name not in content.key(JSON, "seed")
    content.spool._drop(entry.name)
    assert seedgit(site, "set", PATH, "/count", "5").status == 0
    assert content.key(PATH, "seed") == one  # the overlays are read once
    assert opened(site).key(PATH, "seed") != one
