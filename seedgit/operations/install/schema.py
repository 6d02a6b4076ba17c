"""The schema of the rules, put where the first line of a proposed rules file says that it is.

An editor looks it up from the file, so it works in each clone after `seedgit init`, offline, and is
always that of the seedgit that is installed.
"""

from __future__ import annotations

from seedgit import codes
from seedgit.git.repository import Repository
from seedgit.operations.install.steps import Step
from seedgit.rules import RULES_FILE

FOLDER, NAME = "seedgit", "rules.schema.json"
SCHEMA = f".git/{FOLDER}/{NAME}"  # from the top; not in a linked working tree


def write_schema(repository: Repository) -> list[Step]:
    """Write the schema if the rules file names it. Returns the step, if there is one to tell."""
    if f"$schema={SCHEMA}".encode() not in (repository.read_file(RULES_FILE) or b""):
        return []
    from importlib import resources  # late: it loads much, and few rules files name the schema

    data = (resources.files("seedgit") / "schema/seedgit-rules.schema.json").read_bytes()
    place = repository.common_dir / FOLDER / NAME
    if place.is_file() and place.read_bytes() == data:
        return [Step("schema for editors", codes.KEPT)]
    outcome = codes.UPDATED if place.exists() else codes.CREATED
    place.parent.mkdir(exist_ok=True)
    repository.writer.write_file(place, data)
    return [Step("schema for editors", outcome)]


def remove_schema(repository: Repository) -> list[Step]:
    place = repository.common_dir / FOLDER / NAME
    if not place.is_file():
        return []
    repository.writer.remove_file(place)
    return [Step("schema for editors", codes.REMOVED)]
