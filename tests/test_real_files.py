"""Real files: overlays through many versions, the YAML test suite, and no byte changed."""

from __future__ import annotations

from typing import Any

import pytest
import yaml
from ruamel.yaml import YAML

from seedgit import codes
from seedgit.errors import InvalidDocument
from seedgit.formats.document import Document
from seedgit.formats.yaml import FORMAT
from seedgit.overlay.edit import set_value
from seedgit.overlay.patch import effective_value
from seedgit.overlay.rebase import rebase
from seedgit.overlay.record import Record
from seedgit.values.value import Key, Opaque, same
from tests.real import DATA, HERE, charts

CHARTS = charts()


def versions(chart: str) -> list[Document]:
    return [Document.parse(path.read_bytes(), "values.yaml") for path in CHARTS[chart]]


def leaves(value: Any, at: tuple[str, ...] = ()) -> list[tuple[str, ...]]:
    if isinstance(value, dict) and value:
        return [t for key, item in value.items() for t in leaves(item, (*at, key))]
    return [at]


@pytest.mark.parametrize("chart", CHARTS)
def test_upgrades_one_by_one_and_in_one_leap(chart: str) -> None:
    documents = versions(chart)
    first, last = documents[0].value, documents[-1].value
    every = leaves(first)
    places = every[:: max(1, len(every) // 20)][:20]
    assert len(places) >= 10
    record = Record("values.yaml", "0" * 40)
    for number, tokens in enumerate(places):
        record = set_value(record, first, tokens, f"site-{number}")
    overrides, parked, value = record.overrides, record.parked, first
    for document in documents[1:]:
        step = rebase(overrides, value, document.value, parked=parked)
        overrides, parked, value = step.overrides, step.parked, document.value
    leap = rebase(record.overrides, first, last)
    assert same(effective_value(overrides, last), effective_value(leap.overrides, last))
    kept = [o.override.value for o in leap.outcomes]
    assert sorted(kept) == sorted(f"site-{number}" for number in range(len(places)))
    assert any(o.status in (codes.UNCHANGED, codes.MOVED) for o in leap.outcomes)


@pytest.mark.parametrize("chart", CHARTS)
def test_overrides_are_written_into_real_files_line_by_line(chart: str) -> None:
    document = versions(chart)[-1]
    scalars = [t for t in leaves(document.value) if t]
    for tokens in scalars[:: max(1, len(scalars) // 8)]:
        patch = [{"op": "replace", "path": _pointer(tokens), "value": "site"}]
        after = document.apply(patch)
        old, new = document.text.split("\n"), after.text.split("\n")
        kept = set(new)
        assert sum(line not in kept for line in old) <= 1 or len(old) != len(new)


def _pointer(tokens: tuple[str, ...]) -> str:
    return "".join("/" + t.replace("~", "~0").replace("/", "~1") for t in tokens)


SUITE = sorted((DATA / "conformance" / "yaml-test-suite" / "src").glob("*.yaml"))


def cases() -> list[tuple[str, str, bool]]:
    """(name, text, whether it is bad): the documents here, and the suite where it is at hand."""
    found = [(path.stem, path.read_text(), False) for path in sorted(HERE.rglob("*.yaml"))]
    for path in SUITE:
        for number, case in enumerate(yaml.safe_load(path.read_text())):
            text = case.get("yaml")
            if text is None or case.get("skip"):
                continue
            for sign, meant in (("␣", " "), ("»", "\t"), ("—", ""), ("←", "\r"), ("⇔", "\ufeff")):
                text = text.replace(sign, meant)
            text = text.replace("↵", "").replace("∎\n", "")
            found.append((f"{path.stem}-{number}", text, bool(case.get("fail"))))
    return found


def test_yaml_means_what_another_reader_says() -> None:
    """Every document gives a tree that is the text, or a clean error; meaning is ruamel.yaml's."""
    counts = {"same": 0, "refused": 0, "lax": 0, "invalid": 0}
    differing = set()
    for name, text, bad in cases():
        text = text.removeprefix("\ufeff")
        try:
            root = FORMAT.parse(text, name)
        except InvalidDocument as error:
            assert error.where == name
            counts["invalid" if bad else "refused"] += 1
            continue
        assert Document.parse(text.encode(), "f.yaml").apply([]).text == text
        if bad:
            counts["lax"] += 1
            continue
        wanted = oracle(text)
        if wanted is None or loosely(root.value) == wanted:
            counts["same"] += 1
        else:
            differing.add(name)
    # libyaml is of YAML 1.1: what it refuses of 1.2, or lets pass, may only become less.
    assert counts["refused"] <= REFUSED
    assert counts["lax"] <= LAX
    known = {name for names in DIFFERS.values() for name in names}
    assert differing == known & {name for name, _, _ in cases()}
    assert counts["same"] >= (150 if SUITE else len(cases()) - len(differing))


REFUSED, LAX = 54, 16

# Where the oracle's Python value has another form than ours, or the other reader is wrong.
DIFFERS = {
    "keys that are no scalars: kept whole, as pairs": (
        "6BFJ-0", "6PBE-0", "KK5P-0", "LX3P-0", "M5DY-0", "RZP5-0", "SBG9-0", "XW4D-0",
        "26DV-0", "E76Z-0",
    ),
    "!!set, !!omap, !!binary, !!timestamp: kept as text, with the tag": (
        "2XXW-0", "J7PZ-0", "565N-0", "RZT7-0",
    ),
    "`! 12` is a string to the specification, a number to the oracle": ("S4JQ-0",),
    "an anchor's name ends at a colon for libyaml": ("Y2GN-0",),
    "a stream of directives alone": ("UKK6-2",),
    "`<<` is a key like others": ("compose", "flow"),
}  # fmt: skip


def oracle(text: str) -> Any:
    """What ruamel.yaml says, as text; None where it cannot."""
    try:
        documents = list(YAML(typ="safe", pure=True).load_all(text))
    except Exception:
        return None
    value = documents[0] if len(documents) == 1 else documents
    return loosely(value if documents else None)


def loosely(value: Any) -> str:
    """A value with what JSON cannot express, and dates, as their text."""
    if isinstance(value, dict):
        return str(sorted((loosely_key(k), loosely(v)) for k, v in value.items()))
    if isinstance(value, (list, tuple)):
        return str([loosely(v) for v in value])
    if isinstance(value, Opaque):
        return loosely(value.content)
    return repr(value)


def loosely_key(key: Any) -> str:
    if isinstance(key, Key) or not isinstance(key, str):
        return str(key).lower().replace("none", "null")
    return key.lower()
