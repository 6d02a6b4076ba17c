"""docs/tracking.md is a session: its commands run, and print what the page says."""

from __future__ import annotations

import pytest

from tests.conftest import Repo
from tests.pages import check_session

VALUES = '# The wiki.\nreplicas: 1\nimage:\n  tag: "1.4"\nqueue: []\n'
RULES = "version: 1\nseeds:\n  - files: values.yaml\n    overlay: [{path: /replicas}]\n"


@pytest.fixture
def site(repo: Repo) -> Repo:
    newer = VALUES.replace('"1.4"\n', '"1.5"\n  pull: IfNotPresent\n')
    for version, text in (("1.4.0", VALUES), ("1.5.0", newer)):
        place = repo.path.parent / "charts" / version / "values.yaml"
        place.parent.mkdir(parents=True)
        place.write_text(text)
    values = VALUES.replace("replicas: 1", "replicas: 3")
    repo.commit({"values.yaml": values, ".seedgit.yaml": RULES}, "Values of the wiki")
    return repo


def test_the_tracking_page_is_a_session_that_runs(site: Repo) -> None:
    check_session(site, "tracking.md")
