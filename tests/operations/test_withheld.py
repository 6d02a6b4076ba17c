"""Secrets that a program writes, and that cannot be encrypted: they stay in its file alone."""

from __future__ import annotations

import json
import os
import re
from pathlib import Path

import pytest

from tests.conftest import Repo
from tests.operations.test_secrets import CANARY, MAIL, MAIL_SEED, REF, everything, record
from tests.site import RULES, data, package, seedgit, site_of

NAMED = RULES + "      - /accounts\n      - /password\n      - /host\n"


def named_site(repo: Repo) -> Repo:
    """A site where only a key's name says what is a secret; its overlay has no recipients."""
    return site_of(package(repo, {".seedgit.yaml": NAMED, MAIL: MAIL_SEED}))


def live_file(site: Repo) -> Path:
    folder = site.path.parent / "live"
    assert seedgit(site, "live", str(folder), MAIL).status == 0
    return folder / MAIL


def written(file: Path, *pairs: tuple[str, str]) -> str:
    """A program's file with some texts replaced."""
    text = file.read_text()
    for old, new in pairs:
        assert old in text
        text = text.replace(old, new)
    file.write_text(text)
    return text


def test_a_secret_stays_in_the_live_file_until_it_can_be_encrypted(repo: Repo) -> None:
    site = named_site(repo)
    file = live_file(site)
    text = written(file, ("changeme", CANARY), ("mail.example", "mx.example"))
    said = seedgit(site, "sync")
    assert said.status == 1
    assert "host is in the overlay" in said.out  # all else is captured
    assert "/password is a secret, and the overlay has no recipients" in said.out
    assert said.out.count("seedgit secret recipients add --own") == 1
    assert file.read_text() == text
    for words in (
        ["sync"],
        ["status"],
        ["live"],
        ["pending"],
        ["sync", "--restore", MAIL],
        ["sync", "--json"],
    ):
        said = seedgit(site, *words)
        assert CANARY not in said.out + said.err, words
        assert "/password" in said.out, words
    assert "1 live file left alone" in seedgit(site, "status").out
    assert file.read_text() == text
    assert CANARY.encode() not in everything(site.path)
    # The command that is told works as it is: with a key of one's own, which is made.
    said = seedgit(site, "secret", "recipients", "add", "--own")
    assert (said.status, "Sam Site (age1" in said.out) == (0, True)
    key = Path(os.environ["XDG_CONFIG_HOME"], "seedgit", "identity")
    assert key.stat().st_mode & 0o777 == 0o600
    assert file.read_text() == text
    assert f"password: {CANARY}" in seedgit(site, "render", MAIL).out
    assert seedgit(site, "sync", "--check").status == 0
    assert CANARY.encode() not in everything(site.path)


@pytest.mark.parametrize("how", ["gone", "renamed", "mapped"])
def test_a_secret_that_is_in_its_live_file_alone_does_not_go_with_it(repo: Repo, how: str) -> None:
    site = named_site(repo)
    file = live_file(site)
    text = written(file, ("changeme", CANARY))
    assert seedgit(site, "sync").status == 1
    if how == "mapped":
        place = str(file.with_name("elsewhere.yaml"))
        words = ("live", str(site.path.parent / "live"), MAIL, "--map", f"{MAIL}={place}")
        assert seedgit(site, *words).status in (0, 1)
    else:
        site(*(("rm", "--quiet", MAIL) if how == "gone" else ("mv", MAIL, f"{MAIL}.yaml")))
        said = seedgit(site, "sync")
        assert said.status == 1 and "the tree has no such seed" in said.out
    assert file.read_text() == text


def test_what_is_withheld_is_told_as_data(repo: Repo) -> None:
    site = named_site(repo)
    file = live_file(site)
    written(file, ("    pin: none", f"    pin: none\n    token: {CANARY}"))
    (tree,) = data(site, "sync")
    assert [each["withheld"] for each in tree["files"]] == [
        [{"pointer": "/accounts/0/token", "reason": "secret-without-recipients"}]
    ]
    assert CANARY in file.read_text()


def test_a_secret_inside_what_a_person_has_set_is_withheld_by_itself(repo: Repo) -> None:
    """Also where the rules give that place to the package: it is the site's since it was set."""
    rules = RULES + "      - /password\n      - /host\n"
    site = site_of(package(repo, {".seedgit.yaml": rules, MAIL: MAIL_SEED}))
    item = '{"name": "reports", "pin": "some"}'
    assert seedgit(site, "set", MAIL, "/accounts/0", "--as-json", item, "--plain").status == 0
    file = live_file(site)
    file.write_text(file.read_text() + f"    token: {CANARY}\n")
    text = written(file, ("mail.example", "mx.example"))
    said = seedgit(site, "sync")
    assert (said.status, "/accounts/0/token is a secret" in said.out) == (1, True)
    assert "/host is in the overlay" in said.out
    assert file.read_text() == text
    assert CANARY.encode() not in everything(site.path)


def test_a_rule_says_that_it_is_no_secret(repo: Repo) -> None:
    site = named_site(repo)
    file = live_file(site)
    written(file, ("changeme", "guest"))
    assert seedgit(site, "sync").status == 1
    said = seedgit(site, "rules", MAIL, "/password", "--plain")
    assert (said.status, "/password is no secret" in said.out) == (0, True), said
    assert seedgit(site, "sync", "--check").status == 0
    assert '"changeme" -> "guest"' in seedgit(site, "status", "--overlay").out
    assert '= "other"' in seedgit(site, "set", MAIL, "/password", "other").out
    # Said again, nothing changes; said otherwise, its line changes.
    tip = site("rev-parse", REF)
    assert "nothing changed" in seedgit(site, "rules", MAIL, "/password", "--plain").out
    assert site("rev-parse", REF) == tip
    assert seedgit(site, "rules", MAIL, "/password", "--secret").status == 0
    assert site("show", f"{REF}:rules.yaml").count("/password") == 1
    assert "and secret" in seedgit(site, "rules", MAIL, "/password").out
    assert "the site's (preserve), secret" in seedgit(site, "rules", MAIL).out
    assert seedgit(site, "set", MAIL, "/password", "third").status == 5
    said = seedgit(site, "rules", MAIL, "/password", "--plain")
    assert (said.status, "no secret" in said.out) == (0, True), said


def test_a_line_that_calls_it_a_secret_is_not_taken_back_by_another(repo: Repo) -> None:
    rules = RULES + "      - path: /accounts\n        secret: true\n"
    site = site_of(package(repo, {".seedgit.yaml": rules, MAIL: MAIL_SEED}))
    said = seedgit(site, "rules", MAIL, "/accounts/0/pin", "--plain")
    assert (said.status, ".seedgit.yaml:" in said.err, "/accounts" in said.err) == (2, True, True)
    file = live_file(site)
    written(file, ("none", CANARY))
    said = seedgit(site, "sync")
    assert "is a secret, and the overlay has no recipients" in said.out
    assert "--plain" not in said.out


def test_a_plain_override_says_that_it_is_no_secret(repo: Repo) -> None:
    site = named_site(repo)
    assert seedgit(site, "set", MAIL, "/password", "guest", "--plain").status == 0
    file = live_file(site)
    written(file, ("guest", "visitor"))
    assert seedgit(site, "sync").status == 0
    assert '"changeme" -> "visitor"' in seedgit(site, "status", "--overlay").out


def test_capture_leaves_a_secret_in_the_file(repo: Repo) -> None:
    site = named_site(repo)
    site.write({MAIL: MAIL_SEED.replace("changeme", CANARY)})
    said = seedgit(site, "capture", MAIL)
    assert (said.status, CANARY in said.out + said.err) == (5, False)
    assert f"{MAIL}/password: a secret has to be encrypted" in said.err
    assert "seedgit secret recipients add --own" in said.err
    assert f"seedgit rules {MAIL} /password --plain" in said.err
    assert CANARY in (site.path / MAIL).read_text()
    assert seedgit(site, "secret", "recipients", "add", "--own").status == 0
    assert seedgit(site, "capture", MAIL).status == 0
    assert (site.path / MAIL).read_text() == MAIL_SEED
    assert CANARY.encode() not in everything(site.path / ".git")


def test_drift_of_what_is_a_secret_by_its_name_is_masked(repo: Repo) -> None:
    site = site_of(package(repo, {".seedgit.yaml": RULES, MAIL: MAIL_SEED}))
    file = live_file(site)
    written(file, ("changeme", CANARY))
    for words in (["sync"], ["status"], ["sync", "--json"]):
        said = seedgit(site, *words)
        assert "/password" in said.out, words
        assert CANARY not in said.out + said.err, words
    (tree,) = data(site, "sync")
    (told,) = tree["files"]
    assert [each["pointer"] for each in told["drift"]] == ["/password"]
    assert told["withheld"] == []  # it is not the site's, so nothing would store it


def test_in_place_it_waits_in_the_spool(repo: Repo) -> None:
    site = named_site(repo)
    assert seedgit(site, "set", MAIL, "/host", "mx.example").status == 0
    assert seedgit(site, "live", "--in-place").status == 0
    file = site.path / MAIL
    text = written(file, ("changeme", CANARY))
    said = seedgit(site, "sync")
    assert (said.status, "live in place" in said.out, CANARY in said.out) == (1, True, False)
    assert file.read_text() == text
    # git does not see it, and neither commits it nor takes it away.
    assert site("status", "--short") == ""
    site("commit", "-qam", "nothing", "--allow-empty")
    assert CANARY not in site("show", f"HEAD:{MAIL}")
    site("checkout", "-q", "--detach", "HEAD")
    assert file.read_text() == text
    spool = list((site.path / ".git/seedgit/spool").iterdir())
    assert [each.stat().st_mode & 0o777 for each in spool] == [0o600]
    assert CANARY not in json.dumps(data(site, "status"))
    assert seedgit(site, "rules", MAIL, "/password", "--plain").status == 0
    assert seedgit(site, "sync").status == 0
    assert f"password: {CANARY}" in seedgit(site, "render", MAIL).out
    assert list((site.path / ".git/seedgit/spool").iterdir()) == []


def test_in_place_what_the_program_writes_next_counts(repo: Repo) -> None:
    site = named_site(repo)
    assert seedgit(site, "set", MAIL, "/host", "mx.example").status == 0
    assert seedgit(site, "live", "--in-place").status == 0
    file = site.path / MAIL
    written(file, ("changeme", CANARY))
    assert seedgit(site, "sync").status == 1
    text = written(file, (CANARY, CANARY + "2"), ("mx.example", "two.example"))
    said = seedgit(site, "sync")
    assert (said.status, said.out.count("/password is a secret")) == (1, 1)
    assert file.read_text() == text
    # It cannot be ended while that is nowhere else. The value goes back by hand.
    said = seedgit(site, "live", "--undo", "--in-place")
    assert (said.status, "nothing is lost" in said.err) == (5, True)
    text = written(file, (CANARY + "2", "changeme"))
    assert seedgit(site, "sync").status == 0
    assert file.read_text() == text
    assert list((site.path / ".git/seedgit/spool").iterdir()) == []
    assert seedgit(site, "live", "--undo", "--in-place").status == 0
    assert file.read_text() == MAIL_SEED
    assert seedgit(site, "secret", "recipients", "add", "--own").status == 0
    assert seedgit(site, "set", MAIL, "/password", CANARY).status == 0


# -- secrets that a program moves ----------------------------------------------------------------


@pytest.mark.parametrize("pin", ['"k3"', "481", '{"a": "k4", "b": true}'])
def test_a_short_secret_that_a_program_moves_stays_one(repo: Repo, pin: str) -> None:
    """No rule and no name says that it is one, and by itself it is too short to be known again."""
    site = named_site(repo)
    assert seedgit(site, "secret", "recipients", "add", "--own").status == 0
    where = "/accounts/[name=reports]/pin"
    assert seedgit(site, "set", MAIL, where, pin, "--secret", "--as-json").status == 0
    file = live_file(site)
    # Its account has another name now, so it is another item, and there is a copy at another key.
    text = file.read_text().replace("reports", "billing")
    held = re.search(r"^    pin:(.*(?:\n {6}.*)*)", text, re.MULTILINE)
    assert held
    file.write_text(text + f"    spare:{held[1]}\n    kind: a\n")
    said = seedgit(site, "sync")
    assert said.status == 0, said
    assert "in the overlay" in said.out
    values = [entry.get("value") for entry in record(site)["patch"]]
    assert {"name": "billing", "pin": None, "spare": None, "kind": "a"} in values
    told = said.out.splitlines()[0]
    assert not any(part in told for part in ("k3", "481", "k4")), told
    assert file.read_text() == seedgit(site, "render", MAIL).out
    assert seedgit(site, "sync", "--check").status == 0


def test_a_secret_that_says_nothing_by_itself_is_told_by_its_key(repo: Repo) -> None:
    site = named_site(repo)
    assert seedgit(site, "secret", "recipients", "add", "--own").status == 0
    where = "/accounts/[name=reports]/pin"
    assert seedgit(site, "set", MAIL, where, "true", "--secret", "--as-json").status == 0
    file = live_file(site)
    file.write_text(file.read_text().replace("reports", "billing") + "    open: true\n")
    assert seedgit(site, "sync").status == 0
    values = [entry.get("value") for entry in record(site)["patch"]]
    assert {"name": "billing", "pin": None, "open": True} in values
