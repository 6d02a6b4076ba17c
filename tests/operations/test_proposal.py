"""Rules that are proposed for what a repository tracks."""

from __future__ import annotations

import pytest

from seedgit.formats.rules import parse_rules
from seedgit.operations.proposal.kinds import KINDS
from seedgit.operations.proposal.proposed import Proposal, ProposedEntry, proposed
from seedgit.operations.proposal.text import rules_text
from tests.conftest import Repo

STEPS = "jobs: {a: {steps: [{name: b, run: c}, {name: d, run: e}]}}\n"
TASKS = '{"tasks": [{"label": "a", "command": "b"}, {"label": "c", "command": "d"}]}\n'
FILES = {
    "charts/a/Chart.yaml": "name: a\ndependencies: [{name: b, version: '1'}]\n",
    "charts/a/values.yaml": "env: [{name: A, value: '1'}, {name: B, value: '2'}]\n",
    "charts/a/values-prod.yaml": "web: {env: [{name: A, value: '1'}]}\n",
    "compose.yaml": "services: {web: {ports: [{target: 80}, {target: 81}], volumes: ['a:b']}}\n",
    ".github/workflows/ci.yml": STEPS,
    ".github/workflows/odd.yml": "jobs: {a: {steps: [{run: c}, {run: e}]}}\n" + "{{\n",
    "automations.yaml": "- {id: '1', alias: a}\n- {id: '2', alias: a}\n",
    "configuration.yaml": "automation: !include automations.yaml\n",
    ".vscode/tasks.json": TASKS,
    "pyproject.toml": '[[tool.mypy.overrides]]\nmodule = "a"\n',
    "package.json": '{"name": "a"}\n',
    "other.yaml": "a: 1\n",
    "notes.txt": "a\n",
}


@pytest.fixture
def found(repo: Repo) -> Proposal:
    repo.commit(FILES, "all")
    return proposed(repo.open())


def of(found: Proposal, name: str) -> ProposedEntry:
    (entry,) = (entry for entry in found.entries if name in entry.kind.name)
    return entry


def test_every_known_kind_is_found(found: Proposal) -> None:
    assert [entry.kind for entry in found.entries] == list(KINDS)
    assert found.others == 1
    assert of(found, "Helm").files == ("**/Chart.yaml", "**/values.yaml", "**/values-*.yaml")
    assert of(found, "Compose").files == ("compose.yaml",)  # at the top alone
    assert of(found, "workflows").files == (".github/workflows/*.yml",)


def test_the_keys_of_the_lists_that_are_there(found: Proposal) -> None:
    assert dict(of(found, "Helm").keys) == {"/dependencies": "name", "/**/env": "name"}
    assert dict(of(found, "Compose").keys) == {"/services/*/ports": "target"}
    assert dict(of(found, "workflows").keys) == {"/jobs/*/steps": "name"}
    assert dict(of(found, "Home").keys) == {"": "id"}  # two have one alias
    assert dict(of(found, "VS Code").keys) == {"/tasks": "label"}
    assert dict(of(found, "pyproject").keys) == {"/tool/mypy/overrides": "module"}
    assert dict(of(found, "package").keys) == {}


def test_the_text_is_valid_and_matches_what_was_found(found: Proposal) -> None:
    text = rules_text(found)
    rules = parse_rules(text.encode(), "rules")
    for path in FILES:
        assert (rules.match(path) is None) == (path in ("other.yaml", "notes.txt")), path
    assert len(rules.seeds) == len(KINDS)
    chosen = text.replace("\n    # ", "\n    ")  # a person takes what is in the comments
    owned = parse_rules(chosen.encode(), "rules").seeds[0].overlay
    assert owned[0].path == "/**/replicaCount"


def test_a_kind_needs_more_than_a_name_that_others_use_too(repo: Repo) -> None:
    repo.commit({"configuration.yaml": "a: 1\n", "prod-values.yaml": "a: 1\n"}, "others")
    assert proposed(repo.open()) == Proposal(None, (), 2)
