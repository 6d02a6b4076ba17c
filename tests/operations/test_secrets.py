"""Secrets: encrypted where they are set, masked where they are shown, bound to their place."""

from __future__ import annotations

import json
import os
import shutil
import sqlite3
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any, NamedTuple

import pyrage
import pytest

from seedgit.operations.secrets import age, manage, opening, sealing
from seedgit.operations.secrets.payload import BLOCK, Payload, SealedPlace
from tests.conftest import Repo
from tests.site import RULES, data, package, seedgit, site_of

MAIL = "flows/mail.yaml"
MAIL_SEED = """\
host: mail.example
password: changeme
accounts:
  - name: reports
    pin: none
"""
SECRET_RULES = RULES + "      - /accounts\n      - path: /password\n        secret: true\n"
CANARY = "CANARY-7f3a"
REF = "refs/seedgit/overlays/local"


class Key(NamedTuple):
    """A key of age's."""

    private: str
    public: str

    @classmethod
    def new(cls) -> Key:
        made = pyrage.x25519.Identity.generate()
        return cls(str(made), str(made.to_public()))

    def install(self) -> None:
        """Put it where seedgit looks for it unasked."""
        place = Path(os.environ["XDG_CONFIG_HOME"]) / "seedgit" / "identity"
        place.parent.mkdir(parents=True, exist_ok=True)
        place.write_text(self.private + "\n")


ANNA, BOB = Key.new(), Key.new()


def secret_site(repo: Repo) -> Repo:
    """A site of a package that calls a value a secret. No key is at hand."""
    return site_of(package(repo, {".seedgit.yaml": SECRET_RULES, MAIL: MAIL_SEED}))


@pytest.fixture
def site(repo: Repo) -> Repo:
    """The same, with one secret that Anna can decrypt."""
    site = secret_site(repo)
    assert seedgit(site, "secret", "recipients", "add", ANNA.public, "--name", "anna").status == 0
    assert seedgit(site, "set", MAIL, "/password", CANARY).status == 0
    return site


def record(site: Repo, ref: str = REF) -> dict[str, Any]:
    found: dict[str, Any] = json.loads(site("show", f"{ref}:records/flows%2Fmail.yaml/record.json"))
    return found


def put(site: Repo, changed: dict[str, Any], path: str = MAIL, base: str = "") -> None:
    """Put a record into the overlay, as somebody can who may push."""
    base = base or site("rev-parse", f"HEAD:{path}")
    changed = {**changed, "path": path, "base": base}
    entry = site.tree({"record.json": site.blob(json.dumps(changed)), "base": base})
    tree = {line.split("\t")[1]: line.split()[2] for line in site("ls-tree", REF).splitlines()}
    held = {
        line.split("\t")[1]: line.split()[2]
        for line in site("ls-tree", f"{REF}:records").splitlines()
    }
    held[path.replace("/", "%2F")] = entry
    tree["records"] = site.tree(held)
    made = site("commit-tree", site.tree(tree), "-p", REF, "-m", "x")
    site("update-ref", REF, made)


def rendered(site: Repo, key: Key = ANNA) -> str:
    key.install()
    said = seedgit(site, "render", MAIL)
    assert said.status == 0, said.err
    return said.out


def everything(place: Path) -> bytes:
    """All the bytes of a repository, packed objects too."""
    objects = b""
    for store in (each.parent for each in place.rglob("objects") if (each / "pack").is_dir()):
        listed = ["git", "--git-dir", str(store), "cat-file", "--batch-all-objects", "--batch"]
        objects += subprocess.run(listed, capture_output=True, check=True).stdout
    files = (each for each in place.rglob("*") if each.is_file() and not each.is_symlink())
    return objects + b"".join(each.read_bytes() for each in files)


# -- setting and showing -------------------------------------------------------------------------


def test_a_secret_is_encrypted_where_it_is_set_and_decrypted_where_it_is_used(site: Repo) -> None:
    assert CANARY.encode() not in everything(site.path)
    found = record(site)
    assert found["version"] == 2
    assert [entry["value"] for entry in found["patch"]] == ["changeme", None]
    assert f"password: {CANARY}\n" in rendered(site)
    said = seedgit(site, "why", MAIL, "/password", "--reveal")
    assert CANARY in said.out
    assert CANARY not in seedgit(site, "why", MAIL, "/password").out


@pytest.mark.parametrize("words", [("--secret",), ("--value-file", "value.txt", "--secret")])
def test_a_value_need_not_be_on_the_command_line(site: Repo, words: tuple[str, ...]) -> None:
    (site.path / "value.txt").write_text(CANARY + "2\n")
    where = "/accounts/[name=reports]/pin"
    done = subprocess.run(
        ["sh", "-c", 'exec python3 -m seedgit "$@" < value.txt', "sh", "set", MAIL, where, *words],
        cwd=site.path, capture_output=True, text=True, check=False,
        env={**os.environ, "PATH": f"{Path(sys.executable).parent}:{os.environ['PATH']}"},
    )  # fmt: skip
    assert done.returncode == 0, done.stderr
    assert CANARY not in done.stdout + done.stderr
    assert f"    pin: {CANARY}2\n" in rendered(site)


def test_nothing_at_all_is_no_value(site: Repo) -> None:
    (site.path / "none").write_text("")
    before = site("rev-parse", REF)
    said = seedgit(site, "set", MAIL, "/password", "--value-file", "none")
    assert (said.status, "none: no value is given" in said.err) == (2, True)
    assert site("rev-parse", REF) == before
    (site.path / "none").write_text("\n")
    assert seedgit(site, "set", MAIL, "/password", "--value-file", "none").status == 0


def test_what_a_key_s_name_tells_may_be_said_to_be_plain(site: Repo) -> None:
    assert "api_key" in seedgit(site, "rules").out
    said = seedgit(site, "set", MAIL, "/accounts/0/api-Key", "k1", "--new")
    assert "api-Key = (secret)" in said.out
    said = seedgit(site, "set", MAIL, "/accounts/0/api-Key", "k", "--new", "--plain")
    assert (said.status, "is a secret" in said.err) == (2, True)
    assert "= true" in seedgit(site, "set", MAIL, "/accounts/0/token", "true", "--new").out
    said = seedgit(site, "set", MAIL, "/accounts/0/secret", "k2", "--new", "--plain")
    assert 'secret = "k2"' in said.out
    said = seedgit(site, "set", MAIL, "/password", "k3", "--plain")
    assert (said.status, "the rules" in said.err or "rules says so" in said.err) == (2, True)


def test_a_secret_in_a_map_is_one_and_the_rest_is_plain(site: Repo) -> None:
    value = json.dumps({"name": "x", "token": CANARY + "3", "kind": "b"})
    said = seedgit(site, "set", MAIL, "/accounts/-", value)
    assert CANARY not in said.out
    assert '"name": "x"' in said.out
    assert f"token: {CANARY}3" in rendered(site)
    # A part beside it can be changed without a key.
    Path(os.environ["XDG_CONFIG_HOME"], "seedgit", "identity").unlink()
    assert seedgit(site, "set", MAIL, "/accounts/[name=x]/kind", "c").status == 0
    assert CANARY.encode() not in everything(site.path)
    assert f"token: {CANARY}3" in rendered(site)


def test_what_tells_items_apart_is_no_secret(site: Repo) -> None:
    said = seedgit(site, "set", MAIL, "/accounts/0/name", CANARY + "9", "--secret")
    assert (said.status, "tells the items" in said.err, CANARY in said.err) == (2, True, False)


def test_the_same_value_again_is_no_change(site: Repo) -> None:
    before = site("rev-parse", REF)
    assert "nothing changed" in seedgit(site, "set", MAIL, "/password", CANARY).out
    assert site("rev-parse", REF) == before
    assert seedgit(site, "set", MAIL, "/password", CANARY + "4").status == 0
    assert len({_digest(site, REF), _digest(site, before)}) == 2


def _digest(site: Repo, ref: str) -> str:
    (secret,) = record(site, ref)["secrets"].values()
    return str(secret["digest"])


def test_the_size_of_a_ciphertext_says_little() -> None:
    place = SealedPlace("local", MAIL, "0" * 40, "/password", "/password")
    sizes = {len(Payload(place, b"k" * 32, "a" * n).data()) for n in range(600)}
    assert len(sizes) <= 4
    assert all(size % BLOCK == 0 for size in sizes)


def test_without_a_key_all_else_works_and_nothing_is_half_written(site: Repo) -> None:
    assert seedgit(site, "set", MAIL, "/host", "b").status == 0
    for words in (["status", "--overlay"], ["plan"], ["diff"], ["rebase"], ["prune"], ["log"]):
        said = seedgit(site, *words)
        assert said.status in (0, 1), said.err
        assert CANARY not in said.out + said.err
    BOB.install()
    for words in (["render", MAIL], ["why", MAIL, "/password", "--reveal"]):
        said = seedgit(site, *words)
        assert (said.status, said.out) == (5, "")
        assert "anna" in said.err
    said = seedgit(site, "render", "--all", "--out", "../out")
    assert "no key here" in said.err
    assert not (site.path.parent / "out" / MAIL).exists()
    assert data(site, "status", "--overlay")["fields"][0]["value"].keys() == {"!secret"}


# -- recipients ----------------------------------------------------------------------------------


def test_a_removed_recipient_reads_nothing_that_is_encrypted_anew(site: Repo) -> None:
    seedgit(site, "secret", "recipients", "add", BOB.public, "--name", "bob")
    ANNA.install()
    assert data(site, "secret", "rotate")[0]["encrypted"] == 1
    said = seedgit(site, "secret", "recipients", "remove", "anna")
    assert f"{MAIL}/password" in said.err
    said = seedgit(site, "secret", "rotate", "--json")
    assert json.loads(said.out)[0]["exposed"] == [f"{MAIL}/password"]
    assert CANARY in rendered(site, BOB)
    ANNA.install()
    assert seedgit(site, "render", MAIL).status == 5
    assert seedgit(site, "secret", "rotate").status == 5
    # Neither rotations nor recipients are changes of overrides.
    assert "set flows/mail.yaml /password" in seedgit(site, "undo").out
    assert "nothing to undo" in seedgit(site, "undo").err


def test_without_an_action_it_says_who_can_decrypt(site: Repo) -> None:
    said = seedgit(site, "secret")
    assert (said.status, said.out) == (0, seedgit(site, "secret", "recipients").out)
    assert "anna" in said.out
    assert seedgit(site, "secret", "add", BOB.public).status == 2


@pytest.mark.parametrize(
    ("word", "words"),
    [
        ("age1nothing", "is no key"),
        ("hello", "is no key of a recipient, and no file"),
        ("AGE-SECRET-KEY-1QQQ", "private key"),
        ("ssh-ed25519 AAAA", "is no key"),
        ("key", "has a private key in it"),
    ],
)
def test_a_recipient_that_is_none(site: Repo, word: str, words: str) -> None:
    (site.path / "key").write_text(BOB.private + "\n")
    before = site("rev-parse", REF)
    said = seedgit(site, "secret", "recipients", "add", word)
    assert said.status == 3
    assert words in said.err
    assert BOB.private not in said.err
    assert site("rev-parse", REF) == before


def make_ssh_key(site: Repo, name: str, phrase: str) -> None:
    words = ["ssh-keygen", "-q", "-t", "ed25519", "-N", phrase, "-f", str(site.path / name)]
    subprocess.run([*words, "-a", "1"], check=True)  # quick to unlock


def test_ssh_keys_and_a_passphrase(site: Repo) -> None:
    for name, phrase in (("plain", ""), ("locked", "phrase")):
        make_ssh_key(site, name, phrase)
    assert seedgit(site, "secret", "recipients", "add", "plain.pub").status == 0
    assert seedgit(site, "set", MAIL, "/password", CANARY + "5").status == 0
    said = seedgit(site, "render", MAIL, env={"SEEDGIT_IDENTITY": "plain"})
    assert CANARY + "5" in said.out
    said = seedgit(site, "render", MAIL, env={"SEEDGIT_IDENTITY": "locked"})
    assert (said.status, "passphrase" in said.err) == (3, True)
    site("config", "seedgit.identity", "plain")
    assert seedgit(site, "render", MAIL).status == 0
    site("add", "-f", "plain")
    assert "is a tracked file" in seedgit(site, "render", MAIL).err


# -- what somebody may do who can push -----------------------------------------------------------


def test_a_ciphertext_that_was_moved_is_refused(site: Repo) -> None:
    found = record(site)
    found["patch"] = [
        {"op": "test", "path": "/host", "value": "mail.example"},
        {"op": "replace", "path": "/host", "value": None},
    ]
    put(site, found)
    ANNA.install()
    said = seedgit(site, "render", MAIL)
    assert (said.status, said.out) == (3, "")
    assert "was encrypted for flows/mail.yaml/password" in said.err
    assert seedgit(site, "why", MAIL, "/host", "--reveal").status == 3


@pytest.mark.parametrize("was", [[], [MAIL]])
def test_a_ciphertext_of_another_seed_is_refused(site: Repo, was: list[str]) -> None:
    site.commit({"flows/other.yaml": MAIL_SEED}, "more")
    put(site, {**record(site), "was": was}, "flows/other.yaml")
    ANNA.install()
    said = seedgit(site, "render", "flows/other.yaml")
    assert (said.status, "was encrypted for" in said.err) == (3, True)


def test_a_rotation_tells_records_that_it_could_not_read(site: Repo) -> None:
    found = record(site)
    (secret,) = found["secrets"].values()
    del secret["digest"]
    put(site, found)
    ANNA.install()
    said = seedgit(site, "secret", "rotate")
    assert (said.status, said.out) == (1, "overlay local: 0 secrets encrypted anew\n")
    assert f"warning: left as it was: {MAIL}: unusable overlay record" in said.err
    said = seedgit(site, "unset", MAIL, "/password")
    assert (said.status, "a secret has no digest" in said.err) == (3, True)


@pytest.mark.parametrize("damage", ["cut", "digest", "to"])
def test_a_ciphertext_that_was_changed_is_refused(site: Repo, damage: str) -> None:
    found = record(site)
    (secret,) = found["secrets"].values()
    if damage == "cut":
        lines = secret["age"].splitlines()
        secret["age"] = "\n".join([*lines[:-2], lines[-1]]) + "\n"
    elif damage == "digest":
        secret["digest"] = secret["digest"][:-1] + ("0" if secret["digest"][-1] != "0" else "1")
    else:
        secret["to"] = ["x"]
    put(site, found)
    ANNA.install()
    said = seedgit(site, "render", MAIL)
    assert (said.status, said.out) == (3, "")
    assert ("unusable" if damage == "to" else f"{MAIL}/password: ") in said.err
    if damage != "to":
        assert seedgit(site, "unset", MAIL, "/password").status == 0


def test_a_seed_that_upstream_moved_keeps_its_secrets(repo: Repo, site: Repo) -> None:
    accounts = "accounts:\n  - name: first\n    pin: one\n"
    seedgit(site, "set", MAIL, "/accounts/[name=reports]/pin", CANARY + "6", "--secret")
    repo("mv", MAIL, "flows/post.yaml")
    repo.commit({"flows/post.yaml": MAIL_SEED.replace("accounts:\n", accounts)}, "v2")
    site("pull", "-q", "--ff-only")
    ANNA.install()
    for _ in range(2):  # before and after the overlay is rebased
        said = seedgit(site, "render", "flows/post.yaml")
        assert said.status == 0, said.err
        assert f"  - name: reports\n    pin: {CANARY}6\n" in said.out
        assert f"password: {CANARY}\n" in said.out
        assert seedgit(site, "rebase").status == 0


# -- push and the journal ------------------------------------------------------------------------


def test_push_refuses_plain_values_under_a_secret_rule(
    site: Repo, make_repo: Callable[..., Repo]
) -> None:
    hub = make_repo("hub", "--bare")
    site("remote", "set-url", "origin", f"file://{hub.path}")
    assert seedgit(site, "set", MAIL, "/host", CANARY + "7").status == 0
    rules = SECRET_RULES + "      - path: /host\n        secret: true\n"
    site.write({".seedgit.yaml": rules})
    said = seedgit(site, "push")
    assert (said.status, f"{MAIL}/host" in said.err) == (5, True)
    ANNA.install()
    assert f"{MAIL}/host was plain" in seedgit(site, "secret", "rotate").out
    said = seedgit(site, "push")
    assert (said.status, "seedgit secret forget" in said.err) == (5, True)
    said = seedgit(site, "secret", "forget", "--json")
    assert json.loads(said.out)["places"] == [f"{MAIL}/host"]
    assert seedgit(site, "push").status == 0
    assert CANARY.encode() not in everything(hub.path)
    site("gc", "-q", "--prune=now")
    assert CANARY.encode() not in everything(site.path / ".git")
    assert f"host: {CANARY}7" in rendered(site)


def test_the_journal_keeps_no_values_and_forgets_old_ones(site: Repo) -> None:
    place = site.path / ".git" / "seedgit" / "journal.sqlite"
    assert place.stat().st_mode & 0o777 == 0o600
    seedgit(site, "set", MAIL, "/password", CANARY, "--until", CANARY)
    with sqlite3.connect(place) as old:
        old.execute(
            "INSERT INTO runs (time, entry, arguments, outcome, error, seedgit, python)"
            " VALUES (0, 'set', ?, 'failed', ?, '0', '3')",
            (json.dumps(["set", "x", "/y", CANARY]), f"Traceback {CANARY}"),
        )
        old.execute("PRAGMA user_version = 3")
    old.close()
    rows = data(site, "journal")
    assert len(rows) > 3
    assert CANARY not in json.dumps(rows)
    assert CANARY.encode() not in everything(site.path / ".git")


# -- live files ----------------------------------------------------------------------------------


def test_a_program_s_new_value_of_a_secret_is_encrypted(site: Repo) -> None:
    ANNA.install()
    live = site.path.parent / "live"
    seedgit(site, "set", MAIL, "/accounts/[name=reports]/pin", CANARY + "a", "--secret")
    assert seedgit(site, "live", str(live)).status == 0
    file = live / MAIL
    text = file.read_text()
    assert f"password: {CANARY}\n" in text
    file.write_text(text.replace(CANARY + "a", CANARY + "b").replace(CANARY + "\n", CANARY + "c\n"))
    for words in (["status"], ["why", MAIL, "/password"], ["sync", "--check"], ["sync", "--json"]):
        said = seedgit(site, *words)
        assert CANARY not in said.out + said.err, words
    assert CANARY.encode() not in everything(site.path / ".git")
    found = rendered(site)
    assert f"password: {CANARY}c\n" in found
    assert f"pin: {CANARY}b\n" in found
    assert file.read_text() == found
    tip = site("rev-parse", REF)
    assert seedgit(site, "sync").out == "everything is in step\n" or site("rev-parse", REF) == tip
    # Both change it: neither value is told, nor kept in plain.
    file.write_text(found.replace(CANARY + "c", CANARY + "d"))
    site("config", "seedgit.mode", "off")
    seedgit(site, "set", MAIL, "/password", CANARY + "e")
    site("config", "seedgit.mode", "live")
    said = seedgit(site, "sync")
    assert (said.status, CANARY not in said.out + said.err) == (1, True), said
    assert "clash" in said.out + said.err or "both" in said.out + said.err, said
    assert CANARY.encode() not in everything(site.path / ".git")
    assert CANARY + "d" in file.read_text()


def test_without_a_key_a_live_file_is_left_as_it_is(site: Repo) -> None:
    live = site.path.parent / "live"
    said = seedgit(site, "live", str(live))
    assert "no key here decrypts" in said.out + said.err
    assert not (live / MAIL).exists()
    assert (live / "flows/wiki.yaml").exists()
    ANNA.install()
    assert seedgit(site, "sync").status == 0
    before = (live / MAIL).read_bytes()
    Path(os.environ["XDG_CONFIG_HOME"], "seedgit", "identity").unlink()
    said = seedgit(site, "set", MAIL, "/host", "b", "--why", "x")
    assert said.status == 0, said.err
    assert (live / MAIL).read_bytes() == before
    assert "1 file left alone" in said.err
    assert "no key here" in seedgit(site, "live").out
    assert seedgit(site, "doctor").status in (0, 1)


def test_capture_encrypts_what_the_rules_call_a_secret(site: Repo) -> None:
    ANNA.install()
    site.write({MAIL: MAIL_SEED.replace("changeme", CANARY + "f")})
    said = seedgit(site, "capture", MAIL)
    assert said.status == 0, said.err
    assert CANARY not in said.out + said.err
    assert (site.path / MAIL).read_text() == MAIL_SEED
    assert CANARY.encode() not in everything(site.path / ".git")
    assert f"password: {CANARY}f" in rendered(site)


def test_adopt_encrypts_and_masks_what_was_committed(site: Repo) -> None:
    """What the package owns stays in the file, and is masked all the same."""
    rules = SECRET_RULES + "      - {path: /host, final: true, secret: true}\n"
    text = MAIL_SEED.replace("changeme", "q7z").replace("pin: none", "token: w9")
    site.commit({MAIL: text.replace("mail.example", "k4x"), ".seedgit.yaml": rules}, "state")
    site("config", "core.hooksPath", "/nonexistent")
    for words in (["--dry-run", "--json"], ["--dry-run"], ["--json"]):
        said = seedgit(site, "adopt", MAIL, *words)
        assert said.status == 0, said
        found = [each for each in ("q7z", "w9", "k4x") if each in said.out + said.err]
        assert not found, (found, said)
    assert len(record(site)["secrets"]) == 2
    assert "token: w9" in rendered(site)


def test_adopt_keeps_no_secret_plain_without_recipients(repo: Repo) -> None:
    site = secret_site(repo)
    site.commit({MAIL: MAIL_SEED.replace("pin: none", "token: w9")}, "state")
    site("config", "core.hooksPath", "/nonexistent")
    said = seedgit(site, "adopt", MAIL)
    assert (said.status, "has no recipients" in said.err) == (5, True)
    assert "token: w9" in (site.path / MAIL).read_text()


def test_secrets_are_not_written_into_tracked_files(site: Repo) -> None:
    ANNA.install()
    assert seedgit(site, "live", "--in-place").status in (0, 1)
    assert (site.path / MAIL).read_text() == MAIL_SEED
    said = seedgit(site, "set", "flows/wiki.yaml", "/model", CANARY, "--secret")
    assert (said.status, "live in place" in said.err) == (5, True)
    assert "not written into tracked files" in (lambda s: s.out + s.err)(seedgit(site, "sync"))


# -- age itself ----------------------------------------------------------------------------------


@pytest.mark.skipif(shutil.which("age") is None, reason="there is no age(1) here to compare with")
def test_age_decrypts_what_seedgit_encrypted_and_the_other_way(site: Repo) -> None:
    (secret,) = record(site)["secrets"].values()
    (site.path / "key").write_text(ANNA.private + "\n")
    asked = ["age", "-d", "-i", "key"]
    done = subprocess.run(asked, cwd=site.path, input=secret["age"].encode(), capture_output=True)
    payload = json.loads(done.stdout)
    assert payload["value"] == CANARY
    # With the recipients that are in the overlay's tree.
    (site.path / "to").write_text(site("show", f"{REF}:recipients") + "\n")
    asked = ["age", "-a", "-R", "to"]
    done = subprocess.run(asked, cwd=site.path, input=done.stdout, capture_output=True)
    secret["age"] = done.stdout.decode()
    found = record(site)
    found["secrets"]["/patch/1/value"] = secret
    put(site, found)
    assert f"password: {CANARY}\n" in rendered(site)


def test_no_module_of_age_s_is_loaded_where_nothing_is_secret(site: Repo) -> None:
    program = "import sys; from seedgit.start import main; main(); print('pyrage' in sys.modules)"
    for words in (["status"], ["diff"], ["set", MAIL, "/host", "b"]):
        done = subprocess.run(
            [sys.executable, "-c", program, *words],
            cwd=site.path, capture_output=True, text=True, check=True,
        )  # fmt: skip
        assert done.stdout.endswith("False\n"), done.stderr


def test_each_secret_is_decrypted_and_encrypted_once(
    site: Repo, monkeypatch: pytest.MonkeyPatch
) -> None:
    done = {"encrypted": 0, "decrypted": 0}

    def counted(name: str) -> None:
        real = getattr(age, name)

        def call(*words: Any) -> Any:
            done[name] += 1
            return real(*words)

        for module in (manage, opening, sealing):
            if hasattr(module, name):
                monkeypatch.setattr(module, name, call)

    counted("encrypted")
    counted("decrypted")
    ANNA.install()
    value = json.dumps({f"k{n}": {"token": str(n)} for n in range(20)})
    assert seedgit(site, "set", MAIL, "/more", value, "--new").status == 0
    assert done == {"encrypted": 20, "decrypted": 0}
    assert seedgit(site, "set", MAIL, "/more/k3/token", "x").status == 0
    assert done == {"encrypted": 21, "decrypted": 0}
    assert data(site, "secret", "rotate")[0]["encrypted"] == 21
    assert done == {"encrypted": 42, "decrypted": 21}
    assert seedgit(site, "render", MAIL).status == 0
    assert done == {"encrypted": 42, "decrypted": 42}


def test_a_decrypted_secret_holds_over_a_lower_layer_as_an_encrypted_one_does(repo: Repo) -> None:
    """What yields goes by what was below, and decisions know secrets as they are stored."""
    rules = SECRET_RULES + "        on-seed-change: yield\n"
    site = site_of(package(repo, {".seedgit.yaml": rules, MAIL: MAIL_SEED}))
    assert seedgit(site, "layer", "add", "top").status == 0
    for layer in ("local", "top"):
        words = ("secret", "recipients", "add", ANNA.public, "--name", "anna", "--overlay", layer)
        assert seedgit(site, *words).status == 0
        assert (
            seedgit(site, "set", MAIL, "/password", f"{CANARY}-{layer}", "--overlay", layer).status
            == 0
        )
    assert data(site, "why", MAIL, "/password")[0]["overlay"] == "top"
    assert f"password: {CANARY}-top\n" in rendered(site)
    repo.commit({MAIL: MAIL_SEED.replace("changeme", "changed")}, "v2")
    site("pull", "--quiet")
    words = ("set", MAIL, "/password", f"{CANARY}-local", "--overlay", "local")
    assert seedgit(site, *words).status == 0
    assert data(site, "why", MAIL, "/password")[0]["overlay"] == "top"
    assert f"password: {CANARY}-top\n" in rendered(site)
