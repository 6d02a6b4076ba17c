"""docs/secrets.md is a session: its commands run, and print what the page says."""

from __future__ import annotations

from tests.conftest import Repo
from tests.operations.test_secrets import ANNA, BOB, secret_site
from tests.pages import check_session
from tests.site import seedgit


def test_the_secrets_page_is_a_session_that_runs(repo: Repo) -> None:
    site = secret_site(repo)
    ANNA.install()
    files = {"anna.pub": ANNA.public, "bob.pub": BOB.public, "bob.key": BOB.private}
    for name, text in {**files, "password.txt": "correct-horse"}.items():
        (site.path / name).write_text(text + "\n")
    assert seedgit(site, "layer", "add", "other").status == 0
    assert seedgit(site, "layer", "order", "other", "local").status == 0
    check_session(site, "secrets.md")
