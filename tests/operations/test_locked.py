"""Private keys with a passphrase."""

from __future__ import annotations

import getpass
import os
from pathlib import Path

import pyrage
import pytest

from seedgit.cli.terminal import Terminal
from tests.conftest import Repo
from tests.operations.test_secrets import ANNA, CANARY, MAIL, everything, make_ssh_key, secret_site
from tests.site import seedgit

PHRASE = "a phrase: è"


@pytest.fixture
def site(repo: Repo, request: pytest.FixtureRequest) -> Repo:
    """A site whose secret takes the key in the file `locked`, which has a passphrase."""
    site = secret_site(repo)
    place, kind = site.path / "locked", getattr(request, "param", "ssh")
    if kind == "ssh":
        make_ssh_key(site, "locked", PHRASE)
        site("config", "seedgit.identity", str(place))
        assert seedgit(site, "secret", "recipients", "add", "--own").status == 0  # from locked.pub
    else:
        data = ANNA.private.encode()
        place.write_bytes(pyrage.passphrase.encrypt(data, PHRASE, armored=True))
        site("config", "seedgit.identity", str(place))
        assert seedgit(site, "secret", "recipients", "add", ANNA.public).status == 0
    (site.path / "phrase").write_text(PHRASE + "\n")
    assert seedgit(site, "set", MAIL, "/password", CANARY).status == 0
    return site


def given(site: Repo, name: str = "phrase") -> dict[str, str]:
    return {"SEEDGIT_PASSPHRASE_FILE": str(site.path / name)}


@pytest.mark.parametrize("site", ["ssh", "age"], indirect=True)
def test_a_passphrase_in_a_file(site: Repo) -> None:
    said = seedgit(site, "render", MAIL)
    assert (said.status, "passphrase" in said.err, said.out) == (3, True, "")
    assert f"password: {CANARY}\n" in seedgit(site, "render", MAIL, env=given(site)).out
    (site.path / "wrong").write_text("another")
    for name in ("wrong", "missing"):
        said = seedgit(site, "render", MAIL, env=given(site, name))
        assert (said.status, "passphrase" in said.err, said.out) == (3, True, "")
        assert "another" not in said.err
    found = everything(site.path / ".git")
    assert PHRASE.encode() not in found
    assert CANARY.encode() not in found


def test_a_person_is_asked_once(site: Repo, monkeypatch: pytest.MonkeyPatch) -> None:
    asked: list[str] = []

    def answer(prompt: str) -> str:
        asked.append(prompt)
        return PHRASE

    monkeypatch.setattr(getpass, "getpass", answer)
    assert seedgit(site, "render", MAIL).status == 3  # nobody is there
    assert asked == []
    monkeypatch.setattr(Terminal, "asks", True)
    assert seedgit(site, "set", MAIL, "/host", "b").status == 0  # that takes no key
    assert asked == []
    live = site.path.parent / "live"
    assert seedgit(site, "live", str(live), MAIL).status == 0
    assert f"password: {CANARY}\n" in (live / MAIL).read_text()
    assert asked == [f"passphrase of {site.path / 'locked'}: "]


def test_nobody_is_asked_where_another_key_serves(
    site: Repo, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(Terminal, "asks", True)
    monkeypatch.setattr(getpass, "getpass", lambda _: pytest.fail("asked"))
    site("config", "--unset", "seedgit.identity")
    ssh = Path(os.environ["HOME"]) / ".ssh"
    ssh.mkdir(exist_ok=True)
    (ssh / "id_ed25519").write_bytes((site.path / "locked").read_bytes())
    ANNA.install()
    assert seedgit(site, "secret", "recipients", "add", ANNA.public).status == 0
    assert seedgit(site, "set", MAIL, "/password", CANARY + "2").status == 0
    assert f"password: {CANARY}2\n" in seedgit(site, "render", MAIL).out


def test_a_system_that_cannot_do_it_in_memory(repo: Repo, monkeypatch: pytest.MonkeyPatch) -> None:
    site = secret_site(repo)
    make_ssh_key(site, "locked", PHRASE)
    assert seedgit(site, "secret", "recipients", "add", "locked.pub").status == 0
    assert seedgit(site, "set", MAIL, "/password", CANARY).status == 0
    (site.path / "phrase").write_text(PHRASE)
    monkeypatch.delattr(os, "memfd_create")
    said = seedgit(site, "render", MAIL, env={"SEEDGIT_IDENTITY": "locked", **given(site)})
    assert (said.status, "cannot do it in memory" in said.err) == (3, True)
