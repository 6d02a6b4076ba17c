"""What the lines alone show is right: a merge by entries is what parsing all versions gives."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterator
from random import Random

import pytest

from seedgit.driver.rules import RulesOfMerge
from seedgit.driver.run import Run
from seedgit.driver.settings import Settings
from seedgit.formats import registry
from seedgit.git.line_merge import line_merge
from seedgit.limits import NO_LIMIT
from seedgit.merge import engine
from seedgit.merge.by_entries import Merged, merged_by_entries
from seedgit.shadow import listed
from tests import real
from tests.merge.test_decide import every_dialect, versions
from tests.scripted import format_of
from tests.test_cases import CASES, read
from tests.test_trivial_merge import DOUBTFUL, HIDDEN, OPENERS, between_changes, tags

WHOLE = 1 << 60  # no file is so large: all versions are parsed


@pytest.fixture(autouse=True)
def no_rules(
    tmp_path_factory: pytest.TempPathFactory, monkeypatch: pytest.MonkeyPatch
) -> Iterator[None]:
    monkeypatch.chdir(tmp_path_factory.mktemp("nowhere"))
    yield


def run(path: str, texts: tuple[bytes, ...], lines: bytes | None, shorten_from: int) -> Run:
    """The merge of a driver, with or without a look at the lines."""
    rules = RulesOfMerge("none")
    rules.read(NO_LIMIT)
    made = Run(path, list(texts), lines, 7, Settings(""))
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(engine, "SHORTEN_FROM", shorten_from)
        made.merge(rules)
    return made


def judged(path: str, *texts: bytes) -> str:
    """What becomes of a merge; fails where its bytes are not those of who parses all versions."""
    lines = line_merge(*texts)
    made = run(path, texts, lines, 0)
    if not isinstance(made.result, Merged):
        return "parsed"
    whole = run(path, texts, lines, WHOLE)
    if whole.result is None:
        assert made.result.text == lines  # git's result it is, also for who parses
    else:
        assert (whole.result.clean, whole.result.text) == (True, made.result.text)
    return "merged" if lines is not None else "without git"


def by_entries(path: str, *texts: bytes) -> bytes | None:
    format = registry.format_of(path)
    assert format is not None
    cutter = format.cutter()
    assert cutter is not None
    made = merged_by_entries(cutter, texts)
    return made and made.text


@every_dialect
def test_generated_documents(dialect: str) -> None:
    outcomes: Counter[str] = Counter()
    for seed in range(100):
        texts = versions(dialect, Random(seed), most=2).texts()
        outcomes[judged(f"f.{format_of(dialect)}", *texts)] += 1
    assert outcomes["parsed"] >= 5, outcomes


def test_cases() -> None:
    outcomes: Counter[str] = Counter()
    for case in CASES:
        base, ours, theirs = (read(case, version) for version in ("base", "ours", "theirs"))
        if (case / "rules.yaml").exists() or base is None or ours is None or theirs is None:
            continue
        path = f"f{next(case.glob('ours.*')).suffix}"
        outcomes[judged(path, base, ours, theirs)] += 1
    assert outcomes["merged"] >= 10, outcomes
    assert outcomes["without git"] >= 10, outcomes
    assert outcomes["parsed"] >= 50, outcomes


def test_most_real_merges_pass() -> None:
    outcomes: Counter[str] = Counter()
    for _, path, *texts in real.merges():
        outcomes[judged(path, *texts)] += 1
    assert outcomes["merged"] >= (125 if real.DATA.is_dir() else 25), outcomes


PASSES = ("a name that is only a suffix",)


@pytest.mark.parametrize("name", [name for name in DOUBTFUL if name not in PASSES])
def test_doubt_is_for_the_parser(name: str) -> None:
    path, *texts = DOUBTFUL[name]
    assert judged(path, *map(str.encode, texts)) == "parsed"


@pytest.mark.parametrize("name", PASSES)
def test_what_is_no_doubt(name: str) -> None:
    path, *texts = DOUBTFUL[name]
    assert judged(path, *map(str.encode, texts)) == "merged"


@pytest.mark.parametrize(("opener", "end"), OPENERS)
def test_what_goes_on_over_lines_is_for_the_parser(opener: str, end: str) -> None:
    keys = "b: 1\nc: 1\ne: 1\nf: 1\n"
    last = f"d: y{end}\n"
    texts = (f"{opener}\n{keys}{last}", keys + last, f"{opener}\n{keys}g: 1\n{last}")
    assert judged("a.yaml", *map(str.encode, texts)) == "parsed"


@pytest.mark.parametrize("name", HIDDEN)
def test_what_the_lines_hide_is_for_the_parser(name: str) -> None:
    path, *texts = HIDDEN[name]
    assert judged(path, *map(str.encode, texts)) == "parsed"


def test_what_moved_past_more_than_itself_passes() -> None:
    """git keeps what is between, too."""
    between = "".join(f"k{n}: {n}\n" for n in range(8))
    base = f"m:\n  x: 1\n{between}n:\n  y: 1\n"
    ours = f"m:\n  z: 1\n{between}n:\n  y: 1\n  x: 1\n"
    theirs = base.replace("k4: 4", "k4: 5")
    assert judged("a.yaml", *map(str.encode, (base, ours, theirs))) == "merged"


def test_line_ends_of_one_kind_pass() -> None:
    three = ("a: 1\nb: 1\nc: 1\n", "a: 2\nb: 1\nc: 1\n", "a: 1\nb: 1\nc: 2\n")
    texts = [text.replace("\n", "\r\n").encode() for text in three]
    assert judged("a.yaml", *texts) == "merged"


def test_a_last_newline_that_some_versions_lack_is_for_the_parser() -> None:
    texts = (b"a: 1\nb: 1\nc: 1\nd: 1", b"a: 2\nb: 1\nc: 1\nd: 1", b"a: 1\nb: 1\nc: 2\nd: 1")
    assert by_entries("a.yaml", *texts) == b"a: 2\nb: 1\nc: 2\nd: 1"
    for n in range(3):
        some = [text + b"\n" * (m == n) for m, text in enumerate(texts)]
        assert by_entries("a.yaml", *some) is None


def test_values_on_two_lines_that_follow_each_other() -> None:
    """git calls it a conflict; the entries are two, and so are the decisions about them."""
    texts = (b"m:\n  a: 1\n  b: 1\n", b"m:\n  a: 2\n  b: 1\n", b"m:\n  a: 1\n  b: 2\n")
    assert judged("a.yaml", *texts) == "without git"
    found = [run("a.yaml", texts, None, shorten_from).result for shorten_from in (0, WHOLE)]
    made, whole = [one and listed(one.decisions) for one in found]
    assert made == whole
    assert [each["pointer"] for each in made or []] == ["", "/m", "/m/a", "/m/b"]


@pytest.mark.parametrize(
    "theirs",
    [
        b"m:\n  a: 1\n  n: 1\n  b: 1\n",  # an entry
        b"m:\n  a: 1\n  # n\n  b: 1\n",  # a comment
        b"m:\n  a: 1\n",  # none
    ],
)
def test_where_git_has_a_conflict_only_values_pass(theirs: bytes) -> None:
    texts = (b"m:\n  a: 1\n  b: 1\n", b"m:\n  a: 2\n  b: 1\n", theirs)
    assert line_merge(*texts) is None
    assert judged("a.yaml", *texts) == "parsed"


def test_where_git_has_a_conflict_the_result_has_to_parse() -> None:
    texts = (b"a: 1\nb: 1\n", b"a: 2\nb: 1\n", b"a: 1\nb: x: y\n")
    assert line_merge(*texts) is None
    assert by_entries("a.yaml", *texts) == b"a: 2\nb: x: y\n"
    assert judged("a.yaml", *texts) == "parsed"


def test_what_both_took_away_may_be_elsewhere_now() -> None:
    """By lines it moved, and that is all; the other side wanted it gone."""
    between = "m: 1\nn: 1\no: 1\n"
    base = f"a:\n- x\n- y\n{between}b:\n- z\n{between.upper()}c: 1\n"
    theirs = base.replace("- x\n", "").replace("c: 1", "c: 2")
    moved = base.replace("- x\n", "").replace("- z\n", "- z\n- x\n")
    texts = [text.encode() for text in (base, moved, theirs)]
    assert line_merge(*texts) is not None
    assert by_entries("a.yaml", *texts) is None


def test_a_last_line_without_its_end_is_changed_by_what_follows() -> None:
    texts = (b"a: 1\nb: 1\nc: 1", b"a: 2\nb: 1\nc: 1", b"a: 1\nb: 1\nc: 1\nd: 1")
    assert by_entries("a.yaml", *texts) is None


def test_where_git_puts_a_change_into_a_copy_the_files_are_parsed() -> None:
    entries = "  i: 1\n  j: 1\n  c: 1\n  d: 1\n"
    base = "m:\n" + entries.replace("  j", "  x: 1\n  j") + "p: 1\n"
    ours = base.replace("c: 1", "c: 2")
    copied = f"m:\n{entries}n:\n{entries}p: 1\n"
    texts = [text.encode() for text in (base, ours, copied)]
    assert line_merge(*texts) not in (copied.replace("c: 1", "c: 2", 1).encode(), None)
    assert judged("a.yaml", *texts) == "parsed"


@pytest.mark.parametrize("end", [b"\0", b"\1"])
def test_no_last_byte_is_lost(end: bytes) -> None:
    texts = (b"a: 1\nb: 1\nc: 1\n", b"a: 2\nb: 1\nc: 1\n", b"a: 1\nb: 1\nc: 2\n" + end)
    assert by_entries("a.yaml", *texts) is None


def test_a_nul_is_for_the_parser() -> None:
    texts = (b"a: 1\n\0\nb: 1\nc: 1\n", b"a: 2\n\0\nb: 1\nc: 1\n", b"a: 1\n\0\nb: 1\nc: 2\n")
    assert by_entries("a.yaml", *texts) is None
    assert by_entries("a.yaml", *(text.replace(b"\0", b"d: 1") for text in texts))


def test_many_entries_are_for_the_parser() -> None:
    """Which leaves out what is alike."""
    text = b"".join(b"k%d: 1\n" % n for n in range(1001))
    assert by_entries("a.yaml", *[text] * 3) is None


LONG = [
    ("a.json", b'{\n"a"%b: 1\n}\n' % (b" " * 200_000)),
    ("a.json", b'{\n  "a": [%b],\n  "b": 1\n}\n' % (b'\\"' * 1_000_000)),
    ("a.json", b'{\n  "a": {"k": "%b"},\n  "b": 1\n}\n' % (b'\\"' * 500_000)),
    ("a.toml", b"a = [%bx\n]\n" % (b" " * 200_000)),
    ("a.toml", b"k." * 100_000 + b"k = 1\n"),
    ("a.toml", b"a%b = 1\n" % (b" ." * 100_000)),
    ("a.toml", b"a = [\n%b]\n" % (b"[1, 2],\n" * 20_000)),
    ("a.yaml", b"a: %b\n" % (b"[" * 200_000)),
    ("a.yaml", b"a: %b\n" % (b"[" * 100_000 + b"]" * 100_000)),
    ("a.yaml", b"a: %b\n" % (b": '\"" * 50_000)),
    ("a.yaml", b"a: [%b\n" % (b', "x"' * 50_000)),
    ("a.yaml", b"a: |\n%b" % (b'  - "x\n' * 100_000)),
    ("a.yaml", b"a: 1\n%b" % (b"# x\n" * 50_000)),
    ("a.yaml", b"a: 1\n%bb: 1\n" % (b"# x\n" * 50_000)),
    ("a.yaml", b"a: 1\n# %b\nb: 1\n" % (b"|#" * 100_000)),
    ("a.toml", b"[ a%bb]\n" % (b" " * 200_000)),
    ("a.toml", b'[a] %b"\n' % (b"# " * 100_000)),
    ("a.toml", b"a = [\n%b]\n" % (b"\"a\\n\", 'b', 1, 2,\n" * 10_000)),
]


@pytest.mark.parametrize(("path", "text"), LONG)
def test_what_may_take_long_ends(path: str, text: bytes) -> None:
    assert by_entries(path, *[text] * 3) in (text, None)


@pytest.mark.parametrize("made", [between_changes, tags])
def test_no_text_takes_minutes(made: Callable[[str, str], bytes]) -> None:
    texts = made("1", "1"), made("2", "1"), made("1", "2")
    assert by_entries("a.yaml", *texts) in (None, made("2", "2"))


@pytest.mark.parametrize("pad", [" ", "\t", " \t"])
def test_blanks_in_toml_take_no_time_out_of_proportion(pad: str) -> None:
    blanks = pad * 60_000  # looked at again from each one on, they take minutes
    base = f"{blanks}a = 1\nm = 1\nb{blanks}.c = 1\n"
    ours, theirs = base.replace("a = 1", "a = 2"), base.replace("c = 1", "c = 2")
    assert by_entries("a.toml", base.encode(), ours.encode(), theirs.encode()) is None
