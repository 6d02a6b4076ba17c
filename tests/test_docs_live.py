"""docs/live.md is a session: its commands run, and print what the page says."""

from __future__ import annotations

import re
import shutil
import subprocess
import sys
from configparser import ConfigParser
from pathlib import Path
from textwrap import dedent

import pytest
import yaml

from seedgit.cli.parsers import build_parser
from tests import pages
from tests.conftest import Repo
from tests.site import FLOW, PATH, package, site_of


def test_the_live_page_is_a_session_that_runs(repo: Repo) -> None:
    site = site_of(package(repo))
    repo.commit({PATH: FLOW.replace("timeout: 30", "timeout: 60")}, "wiki: v2")
    pages.check_session(site, "live.md", home=(site.path.parent, "/srv"))


def blocks(language: str) -> list[str]:
    """The examples of the page that begin with a word, without their indentation."""
    found = re.findall(r"(?:^(?:    .*)?\n)+", pages.page("live.md"), re.M)
    return [text for block in found if (text := dedent(block).strip()).startswith(language)]


def test_the_systemd_unit_is_one(tmp_path: Path) -> None:
    [text] = blocks("[Unit]")
    unit = ConfigParser(interpolation=None)
    unit.read_string(text)
    program, *words = unit["Service"]["ExecStart"].split()
    build_parser().parse_args(words)
    analyze = shutil.which("systemd-analyze")
    if analyze is None:
        pytest.skip("systemd-analyze is not here")
    file = tmp_path / "seedgit-site.service"
    file.write_text(text.replace(program, sys.executable).replace("User=app\n", "User=root\n"))
    done = subprocess.run([analyze, "verify", str(file)], capture_output=True, text=True)
    assert (done.returncode, done.stdout + done.stderr) == (0, "")


def test_the_container_examples_are_yaml_that_runs_seedgit() -> None:
    [compose] = map(yaml.safe_load, blocks("services:"))
    services = compose["services"]
    build_parser().parse_args(services["seedgit"]["command"].split()[1:])
    assert {mount.partition(":")[0] for mount in services["app"]["volumes"]} == {"live"}
    [pod] = map(yaml.safe_load, blocks("apiVersion:"))
    first, side = pod["spec"]["initContainers"]
    for container in (first, side):
        build_parser().parse_args(container["command"][1:])
    assert side["restartPolicy"] == "Always"
    known = {volume["name"] for volume in pod["spec"]["volumes"]}
    containers = [first, side, *pod["spec"]["containers"]]
    assert {mount["name"] for each in containers for mount in each["volumeMounts"]} == known
