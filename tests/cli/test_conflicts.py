"""`seedgit conflicts` in clones with real conflicts, in every format and style."""

from __future__ import annotations

import json
import os
from typing import Any

import pytest

from tests.conftest import Repo
from tests.documents import FORMATS, text_of
from tests.site import Said, data, seedgit

RULES = 'version: 1\nseeds:\n  - files: "*.*"\n    keys: {/steps: id}\n'
BASE: dict[str, Any] = {
    "name": "wiki",
    "timeout": 30,
    "model": "small",
    "limit": 5,
    "last": "x",
    "steps": [{"id": "fetch", "mode": "live"}, {"id": "rank", "mode": "live"}],
}
OURS = {
    **{key: value for key, value in BASE.items() if key != "limit"},
    "timeout": 45,
    "steps": [{"id": "fetch", "mode": "drain"}, {"id": "rank", "mode": "drain"}],
}
THEIRS = {
    **BASE,
    "timeout": 60,
    "limit": 6,
    "steps": [{"id": "fetch", "mode": "off"}, {"id": "rank", "mode": "off"}],
}
POINTERS = ["/timeout", "/limit", "/steps/0/mode", "/steps/1/mode"]
STYLES = ("merge", "diff3", "zdiff3")


def merging(
    repo: Repo,
    files: dict[str, tuple[bytes | None, bytes | None, bytes | None]],
    *options: str,
    rules: str = RULES,
    attributes: str = "",
    how: str = "merge",
) -> Repo:
    """A clone in the middle of a merge (or rebase) of main with `feature`."""

    def put(n: int, message: str) -> None:
        for name, versions in files.items():
            content = versions[n]
            if content is not None:
                repo.write({name: content})
            else:
                (repo.path / name).unlink(missing_ok=True)
        repo.commit(message=message)

    repo.write({".seedgit.yaml": rules, ".gitattributes": attributes})
    put(0, "base")
    assert seedgit(repo, "init").status == 0
    for hook in (repo.path / ".git" / "hooks").iterdir():
        hook.unlink()
    repo("checkout", "--quiet", "-b", "feature")
    put(2, "theirs")
    repo("checkout", "--quiet", "main")
    put(1, "ours")
    repo(*options, how, "feature", ok=False)
    return repo


def flow(format: str) -> dict[str, tuple[bytes | None, bytes | None, bytes | None]]:
    base, ours, theirs = (text_of(value, format) for value in (BASE, OURS, THEIRS))
    return {f"f.{format}": (base, ours, theirs)}


def listed(repo: Repo, *names: str) -> list[dict[str, Any]]:
    said = seedgit(repo, "conflicts", *names, "--json")
    assert said.err == ""
    found = [c for file in json.loads(said.out)["files"] for c in file["conflicts"]]
    assert said.status == (1 if found else 0)
    return found


def notes(repo: Repo) -> list[str]:
    files = json.loads(seedgit(repo, "conflicts", "--json").out)["files"]
    return [note["code"] for file in files for note in file["notes"]]


def take(repo: Repo, format: str, *words: str) -> Said:
    said = seedgit(repo, "conflicts", f"f.{format}", *words)
    assert said.status == 0, said.err
    return said


def value(repo: Repo, format: str) -> Any:
    from seedgit.formats.document import Document

    return Document.parse(repo.read(f"f.{format}"), f"f.{format}").value


@pytest.mark.parametrize("style", STYLES)
@pytest.mark.parametrize("format", FORMATS)
def test_conflicts_are_listed_by_pointer(repo: Repo, format: str, style: str) -> None:
    merging(repo, flow(format), "-c", f"merge.conflictStyle={style}")
    found = listed(repo)
    assert [c["pointer"] for c in found] == POINTERS
    assert [c["number"] for c in found] == [1, 2, 3, 4]
    assert [c["reason"] for c in found] == ["both-changed", "modify-delete"] + ["both-changed"] * 2
    assert [(c["base"], c.get("ours"), c["theirs"]) for c in found] == [
        (30, 45, 60),
        (5, None, 6),
        ("live", "drain", "off"),
        ("live", "drain", "off"),
    ]
    lines = repo.read(f"f.{format}").decode().splitlines()
    assert [n for n, line in enumerate(lines, 1) if line.startswith("<<<<<<<")] == [
        c["line"] for c in found
    ]
    said = seedgit(repo, "conflicts", f"f.{format}")
    assert f"  2  f.{format}:{found[1]['line']}  /limit  modify-delete\n" in said.out
    assert "       ours (HEAD)       (absent)\n" in said.out
    assert "       theirs (feature)  6\n" in said.out


@pytest.mark.parametrize("style", STYLES)
@pytest.mark.parametrize("format", FORMATS)
def test_one_by_one_the_others_and_all_other_edits_stay(
    repo: Repo, format: str, style: str
) -> None:
    merging(repo, flow(format), "-c", f"merge.conflictStyle={style}")
    place = f"f.{format}"
    edited = repo.read(place).replace(b"small", b"SMALL")
    repo.write({place: edited})
    os.chmod(repo.path / place, 0o755)
    assert "resolved 3\n" in take(repo, format, "--take", "3=theirs").out
    assert [c["number"] for c in listed(repo)] == [1, 2, 4]
    assert [c["pointer"] for c in listed(repo)] == [p for p in POINTERS if "0" not in p]
    assert repo.read(place).count(b"<<<<<<<") == 3
    before, after = edited.decode().splitlines(), repo.read(place).decode().splitlines()
    gone = [line for line in before if line not in after]
    assert not gone
    take(repo, format, "--take", "4=base", "--value", "1=99")
    assert [c["pointer"] for c in listed(repo)] == ["/limit"]
    said = take(repo, format, "--take", "2=ours")
    assert f"git add {place}" in said.out
    assert repo("ls-files", "--unmerged") != ""
    assert value(repo, format) == {
        **OURS,
        "timeout": 99,
        "model": "SMALL",
        "steps": [{"id": "fetch", "mode": "off"}, {"id": "rank", "mode": "live"}],
    }
    assert os.stat(repo.path / place).st_mode & 0o777 == 0o755
    assert sorted(p.name for p in repo.path.iterdir() if p.name != ".git") == [
        ".gitattributes",
        ".seedgit.yaml",
        place,
    ]


@pytest.mark.parametrize("format", FORMATS)
def test_all_at_once_and_staged(repo: Repo, format: str) -> None:
    merging(repo, flow(format))
    said = take(repo, format, "--take", "all=theirs", "--take", "1=ours", "--add")
    assert "staged" in said.out
    assert repo("ls-files", "--unmerged") == ""
    assert repo.read(f"f.{format}") == text_of({**THEIRS, "timeout": 45}, format)
    repo("commit", "--quiet", "--no-edit")


@pytest.mark.parametrize("format", FORMATS)
def test_add_stages_only_what_is_finished(repo: Repo, format: str) -> None:
    merging(repo, flow(format))
    take(repo, format, "--take", "1=ours", "--add")
    assert repo("ls-files", "--unmerged") != ""


@pytest.mark.parametrize("text", ['{"a": [1, true]}', '"x y"', "plain text", "[]", "1.5"])
@pytest.mark.parametrize("format", FORMATS)
def test_a_value_of_ones_own(repo: Repo, format: str, text: str) -> None:
    merging(repo, flow(format))
    try:
        wanted = json.loads(text)
    except ValueError:
        wanted = text
    take(repo, format, "--value", f"1={text}", "--value", f"3={text}", "--take", "all=ours")
    steps = [{"id": "fetch", "mode": wanted}, {"id": "rank", "mode": "drain"}]
    assert value(repo, format) == {**OURS, "timeout": wanted, "steps": steps}


@pytest.mark.parametrize("format", FORMATS)
def test_carriage_returns_and_a_missing_last_newline_stay(repo: Repo, format: str) -> None:
    texts = [
        text_of({"a": 1, "b": n}, format).removesuffix(b"\n").replace(b"\n", b"\r\n")
        for n in range(3)
    ]
    merging(repo, {f"f.{format}": (texts[0], texts[1], texts[2])})
    take(repo, format, "--take", "1=theirs")
    assert repo.read(f"f.{format}") == texts[2]


def test_autocrlf(repo: Repo) -> None:
    repo("config", "core.autocrlf", "true")
    merging(repo, flow("yaml"))
    assert b"<<<<<<< HEAD\r\n" in repo.read("f.yaml")
    assert [c["pointer"] for c in listed(repo)] == POINTERS
    take(repo, "yaml", "--value", "1=2", "--take", "all=theirs")
    assert repo.read("f.yaml") == text_of({**THEIRS, "timeout": 2}, "yaml").replace(b"\n", b"\r\n")


@pytest.mark.parametrize("format", FORMATS)
def test_other_marker_sizes(repo: Repo, format: str) -> None:
    merging(repo, flow(format), attributes="f.* conflict-marker-size=20\n")
    assert b"\n" + b"<" * 20 + b" HEAD\n" in repo.read(f"f.{format}")
    assert [c["pointer"] for c in listed(repo)] == POINTERS
    take(repo, format, "--take", "all=theirs")
    assert repo.read(f"f.{format}") == text_of(THEIRS, format)


def test_both_added_and_a_conflict_over_order(repo: Repo) -> None:
    files = {
        "new.yaml": (None, b"a: 1\nb: 2\n", b"a: 2\nc: 3\n"),
        "l.json": (b'["a"]\n', b'[\n  "a",\n  "b",\n  "c"\n]\n', b'[\n  "a",\n  "d",\n  "e"\n]\n'),
    }
    merging(repo, files)
    found = {c["path"]: c for c in listed(repo)}
    assert found["new.yaml"]["reason"] == "both-added"
    assert "base" not in found["new.yaml"]
    assert seedgit(repo, "conflicts", "new.yaml", "--take", "1=theirs").status == 0
    assert repo.read("new.yaml") == b"a: 2\nb: 2\nc: 3\n"


def test_an_overlay_owned_conflict_is_none_in_a_merge_and_one_in_a_rebase(repo: Repo) -> None:
    rules = RULES + "    overlay: [{path: /limit}]\n"
    merging(repo, flow("yaml"), rules=rules)
    assert [c["pointer"] for c in listed(repo)] == [p for p in POINTERS if p != "/limit"]
    repo("merge", "--abort")
    repo("rebase", "feature", ok=False)
    assert [c["pointer"] for c in listed(repo)] == POINTERS
    assert listed(repo)[0]["ours"] == 60
    take(repo, "yaml", "--take", "1=ours")
    assert [c["number"] for c in listed(repo)] == [2, 3, 4]


# -- blocks that are not the structural merge's ----------------------------------------------------


@pytest.mark.parametrize("format", FORMATS)
def test_an_edited_block_is_text_and_the_others_keep_their_numbers(repo: Repo, format: str) -> None:
    merging(repo, flow(format))
    place = f"f.{format}"
    repo.write({place: repo.read(place).replace(b"60", b"61")})
    found = listed(repo)
    assert [c["number"] for c in found] == [1, 2, 3, 4]
    assert [c["pointer"] for c in found] == [None, *POINTERS[1:]]
    assert "61" in found[0]["text"]["theirs"]
    assert "other-blocks" in notes(repo)
    said = seedgit(repo, "conflicts", place, "--value", "1=5")
    assert said.status == 5
    assert f"{place}:{found[0]['line']}" in said.err
    assert "base" in seedgit(repo, "conflicts", place, "--take", "1=base").err
    take(repo, format, "--take", "all=theirs")
    assert value(repo, format) == {**THEIRS, "timeout": 61}


@pytest.mark.parametrize("style", STYLES)
def test_gits_own_blocks_are_text(repo: Repo, style: str) -> None:
    merging(repo, flow("json"), "-c", "merge.seedgit.driver=false")
    repo("checkout", f"--conflict={style}", "f.json")
    repo("config", "merge.seedgit.driver", "git merge-file --marker-size=%L %A %O %B")
    repo("checkout", f"--conflict={style}", "f.json")
    found = listed(repo)
    assert any(c["pointer"] is None for c in found)
    assert "other-blocks" in notes(repo)
    assert [c["number"] for c in found] == sorted({c["number"] for c in found})
    seedgit(repo, "conflicts", "f.json", "--take", "all=theirs")
    assert repo.read("f.json") == text_of(THEIRS, "json")


def test_a_block_resolved_by_hand_leaves_the_numbers(repo: Repo) -> None:
    merging(repo, flow("yaml"))
    text = repo.read("f.yaml").decode()
    start = text.index("<<<<<<<", text.index('"steps"'))
    end = text.index("\n", text.index(">>>>>>>", start)) + 1
    repo.write({"f.yaml": text[:start] + '    "mode": "mine"\n' + text[end:]})
    assert [(c["number"], c["pointer"]) for c in listed(repo)] == [
        (1, "/timeout"),
        (2, "/limit"),
        (4, "/steps/1/mode"),
    ]


def test_files_that_are_no_seeds_are_text(repo: Repo) -> None:
    files = {"doc/a.txt": (b"x\n", b"y\xff\n", b"z\n"), "g.txt": (b"1", b"2", b"3")}
    merging(repo, files)
    found = listed(repo, "doc")
    assert [(c["path"], c["pointer"], c["reason"]) for c in found] == [("doc/a.txt", None, "text")]
    assert notes(repo) == ["not-a-seed"] * 2
    assert found[0]["labels"]["theirs"] == "feature"
    assert seedgit(repo, "conflicts", "doc/a.txt", "--take", "1=ours").status == 0
    assert repo.read("doc/a.txt") == b"y\xff\n"
    assert seedgit(repo, "conflicts", "g.txt", "--value", "1=my line").status == 0
    assert repo.read("g.txt") == b"my line\n"


def test_a_seed_that_does_not_parse_is_text(repo: Repo) -> None:
    merging(repo, {"t.yaml": (b"{{ x }}\na: 1\n", b"{{ x }}\na: 2\n", b"{{ x }}\na: 3\n")})
    assert [c["pointer"] for c in listed(repo)] == [None]
    assert notes(repo) == ["not-mergeable"]
    assert seedgit(repo, "conflicts", "t.yaml", "--take", "1=theirs").status == 0
    assert repo.read("t.yaml") == b"{{ x }}\na: 3\n"


def test_rules_that_cannot_be_read_are_no_reason_to_stop(repo: Repo) -> None:
    merging(repo, flow("yaml"))
    repo.write({".seedgit.yaml": "<<<<<<< ours\n"})
    assert {c["pointer"] for c in listed(repo)} == {None}
    assert notes(repo) == ["bad-rules"]


def test_a_file_that_one_side_took_away(repo: Repo) -> None:
    merging(repo, {"f.yaml": (b"a: 1\n", None, b"a: 2\n"), "b": (b"\0", b"\0a", b"\0b")})
    said = seedgit(repo, "conflicts")
    assert said.status == 1
    assert "f.yaml: (absent) in ours" in said.out
    assert "b: is not text" in said.out
    assert notes(repo) == ["not-text", "modify-delete"]
    said = seedgit(repo, "conflicts", "f.yaml", "--take", "1=ours")
    assert said.status == 5
    assert "git rm f.yaml" in said.err


# -- what is refused, and what is nothing to do ----------------------------------------------------


def test_no_conflict_is_no_error(repo: Repo) -> None:
    repo.commit({"f.yaml": "a: 1\n"})
    said = seedgit(repo, "-v", "conflicts")
    assert (said.status, said.out) == (0, "No conflicts: no file is unmerged.\n")
    assert "noop: no-conflict" in said.err
    assert data(repo, "conflicts") == {"files": []}
    assert seedgit(repo, "conflicts", "f.yaml").status == 0
    assert seedgit(repo, "conflicts", "nope.yaml").status == 2


def test_a_file_without_blocks_waits_for_git_add(repo: Repo) -> None:
    merging(repo, flow("yaml"))
    repo.write({"f.yaml": text_of(OURS, "yaml")})
    said = seedgit(repo, "-v", "conflicts")
    assert said.status == 0
    assert "git add f.yaml" in said.out
    assert "noop: no-conflict" in said.err


@pytest.mark.parametrize(
    ("words", "status", "message"),
    [
        (("--take", "9=ours"), 2, "there is no conflict 9"),
        (("--take", "1=us"), 2, "no side"),
        (("--take", "x=ours"), 2, "not a number"),
        (("--take", "1=ours", "--value", "1=2"), 2, "twice"),
        (("--value", "1"), 2, "no value"),
        (("--value", "all=1"), 2, "not a number"),
        (("--add",), 2, "--add goes with"),
        (("--take", "1=ours", "--take", "9=ours"), 2, "there is no conflict 9"),
    ],
)
def test_errors_change_nothing(
    repo: Repo, words: tuple[str, ...], status: int, message: str
) -> None:
    merging(repo, flow("yaml"))
    before = repo.read("f.yaml")
    said = seedgit(repo, "conflicts", "f.yaml", *words)
    assert said.status == status
    assert message in said.err
    assert repo.read("f.yaml") == before


@pytest.mark.parametrize("format", FORMATS)
def test_a_result_that_does_not_parse_is_not_written(repo: Repo, format: str) -> None:
    merging(repo, flow(format))
    place = f"f.{format}"
    broken = repo.read(place).replace(b'"x"', b'"x" "y"')
    repo.write({place: broken})
    line = broken[: broken.index(b'"x"')].count(b"\n") + 1
    said = seedgit(repo, "conflicts", place, "--take", "all=theirs")
    assert said.status == 5
    assert f"{place}:{line}: " in said.err
    assert "hint:" in said.err
    assert repo.read(place) == broken


def test_a_marker_without_its_block_is_told(repo: Repo) -> None:
    merging(repo, flow("yaml"))
    broken = repo.read("f.yaml").replace(b"=======\n", b"", 1)
    repo.write({"f.yaml": broken})
    assert notes(repo) == ["stray-marker", "stray-marker"]
    said = take(repo, "yaml", "--take", "all=ours", "--add")
    assert "without the rest of its block" in said.out
    assert repo("ls-files", "--unmerged") != ""


def test_in_a_subdirectory(repo: Repo) -> None:
    base, ours, theirs = (text_of(v, "yaml") for v in (BASE, OURS, THEIRS))
    rules = RULES.replace("*.*", "**")
    merging(repo, {"sub/f 1.yaml": (base, ours, theirs)}, rules=rules)
    inside = Repo(repo.path / "sub")
    assert [c["pointer"] for c in listed(inside, "f 1.yaml")] == POINTERS
    assert [c["path"] for c in listed(inside, ".")] == ["sub/f 1.yaml"] * 4
    assert seedgit(inside, "conflicts", "f 1.yaml", "--take", "all=ours", "--add").status == 0


# -- rerere --------------------------------------------------------------------------------------


@pytest.mark.parametrize("format", FORMATS)
def test_rerere_remembers_and_replays(repo: Repo, format: str) -> None:
    repo("config", "rerere.enabled", "true")
    merging(repo, flow(format))
    take(repo, format, "--value", "1=7", "--take", "all=theirs", "--add")
    resolved = repo.read(f"f.{format}")
    repo("commit", "--quiet", "--no-edit")
    repo("reset", "--quiet", "--hard", "HEAD^")
    said = repo("merge", "feature", ok=False)
    assert f"Resolved 'f.{format}' using previous resolution" in said
    assert f"seedgit: f.{format}" not in said
    assert repo.read(f"f.{format}") == resolved
    assert listed(repo) == []
    assert notes(repo) == ["no-block"]
    repo("add", "--all")
    repo("commit", "--quiet", "--no-edit")


def test_a_conflict_of_comments_shows_the_comments(repo: Repo) -> None:
    versions = [f"a: 1\n# {word}\nb: 2\n".encode() for word in ("why", "because", "since")]
    merging(repo, {"f.yaml": (versions[0], versions[1], versions[2])})
    said = seedgit(repo, "conflicts", "f.yaml").out
    assert "# because" in said
    assert "# since" in said
    assert "(absent)" not in said
