"""The C parser without its package: the same trees and errors, and the package where it must be."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

import pytest
import yaml

ROOT = Path(__file__).resolve().parents[3]

PROGRAM = """
import json, sys
sys.path[:0] = json.loads(sys.argv[1])
from seedgit.errors import InvalidDocument
from seedgit.formats.yaml import FORMAT
said = []
for text in json.load(sys.stdin):
    try:
        said.append(repr(FORMAT.parse(text, "f").value))
    except InvalidDocument as error:
        said.append(str(error))
loaded = [name for name in sys.modules if name.partition(".")[0] == "yaml"]
import yaml
print(json.dumps([said, loaded, type(yaml.CLoader("a").get_event()).__module__]))
"""

TEXTS = [
    "a: 1\nb: [x, {y: 'z'}]\n",
    "- &a 1\n- *a\n- !t 2\n",
    "a: [",
    "a: \x1b\n",
    "%YAML 3.0\n---\na\n",
    "a:\n  - b\n c\n",
    "a: 'open\n",
    "--- a\n--- b\n",
    "{{ a }}: :\n",
]


def run(flags: list[str], *path: Path) -> list[list[str]]:
    places = [*map(str, path), str(ROOT), str(Path(yaml.__file__).parents[1])]
    words = [sys.executable, *flags, "-c", PROGRAM, json.dumps(places)]
    done = subprocess.run(
        words, input=json.dumps(TEXTS), capture_output=True, text=True, check=True
    )
    said, loaded, module = json.loads(done.stdout)
    assert module == "yaml.events"
    return [said, sorted(loaded)]


def test_the_parser_alone_says_what_the_package_says() -> None:
    said, loaded = run(["-I", "-S"])
    whole, all_loaded = run(["-I"])
    assert said == whole
    assert loaded == ["yaml._yaml", "yaml.error", "yaml.events"]
    assert "yaml.constructor" in all_loaded


@pytest.mark.parametrize(
    "broken",
    [
        {"events.py": "raise ImportError('elsewhere now')"},
        {"error.py": "class YAMLError(Exception): pass"},
        {"_yaml.py": "class CParser:\n  __init__ = get_event = lambda *_: None"},
        {"_yaml.py": "import yaml.composer\nfrom yaml import events\nCParser = events.Parser"},
    ],
    ids=["no-events", "other-errors", "other-parser", "wants-more"],
)
def test_a_package_that_is_not_as_expected_is_imported_whole(
    broken: dict[str, str], tmp_path: Path
) -> None:
    """The whole one is imported from where it was found, and here that one is sound."""
    package = tmp_path / "yaml"
    package.mkdir()
    real = str(Path(yaml.__file__).parent)
    (package / "__init__.py").write_text(
        f"__path__[:] = [{real!r}]\n" + (Path(real) / "__init__.py").read_text()
    )
    for name, text in broken.items():
        (package / name).write_text(text)
    said, loaded = run(["-I", "-S"], tmp_path)
    assert said == run(["-I"])[0]
    assert "yaml.constructor" in loaded
