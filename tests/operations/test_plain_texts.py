"""What was set before a rule made it a secret is plain, and is masked all the same."""

from __future__ import annotations

from itertools import chain

from tests.conftest import Repo
from tests.operations.test_secrets import MAIL, MAIL_SEED, SECRET_RULES, secret_site
from tests.site import seedgit
from tests.test_hostile_records import commands

CANARY = "mail.CANARY-that-is-longer-than-a-table-shows-it.example"
PORT = "48151"
RULES = SECRET_RULES + "".join(
    f"      - path: /{name}\n        secret: true\n" for name in ("host", "port")
)


def plain_site(repo: Repo) -> Repo:
    """A site with two plain values that its rules have since come to call secrets."""
    site = secret_site(repo)
    for pointer, value in (("/host", CANARY), ("/port", PORT)):
        said = seedgit(site, "set", MAIL, pointer, value, "--new", "--why", "moved")
        assert said.status == 0, said
    site.write({".seedgit.yaml": RULES})
    return site


def test_no_command_prints_it(repo: Repo) -> None:
    site = plain_site(repo)
    repo.commit({MAIL: MAIL_SEED.replace("host: ", "host: new-")}, "v2")
    site("fetch", "--quiet")
    page = site.path.parent / "page.html"
    more = [["why", MAIL, "/host"], ["plan", "origin/main", "--html", str(page)]]
    more += [["fleet", "overrides"], ["status", "--overlay", "--json"], ["unset", MAIL, "/host"]]
    asked = [calls for name, calls in commands(MAIL).items() if name != "render"]
    for words in chain(*asked, more):
        said = seedgit(site, *words)
        text = said.out + said.err
        assert "CANARY" not in text and PORT not in text, (words, said)
        assert said.status != 70, (words, said)
    assert "CANARY" not in page.read_text()


def test_it_is_shown_to_who_asks_for_the_file(repo: Repo) -> None:
    site = plain_site(repo)
    assert CANARY in seedgit(site, "render", MAIL).out
    assert "(secret)" in seedgit(site, "status", "--overlay").out
    assert CANARY in seedgit(site, "why", MAIL, "/host", "--reveal").out
