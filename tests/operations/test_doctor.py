"""Each finding of `seedgit doctor` provoked with real git, and what --fix does about it."""

from __future__ import annotations

import functools
import json
import os
import re
import shutil
import subprocess
import sys
import sysconfig
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any
from venv import EnvBuilder

import pytest

from seedgit import codes, merge_driver
from seedgit.git.lock_owners import blind, holder
from seedgit.journal import Journal
from seedgit.journal_file import FILE
from seedgit.operations.audit.findings import NOTE, WRONG, Finding
from seedgit.operations.audit.programs import find_call
from seedgit.operations.doctor import examine, mend
from seedgit.operations.driver_command import driver_command
from seedgit.operations.hook_scripts import HOOKS, hook_script, sealed
from seedgit.operations.workspace import Workspace
from tests.conftest import Repo
from tests.damage import damage, loosen
from tests.operations.test_rules import give_rules, put_rules
from tests.site import FLOW, PATH, RULES, Said, program_path, seedgit, site_of

DOC = Path(__file__).parent.parent.parent / "docs" / "doctor.md"
PACKAGE = Path(merge_driver.__file__).parent
DRIVER = "merge.seedgit.driver"

PROVOKED: set[str] = set()
SEEN: set[str] = set()


def provokes(*named: str) -> Callable[[Callable[..., None]], Callable[..., None]]:
    """The test sees findings of all these codes, or fails."""

    def mark(test: Callable[..., None]) -> Callable[..., None]:
        PROVOKED.update(named)

        @functools.wraps(test)
        def run(*args: Any, **named_args: Any) -> None:
            SEEN.clear()
            test(*args, **named_args)
            assert set(named) <= SEEN

        return run

    return mark


def test_every_code_is_documented_and_provoked() -> None:
    rows = re.findall(r"^\| `([a-z-]+)` \| .+? \|", DOC.read_text(), re.M)
    assert set(rows) == PROVOKED
    assert len(rows) == len(PROVOKED)


@pytest.fixture
def site(upstream: Repo) -> Repo:
    return site_of(upstream, hooks=True)


def look(repo: Repo, *, trial: bool = False) -> list[Finding]:
    found = examine(Workspace.open(str(repo.path)), trial=trial)
    SEEN.update(finding.code for finding in found)
    return found


def fix(repo: Repo, *, trial: bool = False) -> dict[str, str]:
    """What --fix does: each thing and its outcome."""
    workspace = Workspace.open(str(repo.path))
    return {step.what: step.outcome for step in mend(workspace, look(repo, trial=trial))}


def wrong(repo: Repo, *, trial: bool = False) -> set[str]:
    return {finding.code for finding in look(repo, trial=trial) if not finding.ok}


def of(repo: Repo, code: str, *, trial: bool = False) -> Finding:
    """The first finding of a code."""
    found = [finding for finding in look(repo, trial=trial) if finding.code == code]
    assert found, f"no {code}"
    assert found[0].detail and (found[0].level != WRONG or found[0].remedy)
    return found[0]


def doctor(repo: Repo, *words: str, env: dict[str, str] | None = None) -> tuple[Said, Any]:
    said = seedgit(repo, "doctor", "--json", *words, env=env)
    report = json.loads(said.out)
    SEEN.update(finding["code"] for finding in report["findings"])
    return said, report


# -- all is well -----------------------------------------------------------------------------------


@provokes(codes.RULES, codes.MODE, codes.DRIVER, codes.HOOK, codes.CLI, codes.ATTRIBUTES)
def test_what_is_as_it_should_be(site: Repo) -> None:
    said, report = doctor(site, env={"PATH": program_path()})
    assert said.status == 0
    assert {finding["level"] for finding in report["findings"]} == {"ok"}
    assert all(
        set(finding) == {"code", "level", "ok", "detail", "remedy"}
        for finding in report["findings"]
    )
    base = os.path.realpath(sys.executable)
    assert f"by {sys.executable} -> {base}" in report["findings"][2]["detail"]
    details = {finding["code"]: finding["detail"] for finding in report["findings"]}
    assert sys.executable in details["driver"]
    assert f"in {PACKAGE}" in details["hook"]
    assert "live, from default" in details["mode"]
    entries = [f["detail"].partition(":")[0] for f in report["findings"] if f["code"] == "probe"]
    assert entries == ["cli", *(f"hook {name}" for name in HOOKS), "driver"]


@provokes(codes.OVERLAYS, codes.JOURNAL, codes.PROBE)
def test_looking_changes_nothing(site: Repo) -> None:
    def state() -> dict[str, bytes]:
        return {
            str(place): place.read_bytes()
            for place in sorted(site.path.rglob("*"))
            if place.is_file() and "seedgit" not in place.relative_to(site.path).parts
        }

    before = state()
    look(site, trial=True)
    assert fix(site) == {}
    assert state() == before


# -- a clone without configuration -----------------------------------------------------------------


@provokes(codes.NOT_INSTALLED, codes.DRIVER_MISSING, codes.HOOK_MISSING, codes.ATTRIBUTES_OUTDATED)
def test_a_fresh_clone_is_set_up(upstream: Repo) -> None:
    site = upstream.clone("site")
    said, report = doctor(site)
    assert said.status == 1
    assert report["fixed"] == []
    assert site("config", "--get", DRIVER, ok=False) == ""
    said, report = doctor(site, "--fix")
    assert said.status == 0
    assert {"merge.seedgit.driver", "info/attributes", "hook pre-commit"} <= {
        step["what"] for step in report["fixed"]
    }
    assert seedgit(site, "doctor", "--fix").out.endswith("Nothing to fix.\n")


@provokes(codes.RULES_MISSING)
def test_without_rules(site: Repo) -> None:
    (site.path / ".seedgit.yaml").unlink()
    assert "seedgit init" in of(site, codes.RULES_MISSING).remedy
    fix(site)
    assert not (site.path / ".seedgit.yaml").exists()


@provokes(codes.RULES_INVALID)
def test_invalid_rules_leave_the_rest_to_be_mended(site: Repo) -> None:
    site.write({".seedgit.yaml": "version: 1\nseeds: 5\n"})
    site("config", "--unset", "merge.seedgit.recursive")
    assert ".seedgit.yaml" in of(site, codes.RULES_INVALID).detail
    assert fix(site) == {"merge.seedgit.recursive": "created"}
    assert wrong(site) == {codes.RULES_INVALID}


def test_a_seed_in_conflict_is_a_seed(upstream: Repo, site: Repo) -> None:
    upstream.commit({PATH: FLOW.replace("small", "large")}, "v2")
    site.write({PATH: FLOW.replace("small", "mine")})
    site("commit", "--quiet", "--all", "--no-verify", "--message", "site")
    site("fetch", "--quiet")
    site("merge", "origin/main", ok=False)
    assert not wrong(site) & {codes.NO_SEEDS, codes.RULES_INVALID}
    assert "1 seed" in of(site, codes.RULES).detail


@provokes(codes.NO_SEEDS)
def test_rules_that_match_nothing(site: Repo) -> None:
    site.write({".seedgit.yaml": RULES.replace("flows", "other")})
    assert wrong(site) == {codes.NO_SEEDS, codes.ATTRIBUTES_OUTDATED}
    fix(site)
    assert wrong(site) == {codes.NO_SEEDS}


FILES = (".seedgit.yaml:", "local:rules.yaml:")
IDLE = """\
    renames: {/**/old: /**/new}
  - files: flow/*.yaml
  - files: flows/*.yaml
"""


@provokes(codes.PATTERN_UNMATCHED, codes.RULE_SHADOWED, codes.RULE_NOT_FOLLOWED)
def test_rules_that_never_count(site: Repo) -> None:
    site.write({".seedgit.yaml": RULES + IDLE})
    said = seedgit(site, "init")
    lines = len(RULES.splitlines())
    for line, what in ((1, "/**/old"), (2, "flow/*.yaml"), (3, "flows/*.yaml")):
        place = f".seedgit.yaml:{lines + line}"
        assert re.search(rf"{re.escape(place)} +idle +'{re.escape(what)}'", said.out), said.out
    assert wrong(site) == set()
    for finding in look(site):
        if finding.code in (codes.PATTERN_UNMATCHED, codes.RULE_SHADOWED, codes.RULE_NOT_FOLLOWED):
            assert finding.level == NOTE
            assert ".seedgit.yaml:" in finding.detail
            assert "seedgit init" in finding.remedy


CONTRADICTING = """\
version: 1
seeds:
  - files: "flows/**"
    keys: {/steps: name}
    overlay:
      - path: /limit
      - path: /timeout
      - path: /steps/*/mode/x
      - path: /model
  - files: "none/*.yaml"
"""


@provokes(codes.RULE_CONTRADICTED)
def test_rules_of_two_files_that_contradict(site: Repo) -> None:
    site.write({".seedgit.yaml": RULES + "      - {path: /timeout, final: true}\n"})
    give_rules(site, CONTRADICTING)
    found = {f.detail.partition(" ")[0]: f for f in look(site) if f.detail.startswith(FILES)}
    assert {place: f.code for place, f in found.items()} == {
        ".seedgit.yaml:10:": codes.RULE_CONTRADICTED,
        ".seedgit.yaml:3:": codes.RULE_CONTRADICTED,
        "local:rules.yaml:7:": codes.RULE_CONTRADICTED,
        "local:rules.yaml:10:": codes.PATTERN_UNMATCHED,
    }
    assert found["local:rules.yaml:7:"].remedy == "seedgit rules --edit"
    assert "local:rules.yaml:6 says something else" in found[".seedgit.yaml:10:"].detail


@provokes(codes.LAYER_RULES_UNUSABLE)
def test_rules_of_a_layer_that_do_not_parse(site: Repo) -> None:
    put_rules(site, "version: 1\nseeds: 5\n")
    assert codes.LAYER_RULES_UNUSABLE in wrong(site)


def test_very_many_rules_that_never_count_are_not_all_told(site: Repo) -> None:
    files = "".join(f"  - files: none-{number}.yaml\n" for number in range(99))
    site.write({".seedgit.yaml": RULES + files})
    told = [f for f in look(site) if f.code == codes.PATTERN_UNMATCHED]
    assert len(told) == 21
    assert "79 more" in told[-1].detail


def test_init_in_mode_off_tells_of_rules_that_are_none(site: Repo) -> None:
    assert seedgit(site, "mode", "off").status == 0
    site.write({".seedgit.yaml": "version: x\n"})
    said = seedgit(site, "init")
    assert said.status == 0
    assert "`version` is not a number" in said.out


# -- driver ----------------------------------------------------------------------------------------


@provokes(codes.DRIVER_RECURSIVE, codes.DRIVER_OUTDATED)
def test_the_drivers_configuration(site: Repo) -> None:
    site("config", "--unset", "merge.seedgit.recursive")
    plain = f"{sys.executable} -I -S {merge_driver.__file__} %O %A %B %L %P"
    site("config", DRIVER, plain)
    assert wrong(site) == {codes.DRIVER_RECURSIVE, codes.DRIVER_OUTDATED}
    assert plain in of(site, codes.DRIVER_OUTDATED).detail
    fix(site)
    assert wrong(site) == set()
    assert site("config", DRIVER) == driver_command()


def test_what_is_set_for_all_clones_stays(site: Repo) -> None:
    local = site("config", DRIVER)
    site("config", "--global", DRIVER, local.replace("mv -f", "mv"))
    site("config", "--local", "--unset", DRIVER)
    assert wrong(site) == {codes.DRIVER_OUTDATED}
    fix(site)
    assert wrong(site) == set()
    assert "mv -f" not in site("config", "--global", DRIVER)


@provokes(codes.DRIVER_UNTOLD)
def test_what_no_driver_is_told(site: Repo) -> None:
    assert of(site, codes.DRIVER_UNTOLD).level == "ok"
    site("config", "branch.main.mergeOptions", "--no-ff -X find-renames=50")
    assert of(site, codes.DRIVER_UNTOLD).level == "ok"
    site("config", "branch.Main.mergeOptions", "--no-ff -X ours")
    found = of(site, codes.DRIVER_UNTOLD)
    assert found.level == NOTE
    assert "branch.Main.mergeoptions is '--no-ff -X ours'; git does not tell" in found.detail
    assert all(word in found.detail for word in ("theirs", "ignore-space-change", "patience"))


@provokes(codes.DRIVER_FOREIGN)
def test_somebody_elses_driver_stays(site: Repo) -> None:
    site("config", DRIVER, "other-merge %O %A %B")
    site("config", "--unset", "merge.seedgit.recursive")
    assert "other-merge" in of(site, codes.DRIVER_FOREIGN).detail
    fix(site)
    assert site("config", DRIVER) == "other-merge %O %A %B"


def test_off_needs_no_driver(site: Repo) -> None:
    assert seedgit(site, "mode", "off").status == 0
    assert wrong(site) == set()
    assert "the mode is off" in of(site, codes.DRIVER).detail
    assert "the mode is off" in of(site, codes.HOOK).detail
    site.hook("pre-commit", hook_script("pre-commit").removeprefix("#!/bin/sh\n").rstrip("\n"))
    left = of(site, codes.HOOK)
    assert (left.level, "pre-commit: in " in left.detail) == (NOTE, True)
    assert fix(site) == {}
    assert seedgit(site, "mode", "off").status == 0
    assert not (site.path / ".git" / "hooks" / "pre-commit").exists()
    assert site("config", "--get", DRIVER, ok=False) == ""


# -- interpreters ----------------------------------------------------------------------------------


def venv(place: Path, *roots: Path | str) -> Path:
    """The interpreter of a new virtual environment in which these directories are importable."""
    EnvBuilder(symlinks=True).create(place)
    library = next((place / "lib").glob("python*/site-packages"))
    (library / "roots.pth").write_text("".join(f"{root}\n" for root in roots))
    return place / "bin" / "python"


def copied(place: Path, version: str | None = None) -> Path:
    """Another copy of seedgit, of another version perhaps; returns what to import it from."""
    for folder in (PACKAGE, PACKAGE.parent / "hooks"):  # with what is compiled: it takes a second
        shutil.copytree(folder, place / folder.name)
    if version is not None:
        init = place / "seedgit" / "__init__.py"
        init.write_text(re.sub(r'"\d+[^"]*"', f'"{version}"', init.read_text()))
    return place


def install(site: Repo, interpreter: Path, root: Path = PACKAGE.parent) -> None:
    """The driver and the hooks as a seedgit in another environment would install them."""
    site("config", DRIVER, driver_command(str(interpreter), str(root / "seedgit/merge_driver.py")))
    for name in HOOKS:
        script = hook_script(name, str(interpreter), str(root / "seedgit/__main__.py"))
        (site.path / ".git" / "hooks" / name).write_text(script)


LIBRARIES = sysconfig.get_paths()["purelib"]


@provokes(codes.OTHER_VERSION)
def test_two_versions_on_one_machine(site: Repo, tmp_path: Path) -> None:
    old = copied(tmp_path / "old", "0.0.1")
    install(site, venv(tmp_path / "env", old, LIBRARIES), old)
    found = [f for f in look(site) if f.code == codes.OTHER_VERSION]
    assert [f.detail.partition(": ")[0] for f in found] == ["driver", *(f"hook {n}" for n in HOOKS)]
    assert all(f"seedgit 0.0.1 in {old}/seedgit, by {tmp_path}/env" in f.detail for f in found)
    assert wrong(site) == {codes.OTHER_VERSION}
    fix(site)
    assert wrong(site) == set()


@provokes(codes.OTHER_PLACE)
def test_the_same_version_elsewhere_is_no_fault(site: Repo, tmp_path: Path) -> None:
    other = copied(tmp_path / "other")
    install(site, venv(tmp_path / "env", other, LIBRARIES), other)
    assert of(site, codes.OTHER_PLACE).level == NOTE
    assert wrong(site) == set()
    assert fix(site) == {}


@provokes(codes.INTERPRETER_MISSING)
@pytest.mark.parametrize("how", ["moved", "base-removed", "program-removed"])
def test_an_environment_that_is_gone(site: Repo, tmp_path: Path, how: str) -> None:
    other = copied(tmp_path / "other")
    python = venv(tmp_path / "env", other, LIBRARIES)
    install(site, python, other)
    if how == "moved":
        (tmp_path / "env").rename(tmp_path / "elsewhere")
        gone = f"{python} is gone"
    elif how == "base-removed":
        (tmp_path / "env/bin/python").unlink()
        (tmp_path / "env/bin/python").symlink_to(tmp_path / "base/python")
        gone = f"{python} is gone: it is a link to {tmp_path}/base/python, which is gone"
    else:
        (other / "seedgit/merge_driver.py").unlink()
        gone = "merge_driver.py is gone"
    assert gone in of(site, codes.INTERPRETER_MISSING).detail
    assert fix(site)[DRIVER] == "updated"
    assert wrong(site) == set()


@provokes(codes.INTERPRETER_SHIM)
def test_a_shim(site: Repo, tmp_path: Path) -> None:
    shim = tmp_path / "shims" / "python"
    shim.parent.mkdir()
    shim.write_text(f'#!/bin/sh\nexec {sys.executable} "$@"\n')
    shim.chmod(0o755)
    install(site, shim)
    assert str(shim) in of(site, codes.INTERPRETER_SHIM).detail
    assert wrong(site) == {codes.INTERPRETER_SHIM}
    fix(site)
    assert wrong(site) == set()


@provokes(codes.NOT_IMPORTABLE)
def test_an_interpreter_without_seedgit(site: Repo, tmp_path: Path) -> None:
    install(site, venv(tmp_path / "env"))
    found = of(site, codes.NOT_IMPORTABLE)
    assert "No module named 'pygit2'" in found.detail and "hook pre-commit" in found.detail
    fix(site)
    assert wrong(site) == set()


@provokes(codes.IN_TREE)
def test_an_environment_in_the_working_tree(site: Repo, upstream: Repo) -> None:
    """git overwrites what it ignores: upstream may track `.venv/bin/python`."""
    site.write({".git/info/exclude": ".venv\n"})
    inside = venv(site.path / ".venv", PACKAGE.parent, LIBRARIES)
    install(site, inside)
    found = [f for f in look(site) if f.code == codes.IN_TREE]
    assert [f.detail.partition(": ")[0] for f in found] == ["driver", *(f"hook {n}" for n in HOOKS)]
    assert wrong(site) == {codes.IN_TREE}
    ran = subprocess.run(
        [inside, "-I", "-m", "seedgit", "init"], cwd=site.path, capture_output=True, text=True
    )
    assert "lies in the working tree" in ran.stdout, ran.stderr
    fix(site)
    assert wrong(site) == set()


@provokes(codes.CLI_MISSING)
def test_a_shell_that_finds_no_seedgit(site: Repo, monkeypatch: pytest.MonkeyPatch) -> None:
    places = os.environ["PATH"].split(os.pathsep)
    others = [place for place in places if not (Path(place) / "seedgit").exists()]
    monkeypatch.setenv("PATH", os.pathsep.join(others))
    assert of(site, codes.CLI_MISSING).level == NOTE


@pytest.mark.parametrize(
    ("command", "program"),
    [
        (driver_command("/a b/python", "/x/merge_driver.py"), "/a b/python"),
        (hook_script("post-merge", "/p/python3"), "/p/python3"),
        ("seedgit hook pre-commit", "seedgit"),
        ("#!/bin/sh\n# don't\nif true; then /b/seedgit hook pre-commit; fi", "/b/seedgit"),
        ("python3 -m seedgit.merge_driver %O %A %B %L %P", "python3"),
        ("other %O", None),
        ("echo 'open", None),
        ("", None),
    ],
)
def test_the_program_of_a_command_line(command: str, program: str | None) -> None:
    call = find_call(command)
    assert (call and call.program) == program


# -- hooks -----------------------------------------------------------------------------------------


@provokes(codes.NOT_ISOLATED)
def test_hooks_of_before_they_were_isolated(site: Repo) -> None:
    hooks = site.path / ".git" / "hooks"
    for name in HOOKS:
        about = hook_script(name).splitlines()[1]
        call = f'exec {sys.executable} -m seedgit hook {name} "$@"'
        (hooks / name).write_text(f"#!/bin/sh\n{about}\n{call}\n")
    assert {f.code for f in look(site)} >= {codes.HOOK_OUTDATED, codes.NOT_ISOLATED}
    assert set(fix(site)) == {f"hook {name}" for name in HOOKS}
    assert codes.NOT_ISOLATED not in {f.code for f in look(site)}
    assert all((hooks / name).read_text() == hook_script(name) for name in HOOKS)


@provokes(codes.HOOK_FOREIGN, codes.HOOK_OUTDATED, codes.HOOK_NOT_EXECUTABLE)
def test_hooks(site: Repo) -> None:
    hooks = site.path / ".git" / "hooks"
    site.hook("pre-commit", "exit 0")
    script = hook_script("post-merge")
    older = script.rpartition("#")[0].replace("sooner", "later")
    (hooks / "post-merge").write_text(sealed(older))
    (hooks / "commit-msg").chmod(0o644)
    (hooks / "post-rewrite").unlink()
    assert wrong(site) == {
        codes.HOOK_FOREIGN, codes.HOOK_OUTDATED, codes.HOOK_NOT_EXECUTABLE, codes.HOOK_MISSING
    }  # fmt: skip
    assert set(fix(site)) == {"hook post-merge", "hook commit-msg", "hook post-rewrite"}
    assert wrong(site) == {codes.HOOK_FOREIGN}
    assert (hooks / "post-merge").read_text() == script
    assert (hooks / "pre-commit").read_text() == "#!/bin/sh\nexit 0\n"


def test_a_persons_hook_that_calls_seedgit_is_read_and_stays(site: Repo, tmp_path: Path) -> None:
    own = f"touch {tmp_path}/ran\n{sys.executable} -m seedgit hook pre-commit"
    site.hook("pre-commit", own)
    (site.path / ".git" / "hooks" / "post-merge").unlink()
    assert list(fix(site, trial=True)) == ["hook post-merge"]
    assert wrong(site) == set()
    assert own in (site.path / ".git" / "hooks" / "pre-commit").read_text()
    assert not (tmp_path / "ran").exists()


def test_the_pre_commit_framework(site: Repo) -> None:
    site.hook("pre-commit", "exec python -m pre_commit hook-impl")
    assert wrong(site) == {codes.HOOK_FOREIGN}
    site.write(
        {".pre-commit-config.yaml": "repos:\n  - repo: x\n    hooks:\n      - id: seedgit\n"}
    )
    assert wrong(site) == set()


@provokes(codes.HOOKS_PATH)
def test_hooks_elsewhere(site: Repo, tmp_path: Path) -> None:
    shared = tmp_path / "shared"
    shared.mkdir()
    site("config", "core.hooksPath", str(shared))
    assert wrong(site) == {codes.HOOKS_PATH, codes.HOOK_MISSING}
    assert str(shared) in of(site, codes.HOOKS_PATH).detail
    assert fix(site) == {"hooks": "left"}
    assert list(shared.iterdir()) == []
    for name in HOOKS:
        shutil.copy(site.path / ".git" / "hooks" / name, shared)
    assert of(site, codes.HOOKS_PATH).level == NOTE
    assert wrong(site) == set()


# -- attributes ------------------------------------------------------------------------------------


def test_attributes_that_do_not_match_the_rules(site: Repo) -> None:
    site.commit({".seedgit.yaml": RULES.replace("flows/**", "conf/*"), "conf/a.yaml": "a: 1\n"})
    detail = of(site, codes.ATTRIBUTES_OUTDATED).detail
    assert "missing: conf/* merge=seedgit" in detail
    assert "left over: flows/** merge=seedgit" in detail
    assert fix(site) == {"info/attributes": "updated"}
    assert wrong(site) == set()


def test_attributes_that_are_a_link_to_a_device(site: Repo) -> None:
    info = site.path / ".git" / "info" / "attributes"
    info.write_text(info.read_text() + "*.yaml merge=union\n")
    (site.path / ".gitattributes").symlink_to("/dev/zero")
    assert codes.ATTRIBUTE_SHADOWED in wrong(site)


@provokes(codes.ATTRIBUTE_SHADOWED)
def test_a_line_that_takes_the_driver_away(site: Repo) -> None:
    info = site.path / ".git" / "info" / "attributes"
    text = info.read_text() + "# mine\n*.yaml -text\n*.yaml   merge=union\n*.md merge=ours\n"
    info.write_text(text)
    number = text.splitlines().index("*.yaml   merge=union") + 1
    assert f"{info}:{number}: *.yaml   merge=union" in of(site, codes.ATTRIBUTE_SHADOWED).detail
    assert fix(site) == {}
    assert info.read_text() == text


@pytest.mark.parametrize(
    ("file", "line", "relative"),
    [
        (".gitattributes", "flows/*.yaml merge=union", True),
        (".gitattributes", '"flows/wiki.yaml" binary', True),
        ("flows/.gitattributes", "wiki.yaml -merge", True),
        ("flows/.gitattributes", "/wiki.yaml merge", True),
        ("personal", "*.yaml merge=ours", False),
    ],
)
def test_a_shadow_in_any_file_is_named(
    site: Repo, tmp_path: Path, file: str, line: str, relative: bool
) -> None:
    (site.path / ".git" / "info" / "attributes").unlink()
    place = (site.path if relative else tmp_path) / file
    place.write_text(f"# first\n\n*.txt merge=seedgit\n{line}\nflows/other.yaml merge=seedgit\n")
    if not relative:
        site("config", "core.attributesFile", str(place))
    assert f"{place}:4: {line}: takes" in of(site, codes.ATTRIBUTE_SHADOWED).detail
    fix(site)  # what init writes counts more than any of them
    assert codes.ATTRIBUTE_SHADOWED not in wrong(site)


def test_many_shadowed_seeds_are_one_finding_a_line(site: Repo) -> None:
    files = {f"flows/{d}/{n}.yaml": "a: 1\n" for d in "ab" for n in range(50)}
    site.write(files)
    site("add", "--all")
    (site.path / "flows/a/.gitattributes").write_text("*.yaml -merge\n")
    (site.path / ".gitattributes").write_text("*.yaml merge=union\n")
    (site.path / ".git" / "info" / "attributes").unlink()
    found = [f.detail for f in look(site) if f.code == codes.ATTRIBUTE_SHADOWED]
    nested, top = f"{site.path}/flows/a/.gitattributes:1", f"{site.path}/.gitattributes:1"
    assert [detail.partition(": ")[0] for detail in found] == [nested, top]
    assert [detail.rpartition(" and ")[2] for detail in found] == ["49 more", "50 more"]


def test_a_linked_worktree(site: Repo) -> None:
    linked = site.worktree("linked")
    assert wrong(linked, trial=True) == set()


def test_a_shadow_by_a_macro(site: Repo) -> None:
    info = site.path / ".git" / "info" / "attributes"
    info.write_text(info.read_text() + "[attr]opaque -diff merge=ours\n*.yaml opaque\n")
    assert "*.yaml opaque" in of(site, codes.ATTRIBUTE_SHADOWED).detail


@provokes(codes.ATTRIBUTES_ABSENT)
@pytest.mark.parametrize("how", ["deleted", "sparse"])
def test_tracked_attributes_that_are_not_on_the_disk(site: Repo, how: str) -> None:
    site.commit({".gitattributes": "flows/** merge=seedgit\n", "other/.gitattributes": "* text\n"})
    if how == "deleted":
        (site.path / ".gitattributes").unlink()
        name = ".gitattributes"
    else:
        site("sparse-checkout", "set", "flows")
        name = "other/.gitattributes"
    found = of(site, codes.ATTRIBUTES_ABSENT)
    assert found.level == NOTE and found.detail.startswith(name) and how in found.detail
    (site.path / ".git" / "info" / "attributes").unlink()
    assert of(site, codes.ATTRIBUTES_ABSENT).level == WRONG
    fix(site)
    assert wrong(site) == set()
    assert not (site.path / name).exists()


@provokes(codes.FILTER_UNKNOWN)
def test_a_filter_that_is_not_configured(site: Repo) -> None:
    site.commit({".gitattributes": "*.bin filter=lfs\n", "x.bin": "x"})
    assert (
        f"{site.path}/.gitattributes:1: *.bin filter=lfs" in of(site, codes.FILTER_UNKNOWN).detail
    )
    assert of(site, codes.FILTER_UNKNOWN).level == NOTE
    site.write({".gitattributes": "* filter=lfs\n"})
    assert of(site, codes.FILTER_UNKNOWN).level == WRONG
    fix(site)
    site("config", "filter.lfs.clean", "cat")
    assert wrong(site) == set()


# -- overlays and the clone ------------------------------------------------------------------------


@provokes(codes.OVERLAY_SETTING)
def test_a_setting_that_names_no_overlay(site: Repo) -> None:
    site("config", "seedgit.overlay", "no..name")
    assert "no..name" in of(site, codes.OVERLAY_SETTING).detail
    fix(site)
    assert site("config", "seedgit.overlay") == "no..name"


@provokes(codes.OVERLAY_RECORD)
def test_a_record_that_cannot_be_read(site: Repo) -> None:
    record = site.tree({"junk": site.blob("x")})
    tree = site.tree({"records": site.tree({"flows%2Fwiki.yaml": record})})
    commit = site("commit-tree", "-m", "broken", tree)
    site("update-ref", "refs/seedgit/overlays/local", commit)
    assert wrong(site) == {codes.OVERLAY_RECORD}
    assert fix(site) == {}


@provokes(codes.BASE_MISSING)
def test_a_base_that_is_gone(site: Repo) -> None:
    site.write({PATH: FLOW.replace("30", "31")})
    site("add", "--all")
    assert seedgit(site, "set", PATH, "/limit", "9").status == 0
    loosen(site)
    damage(site, site("rev-parse", f":{PATH}"), "gone")
    assert PATH in of(site, codes.BASE_MISSING).detail


@provokes(codes.PARTIAL_CLONE)
def test_a_partial_clone(upstream: Repo) -> None:
    upstream("config", "uploadpack.allowFilter", "true")
    site = upstream.clone("site", "--filter=blob:none")
    assert seedgit(site, "init").status == 0
    assert seedgit(site, "set", PATH, "/limit", "9").status == 0
    found = of(site, codes.PARTIAL_CLONE)
    assert found.level == NOTE and "the overlays' own are here" in found.detail
    assert wrong(site) == set()


@provokes(codes.SUBMODULE)
def test_a_submodule(site: Repo, upstream: Repo) -> None:
    site("submodule", "--quiet", "add", str(upstream.path), "vendor")
    found = of(site, codes.SUBMODULE)
    assert found.level == NOTE and found.detail.startswith("vendor: ")


@provokes(codes.REMOTE_FETCH, codes.REMOTE_MIRROR)
def test_refspecs_that_destroy(site: Repo) -> None:
    site("config", "--add", "remote.origin.fetch", "+refs/*:refs/*")
    site("config", "remote.origin.mirror", "true")
    before = (site.path / ".git" / "config").read_bytes()
    assert "+refs/*:refs/*" in of(site, codes.REMOTE_FETCH).detail
    assert wrong(site) == {codes.REMOTE_FETCH, codes.REMOTE_MIRROR}
    assert fix(site) == {}
    assert (site.path / ".git" / "config").read_bytes() == before


@provokes(codes.REF_LOCK)
@pytest.mark.skipif(not Path("/proc/self/stat").exists(), reason="needs /proc")
@pytest.mark.usefixtures("in_a_container")
def test_a_lock_that_was_left_behind(site: Repo) -> None:
    place = site.path / ".git" / "refs" / "seedgit" / "overlays"
    place.mkdir(parents=True)
    old, young = place / "local.lock", place / "other.lock"
    for lock, age in ((old, 4000), (young, 600)):
        lock.touch()
        os.utime(lock, (time.time() - age,) * 2)
    assert "there for 40" in of(site, codes.REF_LOCK).detail
    assert fix(site) == {str(old): "removed", str(young): "left"}
    assert young.exists() and not old.exists()


def test_a_lock_whose_process_is_certainly_gone(site: Repo) -> None:
    lock = site.path / ".git" / "refs" / "seedgit" / "x.lock"
    lock.parent.mkdir(parents=True)
    lock.touch()
    if blind(lock):
        pytest.skip(blind(lock))
    assert wrong(site) == set()
    os.utime(lock, (time.time() - 60,) * 2)
    assert fix(site) == {str(lock): "removed"}


@pytest.mark.skipif(not Path("/proc/self/stat").exists(), reason="needs /proc")
def test_a_lock_that_a_process_holds(site: Repo) -> None:
    lock = site.path / ".git" / "refs" / "seedgit" / "x.lock"
    lock.parent.mkdir(parents=True)
    lock.touch()
    os.utime(lock, (time.time() - 4000,) * 2)
    with lock.open("rb") as held, subprocess.Popen(["sleep", "60"], stdin=held) as sleeping:
        assert fix(site) == {str(lock): "left"}
        sleeping.kill()
    assert lock.exists()
    with subprocess.Popen(["git", "hash-object", "--stdin"], cwd=site.path, stdin=-1) as git:
        assert fix(site) == {str(lock): "left"}
        git.kill()
    assert fix(site) == {str(lock): "removed"}


def test_where_processes_are_not_known_somebody_holds_it(tmp_path: Path) -> None:
    assert holder(tmp_path / "x.lock", [tmp_path], tmp_path) != ""


@provokes(codes.OBJECT_DAMAGED)
def test_a_damaged_commit_hides_nothing_else(site: Repo) -> None:
    id = site("rev-parse", "HEAD")
    loosen(site)
    damage(site, id, "last bytes missing")
    assert id in of(site, codes.OBJECT_DAMAGED).detail
    assert "fetch --refetch origin" in of(site, codes.OBJECT_DAMAGED).remedy
    assert of(site, codes.JOURNAL).ok


@provokes(codes.UNREADABLE)
def test_a_damaged_index_hides_nothing_else(site: Repo) -> None:
    (site.path / ".git" / "index").write_bytes(b"DIRC")
    assert "index" in of(site, codes.UNREADABLE).detail
    assert of(site, codes.JOURNAL).ok


@provokes(codes.REF_DAMAGED)
def test_a_damaged_ref(site: Repo) -> None:
    assert seedgit(site, "set", PATH, "/timeout", "60").status == 0
    ref = "refs/seedgit/overlays/local"
    before = site("rev-parse", ref)
    (site.path / ".git" / ref).write_text("")
    assert before in of(site, codes.REF_DAMAGED).remedy
    fix(site)
    assert (site.path / ".git" / ref).read_text() == ""


@provokes(codes.INDEX_LOCK)
def test_the_index_lock_is_gits(site: Repo) -> None:
    lock = site.path / ".git" / "index.lock"
    lock.touch()
    os.utime(lock, (0, 0))
    assert of(site, codes.INDEX_LOCK).level == NOTE
    assert fix(site) == {}
    assert lock.exists()


# -- journal, mode, environment --------------------------------------------------------------------


@provokes(codes.JOURNAL_DAMAGED)
@pytest.mark.parametrize("where", ["head", "middle"])
def test_a_damaged_journal_goes_aside(site: Repo, where: str) -> None:
    journal = Journal(site.path / ".git")
    for n in range(300):
        journal.add("test", "done", reason="x" * 200 + str(n))
    place = Path(journal.path)
    text = place.read_bytes()
    middle = b"\xff" * 20_000
    place.write_bytes(b"junk" * 1000 if where == "head" else text[:8192] + middle + text[28192:])
    damaged = place.read_bytes()
    (place.parent / f"{place.name}-wal").unlink(missing_ok=True)
    assert wrong(site) == {codes.JOURNAL_DAMAGED}
    said, report = doctor(site, "--fix")
    assert said.status == 0
    aside = [
        p
        for p in place.parent.iterdir()
        if re.fullmatch(r"journal\.sqlite\.damaged-\d{8}T\d{6}Z", p.name)
    ]
    assert [p.read_bytes() for p in aside] == [damaged]
    assert report["fixed"][0]["outcome"] == "moved"
    assert [row["entry"] for row in journal.rows()] == ["doctor"]


@provokes(codes.JOURNAL_UNUSABLE)
def test_a_journal_of_a_newer_seedgit_stays(site: Repo) -> None:
    import sqlite3

    place = site.path / ".git" / FILE
    with sqlite3.connect(place) as connection:
        connection.execute("PRAGMA user_version = 99")
    connection.close()
    assert "newer seedgit" in of(site, codes.JOURNAL_UNUSABLE).detail
    assert fix(site) == {}
    assert place.exists()


@provokes(codes.MODE_WARNING, codes.ENVIRONMENT)
def test_mode_and_environment(site: Repo, monkeypatch: pytest.MonkeyPatch) -> None:
    site("config", "seedgit.mode", "live")
    monkeypatch.setenv("SEEDGIT_MODE", "off")
    assert of(site, codes.MODE_WARNING).level == NOTE
    assert of(site, codes.MODE).detail == "off, from SEEDGIT_MODE"
    assert of(site, codes.ENVIRONMENT).detail == "SEEDGIT_MODE=off is in effect"
    monkeypatch.setenv("SEEDGIT_MODE", "lively")
    assert of(site, codes.MODE_WARNING).level == WRONG
    monkeypatch.delenv("SEEDGIT_MODE")
    assert wrong(site) == set()


@pytest.mark.parametrize("driver", [True, False])
def test_dry_run_writes_nothing(site: Repo, driver: bool) -> None:
    site("config", "seedgit.mode", "dry-run")
    site("config", "--unset", "merge.seedgit.recursive")
    if not driver:
        site("config", "--unset", DRIVER)
    (site.path / ".git" / "hooks" / "pre-commit").unlink()
    (site.path / ".git" / "info" / "attributes").unlink()
    place = site.path / ".git" / FILE
    for suffix in ("", "-wal", "-shm"):
        place.with_name(place.name + suffix).unlink(missing_ok=True)
    place.write_bytes(b"junk" * 1000)
    lock = site.path / ".git" / "refs" / "seedgit" / "x.lock"
    lock.parent.mkdir(parents=True, exist_ok=True)
    lock.touch()
    os.utime(lock, (time.time() - 4000,) * 2)

    def state() -> dict[str, bytes]:
        return {str(p): p.read_bytes() for p in site.path.rglob("*") if p.is_file()}

    before = state()
    said, report = doctor(site, "--fix")
    assert said.status == 1
    assert report["dry-run"] is True
    assert {"merge.seedgit.recursive", "hook pre-commit", str(lock), str(place)} <= {
        step["what"] for step in report["fixed"]
    }
    assert "dry-run: nothing was written" in said.err
    assert state() == before


# -- the trial -------------------------------------------------------------------------------------


def on_path(monkeypatch: pytest.MonkeyPatch, place: Path, script: str) -> None:
    place.mkdir()
    (place / "seedgit").write_text(f"#!/bin/sh\n{script}\n")
    (place / "seedgit").chmod(0o755)
    monkeypatch.setenv("PATH", f"{place}{os.pathsep}{os.environ['PATH']}")


@provokes(codes.PROBE_DRIVER)
def test_a_driver_that_does_not_merge(site: Repo, tmp_path: Path) -> None:
    # Everything is where it should be, but a library is not.
    other = copied(tmp_path / "other")
    python = venv(tmp_path / "env", other)
    site("config", DRIVER, driver_command(str(python), str(other / "seedgit/merge_driver.py")))
    assert wrong(site) == set()
    assert wrong(site, trial=True) == {codes.PROBE_DRIVER}
    assert fix(site, trial=True) == {DRIVER: "updated"}
    assert wrong(site, trial=True) == set()


@provokes(codes.PROBE_HOOK)
def test_a_hook_that_does_not_check(site: Repo, tmp_path: Path) -> None:
    other = copied(tmp_path / "other")
    checks = other / "seedgit/cli/commands/hook.py"
    checks.write_text(checks.read_text().replace("if not check.refused:", "if True:"))
    python = venv(tmp_path / "env", other, LIBRARIES)
    script = hook_script("pre-commit", str(python), str(other / "seedgit/__main__.py"))
    (site.path / ".git/hooks/pre-commit").write_text(script)
    assert wrong(site) == set()
    found = of(site, codes.PROBE_HOOK, trial=True)
    assert "let a change of a seed pass" in found.detail
    assert "hook pre-commit" in fix(site, trial=True)
    assert wrong(site, trial=True) == set()


@provokes(codes.PROBE_CLI)
def test_a_command_line_that_does_not_answer(
    site: Repo, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    on_path(monkeypatch, tmp_path / "bin", "echo broken >&2; exit 3")
    assert "broken" in of(site, codes.PROBE_CLI, trial=True).detail


@provokes(codes.PROBE_STORE)
def test_an_entry_point_with_another_store(
    site: Repo, upstream: Repo, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    on_path(
        monkeypatch,
        tmp_path / "bin",
        f'exec {sys.executable} -m seedgit -C {upstream.path} "$@"',
    )
    found = of(site, codes.PROBE_STORE, trial=True)
    assert str(upstream.path) in found.detail
    assert codes.INTERPRETER_SHIM in SEEN


def test_the_trial_is_not_led_astray_by_the_environment(
    site: Repo, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("GIT_DIR", str(site.path / ".git"))
    monkeypatch.setenv("GIT_INDEX_FILE", str(site.path / ".git" / "index"))
    monkeypatch.setenv("SEEDGIT_MODE", "dry-run")
    for key, value in (("merge.ff", "only"), ("seedgit.overlay", "team"), ("seedgit.mode", "off")):
        site("config", "--global", key, value)
    before = site("for-each-ref"), site("status", "--porcelain")
    monkeypatch.chdir(site.path)
    assert wrong(site, trial=True) == set()
    assert (site("for-each-ref"), site("status", "--porcelain")) == before


@provokes(codes.UPSTREAM_MISSING)
def test_an_upstream_that_is_not_there(site: Repo) -> None:
    site("config", "seedgit.upstream", "origin/nowhere")
    finding = of(site, codes.UPSTREAM_MISSING)
    assert "origin/nowhere" in finding.detail
    assert "git fetch" in finding.remedy
    said = seedgit(site, "status", "--exit-code")
    assert (said.status, "names 'origin/nowhere'" in said.out) == (1, True)


@provokes(codes.OVERLAY_UNUSABLE)
def test_overrides_of_a_seed_that_does_not_parse(site: Repo) -> None:
    assert seedgit(site, "set", PATH, "/paused", "true").status == 0
    site.write({PATH: "a: [\n"})
    assert f"{PATH}:" in of(site, codes.OVERLAY_UNUSABLE).detail


# -- live trees ------------------------------------------------------------------------------------


@pytest.fixture
def app(site: Repo) -> Path:
    """The folder of a program, a live tree."""
    place = site.path.parent / "app"
    assert seedgit(site, "live", str(place)).status == 0
    return place


def ledger_of(site: Repo) -> Path:
    [folder] = (site.path / ".git" / "seedgit" / "live").iterdir()
    return folder


def long_ago(*places: Path) -> None:
    """Nothing has been changed for an hour."""
    hour = time.time() - 3600
    for place in places:
        for file in [place, *place.rglob("*")]:
            os.utime(file, (hour, hour))


@provokes(codes.LIVE_TREE)
def test_a_live_tree_that_is_as_it_should_be(site: Repo, app: Path) -> None:
    assert of(site, codes.LIVE_TREE).detail == f"{app}: 1 file"
    assert wrong(site) == set()


@provokes(codes.LIVE_SETTING)
@pytest.mark.parametrize(("name", "value"), [("map", "x"), ("pattern", "flows/[a")])
def test_settings_of_a_live_tree_that_mean_nothing(
    site: Repo, app: Path, name: str, value: str
) -> None:
    site("config", f"seedgit-live.{app}.{name}", value)
    assert f"git config seedgit-live.{app}" in of(site, codes.LIVE_SETTING).detail
    said = seedgit(site, "status")
    assert said.status == 0
    assert "problem: live trees: " in said.out
    assert fix(site) == {}
    site("config", "--unset-all", f"seedgit-live.{app}.{name}")
    assert wrong(site) == set()


@provokes(codes.LIVE_MISSING)
def test_a_folder_that_is_gone(site: Repo, app: Path) -> None:
    shutil.rmtree(app)
    assert f"seedgit live --undo {app}" in of(site, codes.LIVE_MISSING).remedy
    assert fix(site) == {f"live tree {app}": "updated"}
    assert (app / PATH).read_text() == FLOW
    assert wrong(site) == set()


@provokes(codes.LIVE_NOT_WRITABLE)
def test_a_folder_that_nobody_can_write(
    site: Repo, app: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    folder = app / "flows"
    may = os.access
    monkeypatch.setattr(os, "access", lambda at, mode: at != folder and may(at, mode))
    assert f"ls -ld {folder}" in of(site, codes.LIVE_NOT_WRITABLE).remedy
    monkeypatch.undo()
    shutil.rmtree(folder)
    folder.write_text("no folder")
    assert "is no folder" in of(site, codes.LIVE_NOT_WRITABLE).detail
    fix(site)
    assert folder.read_text() == "no folder"


@provokes(codes.LIVE_TRACKED)
def test_a_folder_of_the_working_tree_that_git_no_longer_ignores(site: Repo) -> None:
    exclude = site.path / ".git" / "info" / "exclude"
    exclude.write_text("/run/\n")
    assert seedgit(site, "live", "run").status == 0
    assert wrong(site) == set()
    exclude.write_text("")
    subprocess.run(["sh", "-ec", of(site, codes.LIVE_TRACKED).remedy], check=True)
    assert wrong(site) == set()
    site("add", "--force", "run")
    remedy = of(site, codes.LIVE_TRACKED).remedy
    assert remedy.startswith("git rm -r --cached run,")
    site("rm", "--quiet", "-r", "--cached", "run")
    assert wrong(site) == set()


@provokes(codes.LIVE_COMMAND_MISSING)
@pytest.mark.parametrize(
    ("command", "there"),
    [
        ("no-such-program reload", False),
        ("./no-such-program", False),
        ("A=1 no-such-program", False),
        ("cat > /dev/null", True),
        ("LANG=C cat", True),
        ("cd / && true", True),
        ("$PROGRAM reload", True),
        ("it's not closed", True),
    ],
)
def test_a_command_that_no_shell_finds(site: Repo, app: Path, command: str, there: bool) -> None:
    site("config", f"seedgit-live.{app}.exec", command)
    assert wrong(site) == (set() if there else {codes.LIVE_COMMAND_MISSING})
    if there:
        SEEN.add(codes.LIVE_COMMAND_MISSING)


@provokes(codes.LIVE_LEDGER_DAMAGED)
def test_a_ledger_with_lines_that_are_none(site: Repo, app: Path) -> None:
    rows = ledger_of(site) / "rows"
    rows.write_bytes(rows.read_bytes() + b'["flows/wi')
    assert wrong(site) == set()  # a crash cut it
    rows.write_bytes(rows.read_bytes() + b"\n\0\0\0\n")
    assert of(site, codes.LIVE_LEDGER_DAMAGED).remedy == "seedgit doctor --fix"
    assert fix(site) == {f"ledger of {app}": "updated"}
    assert wrong(site) == set()


@provokes(codes.LIVE_LEDGER_DAMAGED)
def test_a_ledger_that_has_lost_a_document(site: Repo, app: Path) -> None:
    assert seedgit(site, "set", PATH, "/paused", "true").status == 0
    [document] = (ledger_of(site) / "contents").iterdir()
    document.write_text("damaged")
    assert PATH in of(site, codes.LIVE_LEDGER_DAMAGED).detail
    text = (app / PATH).read_text()
    assert fix(site)[f"ledger of {app}"] == "updated"
    assert wrong(site) == set()
    assert (app / PATH).read_text() == text
    assert document.read_text() == text


@provokes(codes.LIVE_LEDGER_DAMAGED)
def test_a_ledger_that_is_no_file_is_left(site: Repo, app: Path) -> None:
    rows = ledger_of(site) / "rows"
    rows.unlink()
    rows.mkdir()
    assert "ls -ld" in of(site, codes.LIVE_LEDGER_DAMAGED).remedy
    assert set(fix(site).values()) == {"left"}
    assert rows.is_dir()


@provokes(codes.LIVE_OUT_OF_STEP)
def test_a_live_tree_that_nobody_syncs(site: Repo, app: Path) -> None:
    (app / PATH).write_text(FLOW.replace("paused: false", "paused: true"))
    assert wrong(site) == set()
    long_ago(app, site.path)
    assert str(app / PATH) in of(site, codes.LIVE_OUT_OF_STEP).detail
    assert fix(site) == {f"live tree {app}": "updated"}
    assert "paused: true" in seedgit(site, "render", PATH).out
    long_ago(app, site.path)
    assert wrong(site) == set()


@provokes(codes.LIVE_UNREADABLE)
def test_a_live_file_that_does_not_parse_for_long(
    site: Repo, app: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (app / PATH).write_text("{")
    assert seedgit(site, "sync").status == 1
    assert wrong(site) == set()
    now = time.time()
    monkeypatch.setattr(time, "time", lambda: now + 700)
    assert str(app / PATH) in of(site, codes.LIVE_UNREADABLE).detail
    assert "move it away" in of(site, codes.LIVE_UNREADABLE).remedy
    fix(site)
    assert (app / PATH).read_text() == "{"


def test_a_hook_that_is_missing_keeps_live_trees_behind(site: Repo, app: Path) -> None:
    (site.path / ".git" / "hooks" / "post-merge").unlink()
    assert "live trees do not follow" in of(site, codes.HOOK_MISSING).detail
    assert fix(site) == {"hook post-merge": "created"}


def test_in_dry_run_no_live_file_is_mended(site: Repo, app: Path) -> None:
    assert seedgit(site, "mode", "dry-run").status == 0
    shutil.rmtree(app)
    rows = ledger_of(site) / "rows"
    rows.write_bytes(before := rows.read_bytes() + b"\0\n")
    assert fix(site) == {f"ledger of {app}": "updated", f"live tree {app}": "updated"}
    assert not app.exists()
    assert rows.read_bytes() == before


# -- the live tree in place ------------------------------------------------------------------------


@pytest.fixture
def owner(site: Repo) -> Repo:
    """A site whose working tree is live, with one override."""
    assert seedgit(site, "set", PATH, "/paused", "true").status == 0
    assert seedgit(site, "live", "--in-place").status == 0
    assert wrong(site) == set()
    return site


@provokes(codes.FILTER_MISSING)
@pytest.mark.parametrize("broken", ["process", "required", "attributes"])
def test_a_filter_that_is_missing(owner: Repo, broken: str) -> None:
    attributes = owner.path / ".git" / "info" / "attributes"
    if broken == "attributes":
        lines = attributes.read_text().splitlines(keepends=True)
        attributes.write_text("".join(line for line in lines if "filter=" not in line))
    else:
        owner("config", "--unset", f"filter.seedgit.{broken}")
    assert "git would commit effective values" in of(owner, codes.FILTER_MISSING).detail
    assert fix(owner) == {"filter": "updated"}
    assert wrong(owner) == set()
    assert owner("status", "--porcelain") == ""
    assert "paused: true" in (owner.path / PATH).read_text()


@provokes(codes.FILTER_UNUSED)
def test_a_filter_that_nothing_needs(owner: Repo) -> None:
    attributes = owner.path / ".git" / "info" / "attributes"
    before = attributes.read_text()
    assert seedgit(owner, "live", "--undo", "--in-place").status == 0
    attributes.write_text(before)
    owner("config", "filter.seedgit.process", "false")
    assert codes.FILTER_UNUSED in wrong(owner)
    assert fix(owner) == {"filter": "removed"}
    assert wrong(owner) == set()
    assert "filter" not in attributes.read_text()


@provokes(codes.SPOOL_WAITING)
def test_a_spool_that_nobody_drains(owner: Repo) -> None:
    file = owner.path / PATH
    file.write_text(file.read_text().replace("paused: true", "paused: null"))
    owner("diff")
    [entry] = (owner.path / ".git" / "seedgit" / "spool").iterdir()
    assert wrong(owner) == set()
    entry.rename(entry.with_name("00" + entry.name[2:]))  # long ago
    assert PATH in of(owner, codes.SPOOL_WAITING).detail
    fix(owner)
    assert wrong(owner) == set()
    assert "null" in seedgit(owner, "status", "--overlay").out
