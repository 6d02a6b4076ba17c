"""The guides in docs/guides are sessions: their commands run, and print what the pages say."""

from __future__ import annotations

from tests.conftest import Repo
from tests.pages import check_session

DONE, ATTENTION = 0, 1
Edits = tuple[tuple[str, str], ...]


def edited(text: str, edits: Edits) -> str:
    for old, new in edits:
        assert text.count(old) == 1, old
        text = text.replace(old, new)
    return text


# -- Helm values -----------------------------------------------------------------------------------

WIKI = """\
# Values of the wiki. Every line has its default.
replicaCount: 1

image:
  repository: registry.example/wiki
  tag: "2.3.0"
  pullPolicy: IfNotPresent

# What the program reads from its environment.
env:
  - name: LOG_LEVEL
    value: info
  - name: SEARCH
    value: builtin
  - name: CACHE
    value: memory

ingress:
  enabled: false
  hosts:
    - host: wiki.example
      paths: ["/"]

resources:
  requests: {cpu: 100m, memory: 256Mi}
  limits: {memory: 512Mi}
"""
WIKI_OURS = (
    ("replicaCount: 1", "replicaCount: 2"),
    ("value: info", "value: warning"),
    ("value: memory", "value: redis"),
    ("enabled: false", "enabled: true"),
    ("host: wiki.example", "host: wiki.berlin.example"),
    ("limits: {memory: 512Mi}", "limits: {memory: 600Mi}"),
    ("pullPolicy: IfNotPresent", "pullPolicy: Always"),
)
WIKI_NEWER = (
    ('tag: "2.3.0"', 'tag: "2.4.0"'),
    ("memory: 256Mi", "memory: 384Mi"),
    ("limits: {memory: 512Mi}", "limits: {memory: 768Mi}"),
    ("  - name: CACHE\n    value: memory\n", '  - name: WORKERS\n    value: "4"\n'),
    ("ingress:\n  enabled: false\n", 'ingress:\n  enabled: false\n  className: ""\n'),
)


def test_helm_values(repo: Repo) -> None:
    for version, text in (("2.3.0", WIKI), ("2.4.0", edited(WIKI, WIKI_NEWER))):
        place = repo.path.parent / "charts" / f"wiki-{version}" / "values.yaml"
        place.parent.mkdir(parents=True)
        place.write_text(text)
    repo.commit({"values.yaml": WIKI}, "Values of the wiki, from the chart")
    repo.commit({"values.yaml": edited(WIKI, WIKI_OURS)}, "Two replicas, our host, redis")
    check_session(repo, "guides/helm.md")


# -- GitHub workflows ------------------------------------------------------------------------------

CI = """\
name: CI

on:
  push:
    branches: [main]
  pull_request:
  schedule:
    - cron: "0 3 * * *"  # every night

permissions:
  contents: read

jobs:
  test:
    runs-on: ubuntu-24.04
    timeout-minutes: 15
    strategy:
      matrix:
        python: ["3.12", "3.13"]
    steps:
      - name: Checkout
        uses: actions/checkout@v5
      - name: Python
        uses: actions/setup-python@v6
        with:
          python-version: ${{ matrix.python }}
      - name: Install
        run: pip install --group dev .
      - name: Tests
        run: pytest
"""
CI_OURS = (
    ('0 3 * * *"  # every night', '30 1 * * *"  # every night'),
    (
        "runs-on: ubuntu-24.04\n    timeout-minutes: 15",
        "runs-on: [self-hosted, linux]\n    timeout-minutes: 15",
    ),
    ('["3.12", "3.13"]', '["3.12", "3.13", "3.14"]'),
    (
        "group dev .\n",
        "group dev .\n      - name: Database\n        run: make database\n",
    ),
)
CI_NEWER = (
    ('0 3 * * *"  # every night', '0 4 * * *"  # every night'),
    (
        "runs-on: ubuntu-24.04\n    timeout-minutes: 15",
        "runs-on: ubuntu-26.04\n    timeout-minutes: 20",
    ),
    ('["3.12", "3.13"]', '["3.12", "3.13", "3.15"]'),
    (
        "actions/checkout@v5\n",
        "actions/checkout@v6\n        with:\n          persist-credentials: false\n",
    ),
    ("        run: pytest\n", "        run: pytest --durations 5\n"),
)


def test_github_workflows(repo: Repo) -> None:
    path = ".github/workflows/ci.yml"
    repo.commit({path: CI}, "Workflows")
    project = repo.clone("project")
    project("remote", "rename", "origin", "template")
    project.commit({path: edited(CI, CI_OURS)}, "Our runners, a database, 3.14")
    repo.commit({path: edited(CI, CI_NEWER)}, "Newer actions, 3.15")
    project("fetch", "--quiet", "template")
    check_session(project, "guides/workflows.md", (DONE, ATTENTION))


# -- Home Assistant --------------------------------------------------------------------------------

FLAT = """\
# The automations of all flats. Please keep the ids.

- id: heating_morning
  alias: Heating in the morning
  triggers:
    - id: morning
      trigger: time
      at: "06:30:00"
  actions:
    - alias: Warmer
      action: climate.set_temperature
      target: {entity_id: climate.living_room}
      data: {temperature: 20}

# It waits for the door, and not for the movement: that was too often.
- id: light_hall
  alias: Light in the hall
  triggers:
    - id: door
      trigger: state
      entity_id: binary_sensor.front_door
      to: "on"
  actions:
    - alias: Light on
      action: light.turn_on
      target: {entity_id: light.hall}
      data: {brightness_pct: 60}
    - alias: Wait
      delay: "00:03:00"
    - alias: Light off
      action: light.turn_off
      target: {entity_id: light.hall}
"""
CONFIGURATION = """\
homeassistant:
  name: Flat
  unit_system: metric
automation: !include automations.yaml
mqtt:
  password: !secret mqtt_password
"""
FLAT_NEWER = (
    ("brightness_pct: 60", "brightness_pct: 80"),
    ('delay: "00:03:00"', 'delay: "00:02:00"'),
    (
        "# It waits",
        """\
- id: heating_night
  alias: Heating at night
  triggers:
    - id: night
      trigger: time
      at: "22:30:00"
  actions:
    - alias: Colder
      action: climate.set_temperature
      target: {entity_id: climate.living_room}
      data: {temperature: 17}

# It waits""",
    ),
)
# What the editor in the browser does to the file: it is written anew, without comments.
EDIT = """\
#!/usr/bin/env python3
import sys
import yaml

FILE = "../config/automations.yaml"
with open(FILE) as file:
    items = yaml.safe_load(file)
name, place, value = sys.argv[1:]
if name == "--new":
    items.append({"id": place, "alias": value, "triggers": [], "actions": []})
else:
    *steps, last = (int(step) if step.isdigit() else step for step in place.split("/"))
    at = next(item for item in items if item["id"] == name)
    for step in steps:
        at = at[step]
    at[last] = type(at[last])(value)
with open(FILE, "w") as file:
    yaml.safe_dump(items, file, sort_keys=False)
"""


def test_home_assistant(repo: Repo) -> None:
    files = {"automations.yaml": FLAT, "configuration.yaml": CONFIGURATION}
    repo.commit(files, "Automations")
    flat = repo.clone("flat")
    repo.commit({"automations.yaml": edited(FLAT, FLAT_NEWER)}, "A second heating automation")
    program = repo.path.parent / "edit"
    program.write_text(EDIT)
    program.chmod(0o755)
    check_session(flat, "guides/home-assistant.md", home=(repo.path.parent, "/srv"))
