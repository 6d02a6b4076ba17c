"""The certifier: right merges are never refuted, wrong ones are never proven."""

from __future__ import annotations

import ast
import functools
import json
from collections import Counter
from collections.abc import Iterator
from pathlib import Path
from random import Random

import pytest

from seedgit.certify import reading as readers
from seedgit.certify.check import check
from seedgit.certify.tree import Keyed, Node, ReadText, Scalar, Sequenced, Unreadable
from seedgit.codes import PROVEN, REFUTED, UNDECIDED
from seedgit.operations import certify as operation
from seedgit.operations.certify import as_data, certify
from tests.conftest import Repo
from tests.site import FLOW, PATH, package, seedgit
from tests.test_cases import WITHOUT_RULES
from tests.test_cases import read as version

read = functools.cache(readers.read)
PACKAGE = Path(readers.__file__).parent
MARKER = b"<<<<<<<"
Four = tuple[ReadText, ReadText, ReadText, ReadText]


def merges() -> Iterator[tuple[str, str, list[bytes]]]:
    """Each clean merge of tests/cases: its name, its file's name, its versions and its result."""
    for case in WITHOUT_RULES:
        texts = [version(case, each) or b"" for each in ("base", "ours", "theirs", "expected")]
        if MARKER not in texts[3]:
            name = next(iter(sorted(case.glob("ours.*")))).name
            yield case.name, name, texts


@pytest.fixture(autouse=True)
def read_once(monkeypatch: pytest.MonkeyPatch) -> None:
    """Each text is parsed once for all the tests here."""
    monkeypatch.setattr(operation, "read", read)


def test_it_shares_no_code_with_the_merge() -> None:
    for path in PACKAGE.glob("*.py"):
        for node in ast.walk(ast.parse(path.read_text())):
            names = [a.name for a in node.names] if isinstance(node, ast.Import) else []
            names += [str(node.module)] if isinstance(node, ast.ImportFrom) else []
            own = [name for name in names if name.startswith("seedgit")]
            assert all(name.startswith(("seedgit.certify", "seedgit.codes")) for name in own), path
            assert "yaml" not in names, path  # the parser of formats/yaml


def test_no_right_merge_is_refuted() -> None:
    found = Counter()
    for name, file, texts in merges():
        done = certify(file, texts)
        assert done.verdict != REFUTED, (name, done.objections)
        found[done.verdict] += 1
    assert found[PROVEN] > 4 * found[UNDECIDED]


def test_one_side_alone_is_proven() -> None:
    for name, file, (base, ours, _, _) in merges():
        if base and (done := certify(file, [base, ours, base, ours])).verdict != PROVEN:
            reason = done.objections[0].reason
            assert "cannot be read" in reason or "numbers of documents" in reason, name


# -- wrong results ---------------------------------------------------------------------------------


def paths(node: Node, at: tuple[int, ...] = ()) -> Iterator[tuple[tuple[int, ...], Node]]:
    yield at, node
    for number, child in enumerate(children(node)):
        yield from paths(child[1], (*at, number))


def children(node: Node) -> list[tuple[str, Node]]:
    if isinstance(node, Keyed):
        return list(node.entries)
    return [("", item) for item in node.items] if isinstance(node, Sequenced) else []


def with_children(node: Node, found: list[tuple[str, Node]]) -> Node:
    if isinstance(node, Keyed):
        return Keyed(tuple(found), node.mark)
    assert isinstance(node, Sequenced)
    return Sequenced(tuple(held for _, held in found), node.mark)


def changed(node: Node, at: tuple[int, ...], random: Random, how: str) -> Node:
    """The node with one thing wrong at a place."""
    if at:
        found = children(node)
        key, held = found[at[0]]
        found[at[0]] = key, changed(held, at[1:], random, how)
        return with_children(node, found)
    if how == "anchor":
        return node._replace(mark=f"{node.mark}&other")
    if isinstance(node, Scalar):
        other = {"value": node.text + "x", "type": node.text}[how]
        return Scalar(
            "str" if how == "type" and node.kind != "str" else node.kind, other, node.mark
        )
    found = children(node)
    place = random.randrange(len(found))
    if how == "lost":
        del found[place]
    elif how == "doubled":
        key, held = found[place]
        found.insert(random.randrange(len(found) + 1), (f"{key}-2", held))
    elif how == "moved":
        found.insert(random.randrange(len(found)), found.pop(place))
    else:
        other = random.randrange(len(found))
        found[place], found[other] = found[other], found[place]
    return with_children(node, found)


def order_allowed(result: Node, sides: tuple[Node, ...], at: tuple[int, ...]) -> bool:
    """Whether each side that has this container has its entries in this order: then it is right."""
    names: list[list[str]] = []
    for node in (result, *sides):
        for number in at:
            inside = children(node)
            if number >= len(inside):
                return False
            node = inside[number][1]
        names.append([key or repr(held) for key, held in children(node)])
    first, *others = names
    return all([n for n in first if n in o] == [n for n in o if n in first] for o in others)


MUTANTS = 2000
LEAVES, CONTAINERS = ("value", "type"), ("lost", "doubled", "moved", "swapped")


def test_no_wrong_result_is_proven() -> None:
    """A value changed, an entry lost, doubled, moved, two swapped, an anchor or a type changed, a
    comment lost: each in a merge that is right."""
    known: list[tuple[str, Four]] = []
    for name, file, texts in merges():
        try:
            four = tuple(read(file, text) for text in texts)
        except Unreadable:
            continue
        if four[3].documents and check(*four).verdict == PROVEN:
            known.append((name, four))  # type: ignore[arg-type]
    random, tried = Random(1), Counter()
    for _ in range(MUTANTS):
        name, (base, ours, theirs, right) = random.choice(known)
        if random.random() < 0.1 and right.comments:
            comments = right.comments.copy()
            comments.subtract([random.choice(sorted(comments))])
            how, wrong = "comment", ReadText(right.documents, +comments)
        else:
            document = right.documents[0]
            at, node = random.choice([*paths(document)])
            how = random.choice(("anchor", *(CONTAINERS if children(node) else LEAVES)))
            if how in LEAVES and not isinstance(node, Scalar):
                continue
            made = changed(document, at, random, how)
            sides = (ours.documents[0], theirs.documents[0])
            if made == document or (how in ("moved", "swapped") and order_allowed(made, sides, at)):
                continue
            wrong = ReadText((made, *right.documents[1:]), right.comments)
        tried[how] += 1
        done = check(base, ours, theirs, wrong)
        assert done.verdict != PROVEN, (name, how, wrong)
    assert min(tried.values()) > 50 and len(tried) == 8, tried


# -- what it says ----------------------------------------------------------------------------------

YAML = ["a: 1\nb: 2\n", "a: 2\nb: 2\n", "a: 1\nb: 3\n", "a: 2\nb: 3\n"]


@pytest.mark.parametrize(
    ("name", "texts", "verdict", "where"),
    [
        ("x.yaml", YAML, PROVEN, []),
        ("x.yaml", [*YAML[:3], "a: 2\nb: 2\n"], REFUTED, ["/b"]),
        ("x.yaml", [*YAML[:3], 'a: "2"\nb: 3\n'], REFUTED, ["/a"]),
        ("x.yaml", [*YAML[:3], "a: 2\nb: 3\nc: 1\n"], REFUTED, ["/c"]),
        ("x.yaml", [*YAML[:3], "b: 3\na: 2\n"], REFUTED, [""]),
        ("x.yaml", ["a: 1\n", "a: 2\n", "a: 3\n", "a: 2\n"], UNDECIDED, ["/a"]),
        ("x.yaml", ["a: 1\n", "a: 2\n", "a: 3\n", "a: 4\n"], REFUTED, ["/a"]),
        ("x.yaml", ["a: 1 # why\n", "a: 1 # why\n", "a: 2 # why\n", "a: 2\n"], REFUTED, [""]),
        ("x.yaml", ["a: &x 1\n", "a: &x 1\n", "a: &x 2\n", "a: &y 2\n"], REFUTED, ["/a"]),
        ("x.yaml", ["a: [", "a: 1\n", "a: 1\n", "a: 1\n"], UNDECIDED, [""]),
        ("x.yaml", ["a: 1\na: 2\n", "a: 1\n", "a: 1\n", "a: 1\n"], UNDECIDED, [""]),
        ("x.ini", ["a=1\n"] * 4, UNDECIDED, [""]),
        ("x.jsonc", ['{"a": 1, // x\n}', '{"a": 2, // x\n}', '{"a": 1}', '{"a": 2}'], PROVEN, []),
        ("x.json", ['{"a": 1}', '{"a": 1.0}', '{"a": 1}', '{"a": 1}'], REFUTED, ["/a"]),
        ("x.toml", ["a = 1 # x\n"] * 3 + ["a = 1\n"], REFUTED, [""]),
        ("x.toml", ["[t]\na = 1\n", "[t]\na = 2\n", "[t]\na = 1\nb = 1\n", "[t]\na = 2\nb = 1\n"],
         PROVEN, []),
    ],
)  # fmt: skip
def test_verdicts(name: str, texts: list[str], verdict: str, where: list[str]) -> None:
    done = as_data(certify(name, [text.encode() for text in texts]))
    assert (done["verdict"], [each["pointer"] for each in done["objections"]]) == (verdict, where)


def test_the_command(tmp_path: Path, repo: Repo) -> None:
    for name, text in zip(("base", "ours", "theirs", "result.yaml"), YAML, strict=True):
        (tmp_path / name).write_text(text)
    words = ["certify", *(str(tmp_path / n) for n in ("base", "ours", "theirs", "result.yaml"))]
    assert seedgit(repo, *words) == (0, "PROVEN\n", "")
    (tmp_path / "result.yaml").write_text("a: 2\nb: 2\n")
    said = seedgit(repo, *words)
    assert said.status == 1
    assert said.out == "REFUTED\n  REFUTED /b: one side's change is not in the result\n"
    assert json.loads(seedgit(repo, *words, "--json").out)["verdict"] == REFUTED
    said = seedgit(repo, *words, "--path", "x.conf")
    assert said.status == 0 and "no second parser" in said.out
    assert seedgit(repo, *words, "--path", "x.conf", "--strict").status == 1
    said = seedgit(repo, *words[:-1], "nowhere")
    assert said.status == 3 and "nowhere" in said.err and "Traceback" not in said.err


def test_verify_asks_it(repo: Repo, monkeypatch: pytest.MonkeyPatch) -> None:
    package(repo)
    assert seedgit(repo, "init").status == 0
    repo("checkout", "-q", "-b", "upstream")
    repo.write({PATH: FLOW.replace("timeout: 30", "timeout: 60")})
    repo("commit", "-qam", "v2", "--no-verify")
    repo("checkout", "-q", "main")
    repo.write({PATH: FLOW.replace("model: small", "model: large")})
    repo("commit", "-qam", "ours", "--no-verify")
    repo("merge", "-q", "--no-edit", "upstream")
    said = seedgit(repo, "verify", "--certify")
    assert said.status == 0, said.out
    wrong = ["a: 1\n", "a: 2\n", "a: 1\n", "a: 1\n"]
    broken = certify("x.yaml", [text.encode() for text in wrong])
    monkeypatch.setattr(
        "seedgit.operations.verify.committed_merge.certify", lambda path, versions: broken
    )
    said = seedgit(repo, "verify", "--certify")
    assert said.status == 1 and "(refuted)" in said.out
