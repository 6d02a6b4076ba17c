"""What an attacker may put into an overlay: records and trees, made with git's plumbing."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any

from seedgit.git.stored_record import record_name
from tests.conftest import Repo

REF = "refs/seedgit/overlays/local"


def nested(depth: int, inner: str = "1") -> str:
    return "[" * depth + inner + "]" * depth


def deep(depth: int) -> Any:
    value: Any = 1
    for _ in range(depth):
        value = [value]
    return value


def test_of(path: str, value: Any = 30) -> dict[str, Any]:
    return {"op": "test", "path": path, "value": value}


def over(path: str, value: Any = 5, **more: Any) -> dict[str, Any]:
    return {"op": "add", "path": path, "value": value, **more}


def parked(**more: Any) -> dict[str, Any]:
    absent = {"absent": True}
    entry = {"op": "add", "path": "/x", "value": 1, "seed": absent, "over": absent}
    return {"parked": [{**entry, "reason": "orphaned", **more}]}


def rival(**more: Any) -> dict[str, Any]:
    absent = {"absent": True}
    entry = {"op": "replace", "path": "/timeout", "value": 1, "seed": {"value": 30}, "was": absent}
    return {"rivals": [{**entry, "over": {"value": 30}, **more}]}


def decision(**more: Any) -> dict[str, Any]:
    return {"decisions": [{"path": "/timeout", "choice": "keep-local", **more}]}


ABSENT = {"absent": True}

# Bodies that say something no record says; each is to be a problem of its own seed.
BODIES: dict[str, dict[str, Any]] = {
    "patch-text": {"patch": "x"},
    "patch-map": {"patch": {}},
    "patch-null": {"patch": None},
    "patch-of-text": {"patch": ["x"]},
    "operation-unknown": {"patch": [{"op": "move", "from": "/a", "path": "/b"}]},
    "operation-list": {"patch": [{"op": [], "path": "/b"}]},
    "no-value": {"patch": [{"op": "add", "path": "/b"}]},
    "replace-unpinned": {"patch": [{"op": "replace", "path": "/timeout", "value": 1}]},
    "pointer-number": {"patch": [over(5)]},  # type: ignore[arg-type]
    "pointer-relative": {"patch": [over("x")]},
    "pointer-long": {"patch": [over("/a" * 100_000)]},
    "pointer-huge": {"patch": [over("/" + "a" * 1_000_000)]},
    "whole": {"patch": [test_of("", {}), {"op": "replace", "path": "", "value": {}}]},
    "whole-removed": {"patch": [test_of("", {}), {"op": "remove", "path": ""}]},
    "deep": {"patch": [over("/x", deep(400))]},
    "deep-test": {"patch": [test_of("/x", deep(400)), {"op": "remove", "path": "/x"}]},
    "deep-over": {"patch": [over("/x", over={"value": deep(400)})]},
    "many": {"parked": parked()["parked"] * 6_000},
    "wide": {"patch": [over("/x", [0] * 1_000_000)]},
    "why-number": {"patch": [over("/x", why=5)]},
    "why-map": {"patch": [over("/x", why={"a": 1})]},
    "why-long": {"patch": [over("/x", why="y" * 100_000)]},
    "over-text": {"patch": [over("/x", over="x")]},
    "until-two": {"patch": [over("/x", until={"date": "2999-01-01", "version": "v1"})]},
    "until-code": {"patch": [over("/x", until={"\x1b[2J": 1})]},
    "until-date": {"patch": [over("/x", until={"date": "1\u0662"})]},
    "until-nul": {"patch": [over("/x", until={"version": "v\0"})]},
    "until-surrogate": {"patch": [over("/x", until={"version": "\ud800"})]},
    "until-deep": {"patch": [over("/x", until={"seed-is": deep(300)})]},
    "removed-text": {"removed": "x"},
    "removed-adds": {"removed": [{"op": "add", "path": "/x", "value": 1, "seed": ABSENT}]},
    "was-text": {"was": "flows/one.yaml"},
    "was-map": {"was": [{}]},
    "was-long": {"was": ["x" * 5_000]},
    "was-many": {"was": ["x"] * 6_000},
    "parked-map": {"parked": {}},
    "parked-text": {"parked": ["x"]},
    "parked-escape": parked(reason="\x1b[2J\x1b]0;x\x07"),
    "parked-reason": parked(reason=["orphaned"]),
    "parked-op": parked(op="\x1b[2J"),
    "parked-seed": parked(seed=5),
    "rivals-map": {"rivals": {}},
    "rivals-text": {"rivals": ["x"]},
    "rival-op": rival(op="\x1b[2J"),
    "rival-was": rival(was=5),
    "rival-gone": rival(gone="yes"),
    "rival-by": rival(by=["x"]),
    "rival-on": rival(on="yesterday"),
    "rivals-many": {"rivals": rival()["rivals"] * 6_000},
    "decisions-text": {"decisions": "x"},
    "decision-choice": decision(choice="all"),
    "decision-list": decision(choice=[]),
    "decision-path": decision(path=["x"]),
    "decision-at": decision(at="\x1b[2J"),
    "decision-value": decision(choice="value"),
    "decision-deep": decision(base=deep(300)),
}

# Bodies that a record may have, whatever they are for; no command may end in a traceback for them.
STRANGE: dict[str, dict[str, Any]] = {
    "superscript": {"patch": [over("/steps/²", {"id": "x"})]},
    "arabic": {"patch": [test_of("/steps/١/mode"), over("/steps/١/mode")]},
    "index-long": {"patch": [over("/steps/" + "3" * 5000)]},
    "index-name": {"patch": [over("/steps/x/y")]},
    "index-end": {"patch": [over("/steps/-", {"id": "new"})]},
    "index-past": {"patch": [over("/steps/77", {"id": "new"})]},
    "below-text": {"patch": [over("/name/x/y")]},
    "surrogate": {"patch": [over("/timeout", "\ud800")]},
    "surrogate-key": {"patch": [over("/\udcff")]},
    "surrogate-why": {"patch": [over("/extra", why="\ud800 \udcff")]},
    "surrogate-parked": parked(why="\ud800"),
    "nul": {"patch": [over("/a\0b", "c\0d", why="e\0f")]},
    "number": {"patch": [over("/timeout", 10**4000)]},
    "float": {"patch": [over("/timeout", 1e308)]},
    "was": {"patch": [over("/extra")], "was": ["../x", ".git/config", "\x1b[2J", "\ud800"]},
    "twice": {"patch": [over("/extra", 1), over("/extra", 2), over("/extra/x", 3)]},
    "trailer": {"patch": [over("/extra", why=f"x\n\nUndoes: {'0' * 40}\n")]},
    "until-new": {"patch": [over("/extra", until={"moon": deep(20)})]},
    "until-long-ago": {"patch": [over("/extra", until={"date": "0001-01-01T00:00:00+23:59"})]},
    "parked-new": parked(reason="some-new-code"),
    "parked-yielded": parked(reason="yielded", path="/no/such"),
    "parked-index": parked(reason="yielded", path="/steps/²"),
    "rival-escape": rival(by="\x1b[2J", on="2024-01-01", name="/\x1b[2J", why="\x1b[2J"),
    "rival-index": rival(path="/steps/²", lost=True),
    "rival-end": rival(op="add", path="/steps/-", seed={"absent": True}),
    "rival-below": rival(path="/name/x/y", gone=True),
    "rival-twice": {"rivals": rival()["rivals"] * 2},
    "removed-more": {
        "removed": [{"op": "remove", "path": "/x/y", "seed": ABSENT, "over": {"value": 1}}]
    },
    "decided": decision(why="\x1b[2J", at="/limit"),
    "depth": {"patch": [over("/x", deep(120))]},
    "unknown-member": {"patch": [], "future": deep(50), "\x1b[2J": 1},
}


def entry_of(site: Repo, path: str, body: Mapping[str, Any] | bytes, base: str) -> str:
    """A record's folder, whatever its body says."""
    if isinstance(body, bytes):
        data = body
    else:
        data = json.dumps({"version": 1, "path": path, "base": base, **body}).encode()
    return site.tree({"record.json": site.blob(data), "base": base})


def put_tree(site: Repo, records: str, ref: str = REF) -> str:
    """An overlay whose `records` are this object, on top of what the ref has."""
    return put_root(site, site.tree({"records": records}), ref)


def put_root(site: Repo, tree: str, ref: str = REF, message: str = "x") -> str:
    tip = site("for-each-ref", "--format=%(objectname)", ref)
    parents = ["-p", tip] if tip else []
    commit = site("commit-tree", "-m", message, *parents, tree)
    site("update-ref", ref, commit)
    return commit


def listed(site: Repo, entries: Mapping[str, tuple[str, str]]) -> str:
    """A tree of any names and modes: `entries` has the mode and the id of each."""
    kinds = {"040000": "tree", "160000": "commit"}
    lines = [
        f"{mode} {kinds.get(mode, 'blob')} {id}\t{name}".encode("utf-8", "surrogateescape")
        for name, (mode, id) in entries.items()
    ]
    return site("mktree", "-z", "--missing", stdin=b"\0".join(lines))


def overlaid(site: Repo, bodies: Mapping[str, Mapping[str, Any] | bytes]) -> None:
    """Records beside those the overlay has, one for each seed."""
    base = site("rev-parse", "HEAD:flows/wiki.yaml")
    old = site("ls-tree", f"{REF}:records").splitlines()
    entries = {line.partition("\t")[2]: line.split()[2] for line in old}
    for path, body in bodies.items():
        entries[record_name(path)] = entry_of(site, path, body, base)
    put_tree(site, site.tree(entries))
