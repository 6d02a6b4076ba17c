"""The command line: statuses, JSON, help, and clear errors."""

from __future__ import annotations

import errno
import io
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from seedgit import codes
from seedgit.cli.commands import COMMANDS
from seedgit.cli.reasons import REASONS
from seedgit.cli.terminal import Terminal
from seedgit.cli.words import WORDS
from seedgit.errors import MORE_MEMORY, SYSTEM_SAYS_NO, UsageError
from seedgit.git.unmade import UnmadeWrites
from seedgit.operations import status
from tests.conftest import Repo
from tests.site import FLOW, PATH, RULES, data, package, seedgit, site_of

pytestmark = pytest.mark.usefixtures("both_hashes")


@pytest.fixture
def site(repo: Repo) -> Repo:
    return site_of(package(repo), hooks=True)


@pytest.mark.parametrize("name", COMMANDS)
def test_every_command_has_help(repo: Repo, name: str) -> None:
    said = seedgit(repo, "help", name)
    assert said.status == 0
    assert "usage: seedgit" in said.out


def test_a_code_has_help(repo: Repo) -> None:
    assert seedgit(repo, "help", codes.MOVED_UNDER).out == (
        "moved-under: upstream changed the value under it\n"
    )
    for code in (*WORDS, *REASONS):
        said = seedgit(repo, "help", code)
        assert (said.status, said.out.startswith(f"{code}: ")) == (0, True)


@pytest.mark.parametrize("shell", ["bash", "zsh", "fish"])
def test_completion(repo: Repo, shell: str) -> None:
    assert "seedgit" in seedgit(repo, "completion", shell).out


def test_init_is_repeatable_and_undoable(repo: Repo) -> None:
    repo.commit({"x": "y"})
    config = (repo.path / ".git" / "config").read_bytes()
    assert seedgit(repo, "init").status == 0
    assert {step["outcome"] for step in data(repo, "init")} == {"kept"}
    assert seedgit(repo, "init", "--undo").status == 0
    assert repo("status", "--porcelain") == ""
    assert (repo.path / ".git" / "config").read_bytes() == config
    assert not (repo.path / ".git" / "hooks" / "pre-commit").exists()


def test_init_leaves_a_hook_that_is_there(repo: Repo) -> None:
    repo.hook("pre-commit", "exit 0")
    steps = {step["what"]: step["outcome"] for step in data(repo, "init")}
    assert steps["hook pre-commit"] == "left"


def test_doctor_finds_what_is_missing(site: Repo) -> None:
    assert seedgit(site, "doctor").status == 0
    site("config", "--unset", "merge.seedgit.recursive")
    (site.path / ".git" / "info" / "attributes").unlink()
    codes = {finding["code"] for finding in data(site, "doctor")["findings"] if not finding["ok"]}
    assert codes == {"attributes-outdated", "driver-recursive"}


def test_status_is_quiet_about_what_is_as_it_should_be(site: Repo) -> None:
    seedgit(site, "set", PATH, "/paused", "true")
    said = seedgit(site, "status")
    assert said.out == "1 override active, nothing needs you\n"
    assert "/paused" in seedgit(site, "status", "--overlay").out


def test_status_names_items_of_lists_by_identity(
    site: Repo, monkeypatch: pytest.MonkeyPatch
) -> None:
    seedgit(site, "set", PATH, "/steps/1/mode", "drain")
    seedgit(site, "set", PATH, "/steps/-", '{"id": "late"}')
    said = seedgit(site, "status", "--overlay").out
    assert '    set  /steps/[id=rank]/mode  "live" -> "drain"\n' in said
    assert '    set  /steps/[id=late]       (absent) -> {"id": "late"}\n' in said
    monkeypatch.setattr(status, "MOST_NAMED", 0)  # where that many files would have to be read
    assert "    set  /steps/1/mode  " in seedgit(site, "status", "--overlay").out
    assert seedgit(site, "-v", "status", "--overlay").out == said


def test_status_shows_values_whole_if_asked(site: Repo) -> None:
    seedgit(site, "set", PATH, "/model", "m" * 80)
    short, whole = (seedgit(site, *v, "status", "--overlay").out for v in ([], ["-v"]))
    assert f'"{"m" * 38}…\n' in short
    assert f'"{"m" * 80}"\n' in whole


def test_values_are_json_or_plain_text(site: Repo) -> None:
    for text, value in (("1.5", 1.5), ("true", True), ("drain", "drain"), ('"1"', "1")):
        meant = () if text == "drain" else ("--as-json",)
        seedgit(site, "set", PATH, "/steps/0/mode", text, *meant)
        assert data(site, "status", "--overlay")["fields"][0]["value"] == value


@pytest.mark.parametrize(
    "words",
    [
        ("set", PATH, "/paused", "--why", "r", "true"),
        ("set", PATH, "--why", "r", "/paused", "true"),
        ("set", "--why", "r", PATH, "/paused", "true"),
        ("set", "--why=r", PATH, "/paused", "--", "true"),
    ],
)
def test_options_stand_anywhere(site: Repo, words: tuple[str, ...]) -> None:
    assert seedgit(site, *words).status == 0
    assert data(site, "log")[0]["why"] == "r"
    assert "paused: true" in seedgit(site, "render", PATH).out
    assert seedgit(site, "diff", "--json", PATH).status == 0
    assert seedgit(site, "plan", "main", "--json", PATH).status == 0
    assert seedgit(site, "-C", ".", "fleet", "overrides", "--json", "main").status != 70


def test_a_value_that_looks_like_an_option_goes_behind_two_dashes(site: Repo) -> None:
    assert seedgit(site, "set", PATH, "/limit", "-5").status == 0
    assert seedgit(site, "set", PATH, "/limit", "--why", "r", "--", "-1e3").status == 0
    assert "limit: -1000.0" in seedgit(site, "render", PATH).out
    assert seedgit(site, "set", PATH, "--text", "--", "/limit", "--json").status == 0
    assert "limit: --json" in seedgit(site, "render", PATH).out
    assert "--" in seedgit(site, "help", "set").out


@pytest.mark.parametrize("depth", [129, 400, 3000, 100_000])
def test_a_value_that_is_too_deep_is_told(site: Repo, depth: int) -> None:
    for text in ("[" * depth + "]" * depth, '{"a":' * depth + "1" + "}" * depth):
        said = seedgit(site, "set", PATH, "/limit", text, "--as-json")
        assert (said.status, "deeper than 128" in said.err) == (3, True)


def test_a_wrong_line_is_told_with_the_usage_of_its_command(site: Repo) -> None:
    for words in (
        ("unset", PATH, "/a", "b"),
        ("resolve", "1", "--keep-local", "a", "b"),
        ("undo", "x", "y"),
    ):
        said = seedgit(site, *words)
        assert said.status == 2
        assert said.err.startswith(f"usage: seedgit {words[0]} ")
        assert "unrecognized arguments: " in said.err


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="no device that is always full")
@pytest.mark.parametrize("words", [("status", "--json"), ("render", PATH), ("diff",)])
@pytest.mark.parametrize("closed", ["> /dev/full", ">&-"])
def test_output_that_cannot_be_written_is_an_error(
    site: Repo, words: tuple[str, ...], closed: str
) -> None:
    seedgit(site, "set", PATH, "/paused", "true")
    done = subprocess.run(
        ["sh", "-c", f'"$@" {closed}', "sh", sys.executable, "-m", "seedgit", *words],
        cwd=site.path,
        capture_output=True,
        text=True,
        check=False,
    )
    assert (done.returncode, done.stderr.count("\n")) == (4, 2), done.stderr
    assert done.stderr.startswith("error: ")


def test_pending_lists_where_no_listing_can_be_kept(site: Repo) -> None:
    assert seedgit(site, "set", PATH, "/limit", "1").status == 0
    site.write({PATH: FLOW.replace("limit: 5", "limit: 9")})
    site("add", PATH)
    place = site.path / ".git" / "seedgit"
    if place.exists():
        shutil.rmtree(place)
    place.write_text("in the way")
    said = seedgit(site, "pending", "--exit-code")
    assert (said.status, "/limit" in said.out) == (1, True)
    assert "numbers" in said.err


def test_a_file_that_cannot_be_written_is_told_by_name(site: Repo) -> None:
    def full(*_: object) -> int:
        raise OSError(errno.ENOSPC, "No space left on device", "some/file")

    with pytest.MonkeyPatch.context() as patched:
        patched.setattr("seedgit.cli.commands.status.run", full)
        said = seedgit(site, "status")
    assert said.status == 4
    assert "error: some/file: No space left on device" in said.err
    assert f"hint: {SYSTEM_SAYS_NO}" in said.err


def test_too_little_memory_is_no_bug(site: Repo, monkeypatch: pytest.MonkeyPatch) -> None:
    def greedy(*_: object, **__: object) -> int:
        raise MemoryError

    monkeypatch.setattr("seedgit.cli.commands.status.run", greedy)
    monkeypatch.setattr("seedgit.journal.Journal.add", greedy)  # nor may it hide the failure
    said = seedgit(site, "status")
    assert said.status == 4
    assert f"error: out of memory\nhint: {MORE_MEMORY}\n" in said.err
    assert "journal: out of memory" in said.err


def test_each_stream_has_colour_where_it_is_a_terminal(monkeypatch: pytest.MonkeyPatch) -> None:
    class Tty(io.StringIO):
        def isatty(self) -> bool:
            return True

    monkeypatch.setenv("TERM", "xterm")
    for out, err in ((Tty(), io.StringIO()), (io.StringIO(), Tty())):
        terminal = Terminal(out, err)
        terminal.error(UsageError("no"))
        terminal.line(terminal.style("x", "red"))
        for stream in (out, err):
            assert ("\x1b[" in stream.getvalue()) == stream.isatty()


def test_nothing_is_said_in_words_that_are_none(site: Repo) -> None:
    assert "row 1 is not a merge, but a run of init" in seedgit(site, "replay", "1").err
    said = seedgit(site, "conflicts", PATH)
    assert said.out == "No conflicts: none of these files is unmerged.\n"
    written = UnmadeWrites()
    written.configuration.append({"key": "a.b", "old": None, "new": "x"})
    assert written.lines() == ["config a.b: (none) -> x"]


def test_a_dry_run_tells_a_long_setting_by_its_beginning(site: Repo) -> None:
    """The command line of the driver has thousands of characters: nobody reads it there."""
    assert seedgit(site, "init", "--undo").status == 0
    said = seedgit(site, "init", "--dry-run")
    (line,) = [each for each in said.err.splitlines() if "config merge.seedgit.driver" in each]
    assert line.startswith("  config merge.seedgit.driver: (none) -> l=%L; ")
    assert len(line) < 200 and line.endswith(" characters)")


def test_deleting_and_unsetting(site: Repo) -> None:
    assert seedgit(site, "set", PATH, "/limit", "--delete").status == 0
    assert seedgit(site, "render", PATH).out == FLOW.replace("limit: 5\n", "")
    assert seedgit(site, "unset", PATH, "/limit").status == 0
    assert seedgit(site, "render", PATH).out == FLOW
    assert seedgit(site, "unset", PATH, "/limit").status == 2


def test_diff_shows_only_what_differs(site: Repo) -> None:
    seedgit(site, "set", PATH, "/paused", "true")
    lines = seedgit(site, "diff").out.splitlines()
    assert "-paused: false" in lines
    assert "+paused: true" in lines


@pytest.mark.parametrize(
    "text",
    [
        "paused: false\n",
        "paused: false",
        "a: 1\npaused: false",
        "\ufeffpaused: false\n# end\n",
        "paused: false\r\nlimit: 1\r\n",
        "a: 1\nb: 2\nc: 3\npaused: false\nd: 4\ne: 5\nf: 6\ng: 7\nlimit: 8\n",
    ],
)
def test_git_takes_the_diff(site: Repo, text: str) -> None:
    site.write({PATH: text})
    site("add", PATH)
    assert seedgit(site, "set", PATH, "/paused", "true").status == 0
    said = seedgit(site, "diff", PATH)
    (entry,) = data(site, "diff", PATH)
    assert "\n".join(entry["diff"]) + "\n" == said.out
    site("apply", "-", stdin=said.out.encode())
    assert site.read(PATH).decode() == text.replace("paused: false", "paused: true")


@pytest.mark.parametrize("words", [("status",), ("set", PATH, "/paused", "false"), ("hook",)])
def test_verbose_may_stand_behind_the_command(site: Repo, words: tuple[str, ...]) -> None:
    more = ("post-merge",) if words == ("hook",) else ()
    seedgit(site, *words, *more)
    before = seedgit(site, "-v", *words, *more)
    assert seedgit(site, *words, *more, "-v") == before
    assert seedgit(site, words[0], "--verbose", *words[1:], *more) == before
    assert before.status == 0


def test_a_file_that_git_does_not_track(site: Repo) -> None:
    site.write({"flows/a b.yaml": "a: 1\n"})
    said = seedgit(site, "render", "flows/a b.yaml")
    assert said.status == 2
    assert "git does not track this file\nhint: git add 'flows/a b.yaml'" in said.err


def test_a_tracked_file_that_is_no_seed_is_not_called_untracked(site: Repo) -> None:
    rules = (site.path / ".seedgit.yaml").read_text()
    site.write({".seedgit.yaml": rules + '  - files: "*.yaml"\n'})
    (site.path / "flows/link.yaml").symlink_to("wiki.yaml")
    site("add", "--all")
    for path, kind in ((".seedgit.yaml", "the rules file"), ("flows/link.yaml", "no regular file")):
        said = seedgit(site, "render", path)
        assert said.status == 2
        assert f"{path}: not a seed: it is {kind}" in said.err


def test_a_seed_with_a_link_in_its_place(site: Repo) -> None:
    (site.path / PATH).unlink()
    (site.path / PATH).symlink_to("/dev/zero")
    said = seedgit(site, "capture", PATH)
    assert said.status == 3
    assert f"{PATH}: is no regular file: it is not read\nhint: git restore {PATH}" in said.err


@pytest.mark.parametrize(
    ("words", "status", "message"),
    [
        (("render", "nope.yaml"), 2, "no rule matches"),
        (("render", "flows/untracked.yaml"), 2, "there is no such file"),
        (("set", PATH, "paused", "1"), 3, "not a pointer"),
        (("set", PATH, "/paused"), 2, "no value"),
        (("set", PATH, "/name/x", "1"), 2, "names nothing"),
        (("set", PATH, "", "1"), 2, "whole document"),
        (("undo",), 4, "nothing to undo"),
        (("push", "nowhere"), 4, ""),
        (("nonsense",), 2, "invalid choice: 'nonsense'; seedgit --help lists them"),
        (("stauts",), 2, "invalid choice: 'stauts'; did you mean status?"),
        (("help", "zzzz"), 2, "seedgit --help lists them"),
        (("help", "moved-unde"), 2, "did you mean moved-under or"),
        (("hook", "pre-comit"), 2, "did you mean pre-commit or pre-merge-commit?"),
        (("mode", "zz"), 2, "choose from off, dry-run, live"),
    ],
)
def test_errors_say_what_is_wrong(
    site: Repo, words: tuple[str, ...], status: int, message: str
) -> None:
    said = seedgit(site, *words)
    assert said.status == status
    assert message in said.err


def test_bad_rules_and_seeds_are_told_with_file_and_line(site: Repo) -> None:
    site.write({".seedgit.yaml": RULES + "policy: yolo\n"})
    said = seedgit(site, "status")
    assert said.status == 3
    assert ".seedgit.yaml:12" in said.err
    site.write({".seedgit.yaml": RULES, PATH: FLOW + "name: again\n"})
    said = seedgit(site, "render", PATH)
    assert said.status == 3
    assert f"{PATH}:13" in said.err


def test_outside_a_repository(tmp_path: object, repo: Repo) -> None:
    said = seedgit(repo, "-C", "..", "status")
    assert said.status == 4
    assert "hint:" in said.err


def test_terminal_escapes_in_keys_are_not_printed(site: Repo) -> None:
    site.commit({"flows/e.json": '{"\\u001b[2J": 1}'}, "escape")
    assert seedgit(site, "set", "flows/e.json", "/*", "2").status == 0
    said = seedgit(site, "status", "--overlay")
    assert "\x1b" not in said.out
    assert "\\x1b[2J" in said.out


def test_a_corrupt_record_does_not_hide_the_others(site: Repo) -> None:
    site.commit({"flows/b.yaml": "paused: false\n"}, "second")
    seedgit(site, "set", PATH, "/paused", "true")
    seedgit(site, "set", "flows/b.yaml", "/paused", "true")
    ref = "refs/seedgit/overlays/local"
    broken = site.blob('{"version": 99}')
    base = site("rev-parse", f"{ref}:records/flows%2Fb.yaml/base")
    entry = site.tree({"record.json": broken, "base": base})
    kept = site("rev-parse", f"{ref}:records/flows%2Fwiki.yaml")
    records = site.tree({"flows%2Fb.yaml": entry, "flows%2Fwiki.yaml": kept})
    commit = site("commit-tree", "-m", "x", "-p", ref, site.tree({"records": records}))
    site("update-ref", ref, commit)
    said = seedgit(site, "status", "--overlay")
    assert "newer than this seedgit" in said.out
    assert "flows/wiki.yaml" in said.out
