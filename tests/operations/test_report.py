"""A report keeps the shape of the documents, and no word of them; it is a case of tests/cases."""

from __future__ import annotations

from pathlib import Path

import pytest

from seedgit.journal import Journal
from tests import test_cases as cases
from tests.conftest import Repo
from tests.site import data


@pytest.mark.parametrize("name", ["f.yaml", "f.json", "f.toml"])
def test_a_report_keeps_the_shape_and_no_word(site: Repo, name: str) -> None:
    base = {
        "f.yaml": "# our secret\nqueue: main # tell nobody\nmode: 'live one'\nlimit: 4711\n",
        "f.json": (
            '{\n  // our secret\n  "queue": "main",\n  "mode": "live \\n one",\n'
            '  "limit": 4711\n}\n'
        ),
        "f.toml": '# our secret\nqueue = "main"\nmode = "live one"\nlimit = 4711\n',
    }[name]
    versions = (base, base.replace("main", "secret-a"), base.replace("main", "secret-b"))
    ids = [site.blob(version) for version in versions]
    fields = dict(zip(("base", "ours", "theirs"), ids, strict=True))
    error = "Traceback\n  File \"/home/me/x/merge.py\", line 7, in merge\nKeyError: 'secret'"
    kept = Journal(site.path / ".git")
    id = kept.add("merge-driver", "failed", path=f"flows/{name}", error=error, **fields)
    done = data(site, "report", str(id))
    assert done["alike"]
    folder = site.path / f"seedgit-case-{id}"
    texts = {path.name: path.read_text() for path in folder.iterdir()}
    assert len(texts) == 6
    for text in texts.values():
        for word in ("secret", "main", "nobody", "4711", "live one", "home/me"):
            assert word not in text
    ours = texts["ours" + Path(name).suffix]
    assert ours.count("\n") == base.count("\n")
    assert "queue" in ours
    assert "merge.py:7 merge" in texts["about.json"]


RULES = """\
version: 1
seeds:
  - files: "flows/*.yaml"
    keys: {/steps: id}
    overlay:
      - path: /steps/[id=fetch]/mode
        on-seed-change: preserve
"""


def test_the_folder_is_a_case_under_the_rules_of_its_file(site: Repo) -> None:
    path = "flows/private.yaml"
    base = "steps:\n  - id: fetch\n    mode: live\n  - id: rank\n    mode: live\n"
    drain, hold = (base.replace("live", mode, 1) for mode in ("drain", "hold"))
    site.write({".seedgit.yaml": RULES, path: base})
    ids = [site.blob(version) for version in (base, drain, hold)]
    fields = dict(zip(("base", "ours", "theirs"), ids, strict=True))
    id = Journal(site.path / ".git").add("merge-driver", "merged", path=path, **fields)
    done = data(site, "report", str(id))
    folder = site.path / f"seedgit-case-{id}"
    assert done["alike"] and sorted(done["files"]) == sorted(p.name for p in folder.iterdir())
    expected = (folder / "expected.yaml").read_text()
    assert expected == (folder / "ours.yaml").read_text() != (folder / "theirs.yaml").read_text()
    for place in folder.iterdir():
        for word in ("fetch", "drain", "private"):
            assert word not in place.read_text()
    cases.test_case(folder)
    (folder / "expected.yaml").write_text("")
    with pytest.raises(AssertionError):
        cases.test_case(folder)


def test_a_file_that_both_added_has_no_base(site: Repo) -> None:
    fields = {"ours": site.blob("a=1\n"), "theirs": site.blob("b=1\n")}
    id = Journal(site.path / ".git").add("merge-driver", "merged", path="x/.env", **fields)
    done = data(site, "report", str(id))
    assert "base.env" not in done["files"]
    cases.test_case(site.path / f"seedgit-case-{id}")
