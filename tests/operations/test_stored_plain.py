"""What was set before a rule made it a secret is plain, and is masked all the same."""

from __future__ import annotations

import json
import re
from itertools import chain
from pathlib import Path
from typing import Any

import pytest

import seedgit as seedgit_api
from seedgit import operations
from seedgit.git import record_tree
from tests.conftest import Repo
from tests.operations.test_secrets import (
    ANNA,
    MAIL,
    MAIL_SEED,
    REF,
    SECRET_RULES,
    put,
    record,
    secret_site,
)
from tests.site import package, seedgit, site_of
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


SHORT = {"/host": '"x"', "/port": "8", "/on": "true", "/some": '[1, {"a": 2}]'}
SHORT_RULES = SECRET_RULES + "".join(
    f"      - path: {name}\n        secret: true\n" for name in SHORT
)


def short_site(repo: Repo) -> Repo:
    site = secret_site(repo)
    for pointer, value in SHORT.items():
        said = seedgit(site, "set", MAIL, pointer, value, "--new", "--as-json")
        assert said.status == 0, said
    site.write({".seedgit.yaml": SHORT_RULES})
    return site


@pytest.mark.parametrize("pointer", SHORT)
def test_a_value_of_any_length_and_kind_is_masked(repo: Repo, pointer: str) -> None:
    site = short_site(repo)
    shown = [
        line
        for words in (["why", MAIL, pointer], ["status", "--overlay"], ["diff"], ["blame", MAIL])
        for line in seedgit(site, *words).out.splitlines()
        if "(secret)" in line
    ]
    assert len(shown) >= 4 * len(SHORT) - 2, shown
    value = json.loads(seedgit(site, "why", MAIL, pointer, "--json").out)[0]["value"]
    assert value == {"!secret": ""}
    revealed = json.loads(seedgit(site, "why", MAIL, pointer, "--reveal", "--json").out)[0]["value"]
    assert revealed == json.loads(SHORT[pointer])


def test_without_its_base_no_item_of_a_list_is_told(repo: Repo) -> None:
    """A rule names one by its identity, which nobody can look up."""
    site = secret_site(repo)
    assert seedgit(site, "set", MAIL, "/accounts/0/pin", "7", "--as-json").status == 0
    assert seedgit(site, "set", MAIL, "/host", "a").status == 0
    pin = "      - path: /accounts/[name=reports]/pin\n        secret: true\n"
    site.write({".seedgit.yaml": SECRET_RULES + pin})
    put(site, record(site), base=site.blob("a: ["))
    for words in (["status", "--overlay"], ["pending"], ["log", "-p"], ["report", "1"], ["diff"]):
        said = seedgit(site, *words)
        assert not re.search(r"(?<![\w-])7(?![\w-])", said.out + said.err), (words, said)


def test_what_is_plain_stays_so_until_it_is_rotated(repo: Repo) -> None:
    site = short_site(repo)
    before = record(site)
    assert seedgit(site, "set", MAIL, "/password", "--delete", "--why", "x").status == 0
    assert record(site)["version"] == 1
    assert all(entry in record(site)["patch"] for entry in before["patch"])
    assert seedgit(site, "rebase").status == 0
    file = seedgit(site, "render", MAIL).out
    assert "host: x\n" in file and "port: 8\n" in file and '"on": true\n' in file
    assert seedgit(site, "secret", "--json").out.count("/host") == 0
    assert seedgit(site, "secret", "recipients", "add", ANNA.public).status == 0
    said = seedgit(site, "secret", "rotate", "--json")
    assert json.loads(said.out)[0]["sealed"] == [f"{MAIL}{name}" for name in SHORT]
    assert record(site)["version"] == 2
    ANNA.install()
    assert seedgit(site, "render", MAIL).out == file


def test_to_set_it_again_encrypts_it(repo: Repo) -> None:
    site = short_site(repo)
    said = seedgit(site, "set", MAIL, "/port", "8")
    assert (said.status, "has no recipients" in said.err) == (5, True)
    assert seedgit(site, "secret", "recipients", "add", ANNA.public).status == 0
    assert seedgit(site, "set", MAIL, "/port", "8").status == 0
    assert list(record(site)["secrets"]) != []
    assert '"x"' in site("show", f"{REF}:records/flows%2Fmail.yaml/record.json")  # still plain


def test_a_live_tree_needs_no_recipients_for_it(repo: Repo) -> None:
    site = short_site(repo)
    live = site.path.parent / "live"
    assert seedgit(site, "live", str(live)).status == 0
    file = live / MAIL
    assert "port: 8\n" in file.read_text()
    file.write_text(file.read_text().replace("name: reports", "name: report"))
    said = seedgit(site, "sync")
    assert "recipients" not in said.out + said.err, said
    assert "port: 8\n" in file.read_text()


def test_under_the_rules_of_where_its_seed_is_now(repo: Repo) -> None:
    site = short_site(repo)
    rules = SECRET_RULES + "  - files: posts/*.yaml\n    overlay:\n"
    rules += "      - path: /host\n        secret: true\n"
    repo("mv", MAIL, "post.yaml")
    (repo.path / "posts").mkdir()
    repo("mv", "post.yaml", "posts/post.yaml")
    repo.commit({".seedgit.yaml": rules}, "v2")
    site("checkout", "-q", ".seedgit.yaml")
    site("pull", "-q", "--ff-only")
    for words in (["status", "--overlay"], ["why", "posts/post.yaml", "/host"], ["diff"]):
        said = seedgit(site, *words)
        assert '"x"' not in said.out and ": x\n" not in said.out, said
    assert "(secret)" in seedgit(site, "status", "--overlay").out


def test_a_program_gets_the_value_itself(repo: Repo) -> None:
    clone = seedgit_api.open(short_site(repo).path)
    assert [clone.value(MAIL, pointer) for pointer in SHORT] == [
        json.loads(text) for text in SHORT.values()
    ]


# What reads records past the workspace. Of a fleet, they are sent unread, concealed where they are
# decoded, or asked only where they lie; and `plain_values` looks for what is plain.
PAST_IT = {
    "stack/provenance.py",
    "fleet/census.py",
    "fleet/shared.py",
    "fleet/under.py",
    "secrets/plain_values.py",
}


def test_nothing_else_reads_records_past_the_workspace() -> None:
    root = Path(operations.__file__).parent
    reads = re.compile(r"\bread_record\(|\braw_records?\(|[^.]\bStore\(")
    found = {
        place.relative_to(root).as_posix()
        for place in root.rglob("*.py")
        if reads.search(place.read_text())
    }
    assert found == PAST_IT | {"workspace.py"}


MANY = 12


def test_only_the_records_that_a_command_is_about_are_read(
    repo: Repo, monkeypatch: pytest.MonkeyPatch
) -> None:
    seeds = {f"flows/{number}.yaml": "host: a\nlimit: 1\n" for number in range(MANY)}
    site = site_of(package(repo, {".seedgit.yaml": SECRET_RULES, MAIL: MAIL_SEED, **seeds}))
    rules = site.path / ".seedgit.yaml"
    rules.write_text(SECRET_RULES.replace("secret: true", "secret: false"))
    for path in (MAIL, *seeds):
        assert seedgit(site, "set", path, "/host", "b").status == 0
    assert seedgit(site, "set", MAIL, "/password", "x").status == 0
    read: list[str] = []
    decode = record_tree.decode

    def counted(name: str, data: bytes) -> Any:
        read.append(name)
        return decode(name, data)

    monkeypatch.setattr(record_tree, "decode", counted)

    def asked(*words: str) -> list[str]:
        read.clear()
        said = seedgit(site, *words)
        assert said.status == 0, said
        return sorted({*read})

    about_one = ["blame", MAIL], ["diff", MAIL], ["why", MAIL, "/host"], ["set", MAIL, "/host", "c"]
    without = [asked(*words) for words in about_one]
    rules.write_text(SECRET_RULES)
    assert [asked(*words) for words in about_one] == without == [["flows%2Fmail.yaml"]] * 4
    asked("status")
    assert asked("status") == ["flows%2Fmail.yaml"]  # the others are remembered
