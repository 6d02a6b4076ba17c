"""A small program that keeps its state in its own configuration files, as many programs do.

    flow_engine.py FILE... [--turns N] [--pause] [--dump]

A turn of a flow consumes a revision, drains the flow's first queue, and writes that into the flow's
file. It knows nothing of git. `--pause` pauses the flow's schedule. `--dump` writes the whole file
anew, from nothing but its values: sorted keys, no comments.
"""

from __future__ import annotations

import argparse
import io
import json
import time
from pathlib import Path
from typing import Any

import tomlkit
import yaml
from ruamel.yaml import YAML


def read(text: str, kind: str) -> Any:
    if kind == ".json":
        return json.loads(text)
    return tomlkit.parse(text) if kind == ".toml" else YAML().load(text)


def written(flow: Any, kind: str) -> str:
    if kind == ".json":
        return json.dumps(flow, indent=2)
    if kind == ".toml":
        return tomlkit.dumps(flow)
    out = io.StringIO()
    YAML().dump(flow, out)
    return out.getvalue()


def dumped(text: str, kind: str) -> str:
    if kind == ".json":
        return json.dumps(json.loads(text), sort_keys=True)
    if kind == ".toml":
        return tomlkit.dumps(tomlkit.parse(text).unwrap(), sort_keys=True)
    return str(yaml.safe_dump(yaml.safe_load(text)))


def work(flow: Any, pause: bool) -> None:
    done = int(flow["consumed_revision"] or 0) + 1
    flow["consumed_revision"] = str(done)
    flow["config_patch_queue"] = [f"retry {done}"]
    flow["steps"][0]["queue_mode"] = "drain"
    if pause:
        flow.get("scheduling_config", flow.get("schedule"))["paused"] = True


def turn(place: Path, pause: bool, dump: bool) -> None:
    """Read the file, work, and replace the file, unless somebody has changed it meanwhile."""
    while True:
        before = place.read_text()
        flow = read(before, place.suffix)
        work(flow, pause)
        after = written(flow, place.suffix)
        fresh = place.with_name(f".{place.name}.new")
        fresh.write_text(dumped(after, place.suffix) if dump else after)
        if place.read_text() == before:
            fresh.replace(place)
            return


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("files", nargs="+", type=Path)
    parser.add_argument("--turns", type=int, default=1)
    parser.add_argument("--pause", action="store_true")
    parser.add_argument("--dump", action="store_true")
    args = parser.parse_args()
    for number in range(args.turns):
        if number:
            time.sleep(0.2)
        for place in args.files:
            turn(place, args.pause, args.dump)
    print(f"worked: {', '.join(place.stem for place in args.files)}")


if __name__ == "__main__":
    main()
