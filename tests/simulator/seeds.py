"""Upstream: its documents, how a release changes them, and what they look like as texts."""

from __future__ import annotations

import copy
import json
from typing import Any, NamedTuple

from tests.documents import text_of
from tests.simulator.history import Step

RULES = """\
version: 1
seeds:
  - files: "flows/**"
    keys: {/steps: id}
    overlay:
      - path: /steps/*/mode
      - path: /steps/*/max_items
        on-seed-change: review
      - path: /paused
      - path: /limit
        on-seed-change: yield
"""
DOCUMENT: dict[str, Any] = {
    "name": "flow",
    "timeout": 30,
    "model": "small",
    "paused": 0,
    "limit": 5,
    "steps": [
        {"id": "fetch", "mode": 1, "max_items": 50},
        {"id": "rank", "mode": 1, "max_items": 20},
    ],
    "about": {"owner": "package", "license": "MIT", "homepage": "https://flows.example"},
}
PATHS = {
    "wiki": ("flows/wiki.yaml", "flows/team/wiki.yaml", "flows/wiki.yml"),
    "one": ("flows/one.json", "flows/team/one.json", "pipelines/flows/one.json"),
}
KINDS = ("value", "value", "reorder", "reindent", "delete", "restore", "rename", "remove", "add")


class Seed(NamedTuple):
    """One document of a release: where it is, what it holds, and how it is laid out."""

    path: str
    value: dict[str, Any]
    indent: int = 2

    @property
    def text(self) -> bytes:
        kind = "json" if self.path.endswith("json") else "yaml"
        if kind == "json":
            return (json.dumps(self.value, indent=self.indent) + "\n").encode()
        lines = text_of(self.value, kind).decode().splitlines(keepends=True)
        return "".join(_indented(line, self.indent) for line in lines).encode()


def _indented(line: str, indent: int) -> str:
    """A line of YAML that is indented by two, indented otherwise."""
    rest = line.lstrip(" ")
    if rest.startswith("- "):
        rest = f"-{' ' * (indent - 1)}{rest[2:]}"
    return " " * ((len(line) - len(line.lstrip(" "))) // 2 * indent) + rest


Release = dict[str, Seed]


def first() -> Release:
    return {name: Seed(paths[0], copy.deepcopy(DOCUMENT)) for name, paths in PATHS.items()}


def released(last: Release, step: Step) -> Release:
    """The next release: one document is another one."""
    release, name = dict(last), step.file
    kind = step.of(KINDS)
    seed = release.get(name)
    if seed is None:
        release[name] = first()[name]
        return release
    value = copy.deepcopy(seed.value)
    if kind == "rename":
        paths = [path for path in PATHS[name][:2] if path != seed.path]
        release[name] = seed._replace(path=paths[0])
    elif kind == "remove":
        del release[name]
    elif kind == "reindent":
        release[name] = seed._replace(indent=6 - seed.indent)
    else:
        _changed(value, kind, step)
        release[name] = seed._replace(value=value)
    return release


def _changed(value: dict[str, Any], kind: str, step: Step) -> None:
    number = 100 + step.number
    steps = value.setdefault("steps", [])
    if kind == "reorder":
        steps.reverse()
        value["timeout"] = value.pop("timeout", number)
    elif kind == "add":
        steps.insert(int(step.other * (len(steps) + 1)), {"id": f"new{number}", "mode": number})
    elif kind == "restore":
        for key, whole in DOCUMENT.items():
            value.setdefault(key, copy.deepcopy(whole))
        there = {item["id"] for item in steps}
        steps += [copy.deepcopy(i) for i in DOCUMENT["steps"] if i["id"] not in there]
    else:
        holder, key = _place(value, step.place)
        if holder is None:
            return
        if kind == "value":
            holder[key] = number
        elif step.other < 0.3 and step.place[0] == "steps":
            steps.remove(holder)
        else:
            holder.pop(key, None)


def _place(value: dict[str, Any], place: tuple[str, ...]) -> tuple[dict[str, Any] | None, str]:
    if len(place) == 1:
        return value, place[0]
    found = next((item for item in value["steps"] if item["id"] == place[1]), None)
    return found, place[2]


def imported(releases: list[Release]) -> bytes:
    """The releases as commits of `refs/heads/main`, for git-fast-import(1)."""
    out = []
    for number, release in enumerate(releases):
        who = f"Up <up@example.com> {1700000000 + number} +0000"
        out.append(f"commit refs/heads/main\nmark :{number + 1}\ncommitter {who}\n".encode())
        out.append(_data(b"v%d" % number) + b"deleteall\n")
        files = {".seedgit.yaml": RULES.encode()}
        files |= {seed.path: seed.text for seed in release.values()}
        for path, text in files.items():
            out.append(f"M 100644 inline {path}\n".encode() + _data(text))
    return b"".join(out) + b"done\n"


def _data(text: bytes) -> bytes:
    return b"data %d\n%s\n" % (len(text), text)
