"""A bug report keeps the shape of the documents, and no word of them."""

from __future__ import annotations

from pathlib import Path

import pytest

from seedgit.journal import Journal
from tests.conftest import Repo
from tests.site import data


@pytest.mark.parametrize("name", ["f.yaml", "f.json", "f.toml"])
def test_a_bug_report_keeps_the_shape_and_no_word(site: Repo, name: str) -> None:
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
    done = data(site, "bug-report", str(id))
    assert done["alike"]
    folder = site.path / f"seedgit-bug-{id}"
    texts = {path.name: path.read_text() for path in folder.iterdir()}
    assert len(texts) == 4
    for text in texts.values():
        for word in ("secret", "main", "nobody", "4711", "live one", "home/me"):
            assert word not in text
    ours = texts["ours" + Path(name).suffix]
    assert ours.count("\n") == base.count("\n")
    assert "queue" in ours
    assert "merge.py:7 merge" in texts["about.json"]
