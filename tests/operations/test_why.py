"""Whose a value is, and since when: asked of real history."""

from __future__ import annotations

from typing import Any

import pytest

from seedgit.operations.blame import blame
from seedgit.operations.workspace import Workspace
from tests.conftest import Repo
from tests.site import FLOW, PATH, data, package, seedgit

MODE = "/steps/[id=fetch]/mode"


def by(site: Repo, name: str, date: str, *words: str) -> str:
    """A command of someone's; returns the overlay's commit after it."""
    env = {"GIT_AUTHOR_NAME": name, "GIT_AUTHOR_DATE": date}
    said = seedgit(site, *words, env=env)
    assert said.status == 0, said.err
    return site("rev-parse", "refs/seedgit/overlays/local")


def ana(site: Repo, *words: str) -> str:
    return by(site, "Ana", "2025-01-02T03:04:05+0200", *words)


def ben(site: Repo, *words: str) -> str:
    return by(site, "Ben", "2025-02-03T04:05:06+0000", *words)


def why(site: Repo, pointer: str, path: str = PATH) -> Any:
    (found,) = data(site, "why", path, pointer)
    return found


def setter(site: Repo, pointer: str, path: str = PATH) -> Any:
    (held,) = why(site, pointer, path)["overrides"]
    return held["commit"], held["author"], held["date"]


def test_an_override_is_told_with_who_when_and_why(site: Repo) -> None:
    commit = ana(site, "set", PATH, MODE, "drain", "--why", "burn-in")
    ben(site, "set", PATH, "/paused", "true")
    first = site("rev-parse", "HEAD")
    assert why(site, MODE) == {
        "path": PATH,
        "pointer": "/steps/0/mode",
        "value": "drain",
        "layer": "overlay",
        "overlay": "local",
        "overrides": [
            {
                "overlay": "local",
                "pointer": "/steps/0/mode",
                "status": "in-effect",
                "parked": False,
                "op": "replace",
                "value": "drain",
                "why": "burn-in",
                "until": None,
                "expired": False,
                "commit": commit,
                "author": "Ana",
                "email": "sam@site.example",
                "date": "2025-01-02 03:04:05+02:00",
            }
        ],
        "seed": {
            "value": "live",
            "line": 9,
            "commit": first,
            "author": "Sam Site",
            "email": "sam@site.example",
            "date": "2024-05-06 07:08:09+00:00",
            "subject": "v1",
        },
        "without": [{"overlay": "local", "value": "live"}],
    }
    text = seedgit(site, "why", PATH, MODE).out
    for said in ('"drain"', "overlay local", "Ana", "burn-in", "line 9", first[:12], "v1"):
        assert said in text


def test_a_value_of_the_seed_is_its_commits(upstream: Repo, site: Repo) -> None:
    second = upstream.commit({PATH: FLOW.replace("timeout: 30", "timeout: 60")}, "slower")
    site("pull", "--quiet", "--ff-only")
    found = why(site, "/timeout")
    assert (found["layer"], found["value"], found["overrides"]) == ("seed", 60, [])
    assert (found["seed"]["commit"], found["seed"]["subject"]) == (second, "slower")
    assert why(site, "/model")["seed"]["commit"] != second
    site.write({PATH: FLOW.replace("timeout: 30", "timeout: 90")})
    assert why(site, "/timeout")["seed"] == {"value": 90, "line": 3, "commit": None}
    assert "not committed yet" in seedgit(site, "why", PATH, "/timeout").out


def test_the_newest_line_of_a_long_value_counts(upstream: Repo, site: Repo) -> None:
    upstream.commit({"flows/p.yaml": "prompt: |\n  one\n  two\n  three\nlast: 1\n"}, "prompt")
    newest = upstream.commit(
        {"flows/p.yaml": "prompt: |\n  one\n  2\n  three\nlast: 1\n"}, "reworded"
    )
    upstream.commit({"flows/p.yaml": "prompt: |\n  one\n  2\n  three\nlast: 2\n"}, "last")
    site("pull", "--quiet", "--ff-only")
    found = why(site, "/prompt", "flows/p.yaml")
    assert (found["seed"]["line"], found["seed"]["commit"]) == (1, newest)


def test_who_set_it_is_known_after_a_rebase_a_rename_and_an_undo(
    upstream: Repo, site: Repo
) -> None:
    commit = ana(site, "set", PATH, "/steps/[id=rank]/mode", "drain", "--why", "burn-in")
    made = (commit, "Ana", "2025-01-02 03:04:05+02:00")
    upstream("mv", PATH, "flows/renamed.yaml")
    new = FLOW.replace("steps:\n", "steps:\n  - id: new\n    mode: live\n")
    upstream.commit({"flows/renamed.yaml": new}, "v2")
    site("pull", "--quiet", "--ff-only")
    for _ in ("derived", "stored"):
        assert setter(site, "/steps/[id=rank]/mode", "flows/renamed.yaml") == made
        ben(site, "rebase")
    ben(site, "set", "flows/renamed.yaml", "/steps/[id=rank]/mode", "off")
    assert setter(site, "/steps/[id=rank]/mode", "flows/renamed.yaml")[1] == "Ben"
    ben(site, "undo")
    assert setter(site, "/steps/[id=rank]/mode", "flows/renamed.yaml") == made
    ben(site, "set", "flows/renamed.yaml", "/paused", "true")
    assert setter(site, "/steps/[id=rank]/mode", "flows/renamed.yaml") == made


def test_setting_it_again_counts_even_to_the_same_value(site: Repo) -> None:
    ana(site, "set", PATH, MODE, "drain", "--why", "burn-in")
    ben(site, "set", PATH, MODE, "drain", "--why", "still")
    assert setter(site, MODE)[1] == "Ben"


def test_what_was_pulled_is_the_other_sites(make_repo: Any) -> None:
    hub = make_repo("hub", "--bare")
    one = package(make_repo("one"))
    one("remote", "add", "origin", f"file://{hub.path}")
    one("push", "--quiet", "-u", "origin", "main")
    two = hub.clone("two")
    commit = ana(one, "set", PATH, "/paused", "true", "--why", "migration")
    assert seedgit(one, "push").status == 0
    ben(two, "set", PATH, "/limit", "1")
    assert seedgit(two, "pull", "--join").status == 0
    assert setter(two, "/paused") == (commit, "Ana", "2025-01-02 03:04:05+02:00")
    assert setter(two, "/limit")[1] == "Ben"


def test_each_layer_says_what_it_would_be_without(site: Repo) -> None:
    ana(site, "set", PATH, MODE, "drain", "--why", "below")
    site("config", "seedgit.overlay", "local")
    site("config", "--add", "seedgit.overlay", "night")
    said = seedgit(site, "set", PATH, MODE, "stop", "--why", "above")
    assert said.status == 0
    found = why(site, MODE)
    assert (found["value"], found["overlay"]) == ("stop", "night")
    held = [(h["overlay"], h["status"], h["why"]) for h in found["overrides"]]
    assert held == [("local", "covered", "below"), ("night", "in-effect", "above")]
    assert found["without"] == [
        {"overlay": "local", "value": "stop"},
        {"overlay": "night", "value": "drain"},
    ]


def test_what_is_absent_added_or_held_by_a_container(site: Repo) -> None:
    ana(site, "set", PATH, "/limit", "--delete", "--why", "no limit")
    found = why(site, "/limit")
    assert "value" not in found
    assert (found["overlay"], found["seed"]["value"]) == ("local", 5)
    assert found["without"] == [{"overlay": "local", "value": 5}]
    ana(site, "set", PATH, "/steps/-", '{"id": "mine", "mode": "x"}', "--why", "ours")
    found = why(site, "/steps/[id=mine]/mode")
    assert (found["pointer"], found["value"], found["overlay"]) == ("/steps/2/mode", "x", "local")
    assert "value" not in found["seed"]
    assert found["without"] == [{"overlay": "local"}]
    assert [place["value"] for place in data(site, "why", PATH, "/steps/*/mode")] == [
        "live",
        "live",
        "x",
    ]
    found = why(site, "/steps")
    assert (found["layer"], len(found["overrides"])) == ("seed", 1)
    ana(site, "set", PATH, "/steps/0", '{"id": "fetch", "mode": "a"}')
    found = why(site, "/steps/0/mode")
    assert (found["value"], found["overlay"]) == ("a", "local")
    assert found["overrides"][0]["pointer"] == "/steps/0"


def test_an_orphaned_and_a_yielded_override_are_explained(upstream: Repo, site: Repo) -> None:
    commit = ana(site, "set", PATH, "/steps/[id=rank]/mode", "drain", "--why", "burn-in")
    ana(site, "set", PATH, "/limit", "1")
    new = FLOW.replace("  - id: rank\n    mode: live\n", "").replace("limit: 5", "limit: 9")
    upstream.commit({PATH: new}, "v2")
    site("pull", "--quiet", "--ff-only")
    for _ in ("derived", "stored"):
        found = why(site, "/steps/1/mode")
        assert "value" not in found
        assert [(h["status"], h["commit"]) for h in found["overrides"]] == [("orphaned", commit)]
        found = why(site, "/limit")
        assert (found["value"], found["layer"]) == (9, "seed")
        assert [(h["status"], h["value"]) for h in found["overrides"]] == [("yielded", 1)]
        ben(site, "rebase")


def test_it_says_when_an_override_has_expired(upstream: Repo, site: Repo) -> None:
    ana(site, "set", PATH, "/paused", "true", "--until-version", "v2")
    assert why(site, "/paused")["overrides"][0]["expired"] is False
    upstream.commit({"README": "2"}, "v2")
    upstream("tag", "v2")
    site("pull", "--quiet", "--ff-only")
    held = why(site, "/paused")["overrides"][0]
    assert (held["until"], held["expired"]) == ({"version": "v2"}, True)
    assert "until v2: expired" in seedgit(site, "why", PATH, "/paused").out


def test_a_name_that_is_nothing_says_what_came_close(site: Repo) -> None:
    said = seedgit(site, "why", PATH, "/steps/[id=fetsch]/mode")
    assert said.status == 2
    assert "[id=fetch]" in said.err


def test_a_shallow_clone_says_where_its_history_ends(upstream: Repo) -> None:
    upstream.commit({PATH: FLOW.replace("limit: 5", "limit: 6")}, "v1.1")
    site = upstream.clone("shallow", "--depth=1")
    assert why(site, "/timeout")["seed"]["earlier"] is True


# -- blame ---------------------------------------------------------------------------------------


def fronts(site: Repo, path: str = PATH) -> dict[str, str]:
    """The first column by the line it is in front of."""
    found = {}
    for line in data(site, "blame", path):
        front = line["layer"] if line["layer"] == "seed" else f"overlay:{line['overlay']}"
        found[line["text"].strip()] = f"{front} {line['commit'][:7]}"
    return found


def test_blame_is_the_effective_file_with_a_column_in_front(upstream: Repo, site: Repo) -> None:
    first = site("rev-parse", "HEAD")
    second = upstream.commit({PATH: FLOW.replace("timeout: 30", "timeout: 60")}, "slower")
    site("pull", "--quiet", "--ff-only")
    mode = ana(site, "set", PATH, MODE, "drain", "--why", "burn-in")
    extra = ben(site, "set", PATH, "/steps/-", '{"id": "mine", "mode": "x"}')
    out = seedgit(site, "blame", PATH).out.splitlines()
    rendered = seedgit(site, "render", PATH).out.splitlines()
    width = len("overlay:local Ana 2025-01-02")
    assert [line[width + 2 :] for line in out] == rendered
    assert out[0] == f"seed {first[:12]}".ljust(width) + "  # A flow."
    assert out[8] == "overlay:local Ana 2025-01-02      mode: drain"
    assert fronts(site) == {
        "# A flow.": f"seed {first[:7]}",
        "name: wiki": f"seed {first[:7]}",
        "timeout: 60": f"seed {second[:7]}",
        "model: small": f"seed {first[:7]}",
        "paused: false": f"seed {first[:7]}",
        "limit: 5": f"seed {first[:7]}",
        "steps:": f"seed {first[:7]}",
        "- id: fetch": f"seed {first[:7]}",
        "mode: drain": f"overlay:local {mode[:7]}",
        "max_items: 50": f"seed {first[:7]}",
        "- id: rank": f"seed {first[:7]}",
        "mode: live": f"seed {first[:7]}",
        "- id: mine": f"overlay:local {extra[:7]}",
        "mode: x": f"overlay:local {extra[:7]}",
    }


CASES = {
    "flows/a.json": (
        '{\n  "a": 1,\n  "b": [\n    1\n  ]\n}\n',
        [("/c", "2"), ("/b/-", "9")],
        {'"c": 2': "overlay", '"a": 1,': "seed", "9": "overlay", "1,": "seed"},
    ),
    "flows/a.toml": (
        'a = 1\n\n[t]\nx = "one"\ny = 2\n',
        [("/t/x", "two"), ("/t/z", "3")],
        {"a = 1": "seed", 'x = "two"': "overlay", "z = 3": "overlay", "[t]": "seed"},
    ),
    "flows/a.yaml": (
        "a: {x: 1, y: 2}\nb: 1\nc:\n  - 1\n",
        [("/a/x", "5"), ("/c/0", "2")],
        {"a: {x: 5, y: 2}": "overlay", "b: 1": "seed", "c:": "seed", "- 2": "overlay"},
    ),
}


@pytest.mark.parametrize("path", CASES)
def test_blame_of_every_format(site: Repo, path: str) -> None:
    text, overrides, expected = CASES[path]
    site.commit({path: text}, "more")
    for pointer, value in overrides:
        assert seedgit(site, "set", "--new", path, pointer, value).status == 0
    lines = blame(Workspace.open(str(site.path)), path)
    assert "\n".join(line.text for line in lines) + "\n" == seedgit(site, "render", path).out
    found = {line.text.strip(): "overlay" if line.overlay else "seed" for line in lines}
    assert {text: found.get(text) for text in expected} == expected
    assert all(line.commit if line.overlay else line.blamed for line in lines)


def test_a_line_something_was_taken_out_of_is_the_overlays(site: Repo) -> None:
    site.commit({"flows/a.yaml": "a: {x: 1, y: 2}\nb: 1\n"}, "more")
    commit = ana(site, "set", "flows/a.yaml", "/a/x", "--delete")
    assert fronts(site, "flows/a.yaml")["a: {y: 2}"] == f"overlay:local {commit[:7]}"


def test_blame_knows_lines_whatever_ends_them(site: Repo) -> None:
    site.commit({"flows/a.yaml": b"\xef\xbb\xbfa: 1\r\nb: 2\r\n"}, "more")
    ana(site, "set", "flows/a.yaml", "/b", "3")
    lines = seedgit(site, "blame", "flows/a.yaml").out.splitlines()
    assert [line.split("  ")[-1].strip() for line in lines] == ["a: 1", "b: 3"]
    assert [line.split()[0] for line in lines] == ["seed", "overlay:local"]


def test_blame_of_a_file_that_is_not_committed(site: Repo) -> None:
    site.write({"flows/a.yaml": "a: 1\n"})
    site("add", "flows/a.yaml")
    assert seedgit(site, "blame", "flows/a.yaml").out == "seed (not committed)  a: 1\n"
