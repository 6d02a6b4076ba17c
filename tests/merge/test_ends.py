"""What stands far from all changes is cut out of a large file; the merge is that of the whole."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from random import Random
from types import ModuleType
from typing import Any

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from bench import large
from seedgit.errors import InvalidDocument
from seedgit.formats.merge import merge_texts
from seedgit.formats.registry import format_named
from seedgit.formats.rules import parse_rules
from seedgit.merge import ends, ends_items, ends_names, engine, render_flow, tree
from seedgit.merge.ends import without_ends
from seedgit.merge.policy import NO_RULES, MergeRules
from seedgit.merge.policy_of_rules import PolicyOfRules
from seedgit.merge.syntax import Syntax
from seedgit.merge.version import SIZE_LIMIT, NotMergeable

# -- documents of any shape ------------------------------------------------------------------------

WORDS = ["1", "2", "17", "x", "zeta", '"s"', "1.5", "true", "null", "a-b", "0x10", '"two words"']
KEYS = ["id", "name", "n", "kind", "to", "8080", "null", "p q", '"q"']


def names(r: Random, count: int) -> list[str]:
    """Keys in order or in none, some of them names that lists know their items by."""
    ways = (
        [f"k{n:02}" for n in range(count)],
        [f"k{r.randint(0, 99)}" for _ in range(count)],
        KEYS,
    )
    return list(dict.fromkeys(r.choice(ways)))[:count]


def repeating(r: Random, keys: list[str]) -> list[str]:
    """The keys, in one file of four with some of them twice."""
    if not keys or r.random() < 0.75:
        return keys
    more = list(keys)
    for key in r.choices(keys, k=r.choice([1, 2])):
        more.insert(r.randint(0, len(more)), key)
    return more


def text_item(r: Random, n: int) -> str:
    """An item of a list of texts: a word, the requirement of a package, a number."""
    bound = r.choice(["", "==1.0", ">=2,<3", "[x]>=1", " @ https://h/x"])
    return r.choice([f"v{n}", f"v{n}", f"p-{r.choice([n, n, 1])}{bound}", f"{n % 3}.50", "v1"])


def yaml_scalar(r: Random, indent: int) -> str:
    word = r.choice(WORDS)
    lines = r.choice(["text", "key: v", "- dash", ""])
    styles = [
        f" |\n{' ' * (indent + 2)}{lines}\n{' ' * (indent + 2)}more\n",
        f" [{word}, 1]\n",
        f" {{a: {word}}}\n",
        f' "one\n{" " * (indent + 1)}two"\n',
        f" plain\n{' ' * (indent + 2)}more\n",
        f" {word} # why\n",
    ]
    return r.choice(styles) if r.random() < 0.2 else f" {word}\n"


def in_brackets(r: Random, value: Any, pad: str, sign: str, comma: str, toml: bool = False) -> str:
    """A container as flow YAML or TOML writes it, if it can with an entry on each line."""
    if not isinstance(value, (dict, list)):
        return str(r.choice([json.dumps(value), json.dumps(value), str(value)]))
    inline = (toml and isinstance(value, dict)) or not pad.strip("\n")
    signs = "{}" if isinstance(value, dict) else "[]"
    end = " " if inline else pad
    below = "" if inline else pad + "  "
    parts = [
        in_brackets(r, item, below, sign, comma, toml)
        for item in (value.values() if isinstance(value, dict) else value)
    ]
    if isinstance(value, dict):
        parts = [f"{key}{sign} {part}" for key, part in zip(value, parts, strict=True)]
    text = signs[0]
    for n, part in enumerate(parts):
        lead = below or " "
        note = f" # n{below}" if below and r.random() < 0.1 else ""
        text += (note or lead) + part + ("," if n < len(parts) - 1 else comma if below else "")
    return text + end + signs[1]


def plain_json(r: Random, depth: int) -> Any:
    """As `json_value`, with no text or key that means something to YAML or TOML."""
    if depth == 3 or r.random() < 0.3:
        return r.choice([1, 2, "x", "v1", "a b", "p>=1"])
    count = r.choice([1, 3, 9, 13])
    if r.random() < 0.4:
        return {f"k{n:02}": plain_json(r, depth + 1) for n in range(count)}
    if r.random() < 0.5:
        return [r.choice([f"v{n}", f"v{n}", n, "v1"]) for n in range(count)]
    return [{"id": r.choice([f"v{n}", f"v{n}", "v1"]), "n": r.choice([n, 1])} for n in range(count)]


def yaml_flow(r: Random, indent: int) -> str:
    pad = "\n" + " " * indent
    value = plain_json(r, 0)
    return in_brackets(r, value if isinstance(value, (dict, list)) else [value], pad, ":", "")


def yaml_text(r: Random, indent: int = 0, depth: int = 0) -> str:
    pad = " " * indent
    count = r.choice([1, 3, 8, 14]) if depth < 3 else 2
    if not depth and r.random() < 0.1:
        return yaml_flow(r, 0) + "\n"
    parts = []
    if r.random() < 0.5 or depth == 3:
        for key in repeating(r, names(r, count)):
            parts.append(r.choice(["", "", "", f"{pad}# note\n", "\n"]))
            if depth < 3 and r.random() < 0.1:
                parts.append(f"{pad}{key}: {yaml_flow(r, indent + 1)}\n")
            elif depth < 3 and r.random() < 0.25:
                parts.append(f"{pad}{key}:\n{yaml_text(r, indent + r.choice([0, 2]), depth + 1)}")
            else:
                parts.append(f"{pad}{key}:{yaml_scalar(r, indent)}")
        return "".join(parts) if parts[-1:] != ["\n"] else "".join(parts[:-1])
    fields = r.sample(KEYS[:5], r.randint(1, 3))
    scalars, alike = r.random() < 0.4, r.random() < 0.5
    for n in range(count):
        words = [f"v{n}" if not alike or r.random() < 0.6 else r.choice(WORDS) for _ in fields]
        lines = [f"{key}: {word}\n" for key, word in zip(fields, words, strict=True)]
        text = words[0] if alike else text_item(r, n)
        text += r.choice(["", "", "", "", " # note"])
        parts.append(f"{pad}- {text}\n" if scalars else f"{pad}- {(pad + '  ').join(lines)}")
    return "".join(parts)


def anchored(r: Random, text: str) -> str:
    """The text with anchors and aliases, perhaps of one name several times."""
    lines, names = text.splitlines(keepends=True), []
    often = r.choice([0.05, 0.3])
    for n, line in enumerate(lines):
        found = re.fullmatch(r"( *(?:- )?[\w-]+:)( \w+)?\n", line)
        if found is None or r.random() > often:
            continue
        if names and found[2] and r.random() < 0.6:
            lines[n] = f"{found[1]} *{r.choice(names)}\n"
        else:
            names.append(r.choice(["x", "y", f"a{n}", f"a{n}"]))
            lines[n] = f"{found[1]} &{names[-1]}{found[2] or ''}\n"
    return "".join(lines)


def yaml_stream(r: Random) -> str:
    """A file as YAML writes it, one in five with several documents."""
    if r.random() < 0.8:
        return anchored(r, yaml_text(r)) if r.random() < 0.4 else yaml_text(r)
    some = [yaml_text(r, 0, 1) for _ in range(r.choice([1, 2, 4]))]
    documents = [
        f"kind: {r.choice(['a', 'b'])}\nname: v{r.choice([n, n, n, 1])}\nn: [{n}]\n"
        for n in range(r.choice([0, 6, 12]))
    ]
    for document in some:
        documents.insert(r.randint(0, len(documents)), document)
    head = r.choice(["", "---\n", "# head\n", "# head\n---\n"])
    return head + r.choice(["---\n", "--- # next\n", "\n---\n"]).join(documents)


def json_value(r: Random, depth: int) -> Any:
    if depth == 3 or r.random() < 0.4:
        return r.choice([1, 2, "x", "y z", None, True, 1.5, "v1", "a=1"])
    count = r.choice([1, 3, 9, 13])
    if r.random() < 0.4:
        return {key: json_value(r, depth + 1) for key in names(r, count)}
    if r.random() < 0.4:
        return [r.choice(["s", 1, 1.5, f"i{n}", text_item(r, n)]) for n in range(count)]
    others = [1, 2, "x", None, [1]]
    return [
        {"id": r.choice([f"v{n}", f"v{n}", 1]), "n": r.choice([n, n, r.choice(others)])}
        for n in range(count)
    ]


def json_text(r: Random) -> str:
    value = (
        {key: json_value(r, 1) for key in names(r, 12)} if r.random() < 0.5 else json_value(r, 0)
    )
    value = value if isinstance(value, (dict, list)) else [value]
    return json.dumps(value, indent=r.choice([None, 2, 2]), separators=r.choice([None, (",", ":")]))


TOML = ["1", "1.5", "true", "1979-05-27", '"s"', "'l'", "[1, 2]", "[\n  1,\n  2,\n]", "{ a = 1 }"]


def toml_keys(r: Random, count: int) -> str:
    keys = [key for key in names(r, count) if key.replace('"', "").isalnum()]
    lines = (f"{r.choice(['', '', '# c' + chr(10)])}{key} = {r.choice(TOML)}\n" for key in keys)
    return "".join(lines)


def toml_text(r: Random) -> str:
    parts = [toml_keys(r, r.choice([0, 2, 9]))]
    tables = dict.fromkeys(
        r.choice(["", "t.", "t.", "u."]) + f"x{r.randint(0, 40)}" for _ in range(9)
    )
    for name in tables if r.random() < 0.6 else ():
        parts.append(f"\n[{name}]{r.choice(['', ' # c'])}\n{toml_keys(r, r.choice([0, 1, 2]))}")
    for n in range(r.choice([0, 0, 1, 2])):
        value = plain_json(r, 1)
        value = value if isinstance(value, list) else [value]
        text = in_brackets(r, value, "\n", " =", r.choice(["", ","]), True)
        text = re.sub(r"(?<=[\[, ])(x|v\d+|a b|p>=1)(?=[,\s\]}])", r'"\1"', text)
        parts.insert(r.randint(0, len(parts)), f"z{n} = {text}\n")
    for n in range(r.choice([0, 4, 11])):
        parts.append(f'[[aot]]\nid = "v{r.choice([n, n, n, 1])}"\nn = {r.choice([n, 1, 2])}\n')
        parts.append(r.choice(["", "", "", "", "[aot.sub]\nq = 1\n"]))
    return "".join(parts)


def ini_text(r: Random) -> str:
    lines = [
        "{}={}\n",
        "{} = {}\n",
        "{}: {}\n",
        "{}={}\n  more\n",
        '{}="{}"\n',
        "; c\n{}={} \\\n next\n",
    ]

    def settings(count: int) -> str:
        keys = repeating(r, names(r, count))
        return "".join(r.choice(lines).format(key, r.choice(WORDS)) for key in keys)

    parts = [settings(r.choice([0, 3, 12]))]
    for n in range(r.choice([0, 3, 12])):
        parts.append(f"[s{r.choice([n, n, n, n, 1])}]\n{settings(r.choice([0, 1, 3]))}\n")
    return "".join(parts)


TEXTS = {"yaml": yaml_stream, "json": json_text, "toml": toml_text, "ini": ini_text}
every_format = pytest.mark.parametrize("format", TEXTS)


def edited(r: Random, text: str, at: float) -> str:
    """The text with one or two edits near a place."""
    lines = text.splitlines(keepends=True)
    for _ in range(r.choice([1, 1, 2])):
        if not lines:
            return "k: 1\n"
        n = min(max(0, int(at * len(lines)) + r.randint(-2, 2)), len(lines) - 1)
        if r.random() < 0.5 or len(lines) < 3:
            words = lines[n].split(" ")
            place = min(int(at * len(words)) + r.randint(0, 1), len(words) - 1)
            was, now = r.choice([("1", "2"), ("v", "w"), ("k", "k0"), ("x", "v1"), (":", ": 9")])
            words[place] = words[place].replace(was, now)
            lines[n] = " ".join(words)
        elif r.random() < 0.3:
            del lines[n]
        elif r.random() < 0.6:
            lines.insert(n, lines[r.choice([n, r.randrange(len(lines))])])
        else:
            other = r.randrange(len(lines))
            lines[n], lines[other] = lines[other], lines[n]
    return "".join(lines)


def outcome(format: str, texts: Sequence[str], rules: MergeRules = NO_RULES) -> object:
    base, ours, theirs = (text.encode() for text in texts)
    try:
        made = merge_texts(format_named(format), "f." + format, (base, ours, theirs), rules=rules)
    except NotMergeable as problem:
        return problem.reason
    shown = [(one.conflict.pointer, one.conflict.reason, list(one.texts)) for one in made.conflicts]
    return made.clean, made.text, list(made.decisions.explained()), shown


@contextmanager
def shortening(only_ends: bool = True) -> Iterator[None]:
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(engine, "SHORTEN_FROM", 0)
        patch.setattr(ends, "LEAST", 0)
        if only_ends:
            for format in TEXTS:
                patch.setattr(type(format_named(format)), "lines", Syntax.lines)
        yield


def check_against_the_whole(
    format: str, r: Random, crlf: bool = False, head: str = "", mark: str = ""
) -> bool:
    """That versions drawn from some numbers merge alike with and without what can be cut out.

    head, mark  what each version begins with, and the mark before that

    False where the numbers draw no document.
    """
    base = head + TEXTS[format](r)
    try:
        format_named(format).parse(base, "f", merging=True)
    except InvalidDocument:
        return False
    at = r.choice([0.0, r.random(), r.random(), 1.0])
    texts = [base, edited(r, base, at), edited(r, base, at)]
    texts = [mark + (text.replace("\n", "\r\n") if crlf else text) for text in texts]
    with shortening(only_ends=not head):
        short = outcome(format, texts)
    assert short == outcome(format, texts)
    return True


@every_format
@given(r=st.randoms(use_true_random=False), crlf=st.booleans())
def test_the_merge_is_that_of_the_whole(format: str, r: Random, crlf: bool) -> None:
    assume(check_against_the_whole(format, r, crlf))


# Numbers that draw documents of which a part must not be cut out, for a reason that is seldom met.
SELDOM = [("ini", 834), ("json", 6), ("json", 8), ("toml", 4)]
SELDOM += [("yaml", number) for number in (11, 248, 318, 675, 1012, 1643)]


@pytest.mark.parametrize(("format", "number"), SELDOM)
def test_what_is_seldom_met_is_merged_like_the_whole(format: str, number: int) -> None:
    assert check_against_the_whole(format, Random(number))


LIMITS = [(ends, "MOST_STAY"), (ends_names, "MOST_STAY")]
LIMITS += [
    (ends_items, name)
    for name in ("MOST_STAY", "MOST_NAMES", "_ALIKE", "_TRIED", "_KNOWN", "_LONG")
]


@every_format
@pytest.mark.parametrize(("module", "limit"), LIMITS)
def test_beyond_a_limit_it_is_merged_like_the_whole(
    format: str, module: ModuleType, limit: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Each bounds the time: what is over it stays in sight, or the whole is parsed."""
    monkeypatch.setattr(module, limit, 1)
    assert sum(check_against_the_whole(format, Random(number)) for number in range(25)) > 10


@pytest.mark.parametrize("format", ["yaml", "toml", "ini"])
@pytest.mark.parametrize("mark", ["", "\ufeff"])
@pytest.mark.parametrize("crlf", [False, True])
def test_a_file_may_have_the_words_of_stubs_and_a_mark(format: str, mark: str, crlf: bool) -> None:
    head = "# seedgit-cut0. seedgit-cut- seedgit-elided 0 seedgit-elided-\n"
    made = [
        check_against_the_whole(format, Random(number), crlf, head, mark) for number in range(15)
    ]
    assert sum(made) > 5


# -- what is cut -----------------------------------------------------------------------------------


def entries(format: str, count: int, flat: bool = True, keyed: bool = True) -> list[str]:
    """The text of one document, entry by entry: a flat map, or a list of maps."""
    if format == "json":
        one = '\n  "k{0:06}": {0},' if flat else '\n  {{"{1}": "{0}", "n": {0}}},'
        first, last = ("{", '\n  "z": 0\n}\n') if flat else ("[", '\n  {"id": "z", "n": 0}\n]\n')
    else:
        first = last = ""
        one = {
            ("yaml", True): "k{0:06}: {0}\n",
            ("yaml", False): "- {1}: v{0}\n  n: {0}\n",
            ("toml", True): "k{0:06} = {0}\n",
            ("toml", False): '[[t]]\n{1} = "v{0}"\nn = {0}\n\n',
            ("ini", True): "k{0:06} = {0}\n",
            ("ini", False): "[s{0}]\nk = {0}\n\n",
        }[format, flat]
    key = "id" if keyed else "to"
    return [first, *(one.format(n, key) for n in range(1000, 1000 + count)), last]


def neighbours(parts: list[str], at: int) -> list[str]:
    """Base, ours and theirs, which edit neighbouring entries."""
    made = [list(parts) for _ in range(3)]
    for n, side in ((at, made[1]), (at + 1, made[2])):
        head, mark, tail = side[n].rpartition(str(999 + n))
        side[n] = head + mark + "7" + tail
    return ["".join(side) for side in made]


SHAPES = [(format, flat, keyed) for format in TEXTS for flat, keyed in ((1, 1), (0, 1), (0, 0))]


@pytest.mark.parametrize(("format", "flat", "keyed"), SHAPES)
@pytest.mark.parametrize("at", [0.001, 0.5, 0.99])
def test_a_large_file_is_parsed_as_if_it_were_small(
    format: str, flat: int, keyed: int, at: float, monkeypatch: pytest.MonkeyPatch
) -> None:
    texts = neighbours(entries(format, 3000, bool(flat), bool(keyed)), max(1, int(at * 3000)))
    nodes = costs_what_changed(format, texts, texts, monkeypatch)
    assert nodes > 3000


def costs_what_changed(
    format: str, many: list[str], some: list[str], monkeypatch: pytest.MonkeyPatch
) -> int:
    """Whether few nodes are made for a merge, and it is that of the whole.

    some  versions that are merged as a whole, too

    Returns how many nodes the whole has.
    """
    nodes = 0
    init = tree.Node.__init__

    def counted(node: tree.Node, *args: Any, **more: Any) -> None:
        nonlocal nodes
        nodes += 1
        init(node, *args, **more)

    monkeypatch.setattr(tree.Node, "__init__", counted)
    outcome(format, many)
    assert nodes < 400
    nodes = 0
    short = outcome(format, some)
    assert nodes < 400
    monkeypatch.setattr(engine, "SHORTEN_FROM", 1 << 60)
    assert short == outcome(format, some)
    assert nodes > 1200
    return nodes


@pytest.mark.parametrize("shape", large.SHAPES)
def test_every_shape_that_is_measured(shape: str, monkeypatch: pytest.MonkeyPatch) -> None:
    many, some = large.versions(shape, 90_000), large.versions(shape, 40_000)
    costs_what_changed(shape.rpartition(".")[2], many, some, monkeypatch)


@pytest.mark.parametrize("far", [100, 2900])
def test_what_names_tie_to_the_changes_stays_in_sight(
    far: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Without it, the few entries could not be parsed, and all of them would be."""
    parts = entries("yaml", 3000)
    first, last = (far, 1502) if far < 1502 else (1502, far)
    parts[first], parts[last] = "first: &far 1\n", "last: *far\n"
    texts = neighbours(parts, 1500)
    costs_what_changed("yaml", texts, texts, monkeypatch)


@every_format
def test_restoring_gives_the_text_back(format: str) -> None:
    texts = neighbours(entries(format, 3000), 700)
    walker = format_named(format).walker()
    assert walker is not None
    short = without_ends(walker, texts)
    assert short is not None
    assert all(len(text) < 1000 for text in short.texts)
    assert [short.restore(text) for text in short.texts] == texts
    assert [short.merged(text, True) for text in short.texts] == texts
    assert short.merged(short.texts[0].replace(next(iter(short.pieces)), ""), True) is None


def test_a_file_over_the_limit_is_left_to_git_whatever_its_shape() -> None:
    parts = entries("yaml", 3000)
    parts.insert(0, "# " + "x" * SIZE_LIMIT + "\n")
    assert outcome("yaml", neighbours(parts, 500)) == "git: too-large"


SPOTS = ['"', "'", "[", "]", "{", "}", ": ", "- ", "\t", "#", "|", "&", "\n", "\n ", ",", "\\", "="]


@every_format
@pytest.mark.parametrize(("flat", "keyed"), [(1, 1), (0, 1), (0, 0)])
def test_what_cannot_be_parsed_elsewhere_stays_as_it_is(format: str, flat: int, keyed: int) -> None:
    """Either it is noticed, or the merge is what both sides changed, and no more."""
    unnoticed = 0
    for seed in range(60):
        r = Random(seed)
        parts = entries(format, 60, bool(flat), bool(keyed))
        spot = r.choice([n for n in range(1, 60) if abs(n - 30) > 6])
        at = r.randint(0, len(parts[spot]))
        parts[spot] = parts[spot][:at] + r.choice(SPOTS) + parts[spot][at:]
        base, ours, theirs = neighbours(parts, 30)
        with shortening():
            short = outcome(format, [base, ours, theirs])
        whole = outcome(format, [base, ours, theirs])
        if short != whole:
            assert whole == "git: not-parseable"
            expected = ours[: len("".join(parts[:31])) + 1] + theirs[len("".join(parts[:31])) :]
            assert isinstance(short, tuple) and short[:2] == (True, expected.encode())
            unnoticed += 1
    assert unnoticed or (format, flat) != ("yaml", 1)  # walking notices nearly all of them


@pytest.mark.parametrize("where", [3, 900, 2996])
def test_a_key_that_was_cut_out_is_found_twice(where: str | int) -> None:
    parts = entries("yaml", 3000)
    base, ours, theirs = neighbours(parts, 500)
    ours = ours.replace(parts[500].split(":")[0], parts[int(where)].split(":")[0])
    assert outcome("yaml", [base, ours, theirs]) == "git: not-parseable"


def test_an_item_that_was_cut_out_is_found_twice() -> None:
    parts = entries("yaml", 3000, flat=False)
    base, ours, theirs = neighbours(parts, 500)
    ours = ours.replace("id: v1499\n", "id: v3200\n")
    short = outcome("yaml", [base, ours, theirs])
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(engine, "SHORTEN_FROM", 1 << 60)
        assert short == outcome("yaml", [base, ours, theirs])


RULES = """\
version: 1
seeds:
  - files: "*"
    keys: {{/: {key}}}
    merge:
      - path: {path}
        strategy: {strategy}
"""


PLACES = [("ours", path) for path in ("/1500/n", "/*/n", "/[id=v2499]/n", "/")]
PLACES += [("union", path) for path in ("/*", "/")]


@pytest.mark.parametrize("key", ["id", "n"])
@pytest.mark.parametrize(("strategy", "path"), PLACES)
def test_rules_see_the_whole_list(key: str, path: str, strategy: str) -> None:
    text = RULES.format(key=key, path=path, strategy=strategy)
    rule = parse_rules(text.encode(), "r").match("f.yaml")
    assert rule is not None
    texts = neighbours(entries("yaml", 3000, flat=False), 1500)
    texts[2] = texts[2].replace("  n: 2499\n", "  n: 5\n")
    policy = PolicyOfRules(rule, local=True)
    short = outcome("yaml", texts, policy)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(engine, "SHORTEN_FROM", 1 << 60)
        assert short == outcome("yaml", texts, policy)


def leads_read(count: int, monkeypatch: pytest.MonkeyPatch) -> int:
    """How many entries are looked at to find how a JSON list of so many stands."""
    read = 0
    spreads = render_flow._spreads

    def counted(node: tree.Node) -> bool:
        nonlocal read
        read += len(node.entries)
        return spreads(node)

    with monkeypatch.context() as patch:
        patch.setattr(render_flow, "_spreads", counted)
        patch.setattr(engine, "SHORTEN_FROM", 1 << 60)
        outcome("json", neighbours(entries("json", count), count // 2))
    return read


def test_the_layout_of_a_long_list_is_looked_at_once(monkeypatch: pytest.MonkeyPatch) -> None:
    assert leads_read(400, monkeypatch) < 3 * leads_read(200, monkeypatch)
