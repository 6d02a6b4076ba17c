"""The journal: nothing lost, failures first, replays, divergences, reason codes."""

from __future__ import annotations

import contextlib
import json
import re
import sqlite3
import subprocess
import sys
import time
from itertools import pairwise
from pathlib import Path
from typing import Any

import pytest

from seedgit import codes, journal_file
from seedgit.cli.reasons import REASONS
from seedgit.journal import VERDICTS, Journal, identity
from seedgit.journal_file import Connection
from seedgit.operations.divergences import by_day
from seedgit.operations.workspace import Workspace
from tests.conftest import Repo
from tests.counting import Counted
from tests.site import FLOW, PATH, data, seedgit

pytestmark = pytest.mark.real_start

DOCS = Path(__file__).parent.parent / "docs"


def rows(repo: Repo, **query: Any) -> list[dict[str, Any]]:
    return Journal(repo.path / ".git").rows(**query)


def test_every_entry_point_leaves_one_row(upstream: Repo, site: Repo) -> None:
    seedgit(site, "set", PATH, "/paused", "true")
    seedgit(site, "hook", "post-merge")
    site.commit({PATH: FLOW.replace("30", "45")}, "ours")
    upstream.commit({PATH: FLOW.replace("small", "large")}, "theirs")
    site("pull", "--quiet", "--no-rebase")
    entries = [row["entry"] for row in rows(site)]
    assert entries == ["merge-driver", "hook post-merge", "set", "init"]
    merged = rows(site)[0]
    assert (merged["outcome"], merged["status"], merged["path"]) == ("done", 0, PATH)
    assert [row["outcome"] for row in rows(site, entry="hook post-merge")] == ["nothing"]


def test_many_processes_lose_no_row(tmp_path: Path) -> None:
    program = (
        "import sys; from seedgit.journal import Journal\n"
        "for n in range(25): Journal(sys.argv[1], 30).add('test', 'done', path=sys.argv[2])"
    )
    running = [
        subprocess.Popen([sys.executable, "-c", program, str(tmp_path), str(n)]) for n in range(8)
    ]
    assert [process.wait() for process in running] == [0] * 8
    found = Journal(tmp_path).rows()
    assert len(found) == 200
    assert {row["path"] for row in found} == {str(n) for n in range(8)}


def test_retention_and_prune(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(journal_file, "KEEP", 20)
    monkeypatch.setattr(journal_file, "PRUNE_EVERY", 10)
    kept = Journal(tmp_path)
    for _ in range(60):
        kept.add("test", codes.DONE)
    assert [row["id"] for row in kept.rows()] == list(range(60, 40, -1))
    assert kept.prune(keep=5) == 15
    assert kept.prune(before=time.time() + 1) == 5
    assert kept.rows() == []


def test_a_dry_run_with_nothing_to_write_has_no_intent(site: Repo) -> None:
    seedgit(site, "mode", "dry-run")
    seedgit(site, "status")
    seedgit(site, "set", PATH, "/paused", "true")
    found = {row["entry"]: row["intended"] for row in rows(site)}
    assert found["status"] is None
    assert found["set"]["refs"]


def test_a_failure_is_recorded_before_it_is_reported(site: Repo) -> None:
    program = (
        "import sys\nfrom seedgit.cli import main\nfrom seedgit.cli.commands import status\n"
        "def run(args, terminal):\n    args.session.workspace()\n    raise KeyError('bug')\n"
        "status.run = run\n"
        "from seedgit.cli.terminal import Terminal\n"
        "def remark(self, text):\n"
        "    from seedgit.journal import Journal\n"
        "    print('rows', len(Journal('.git').rows(failed=True)))\n"
        "Terminal.remark = remark\n"
        "sys.exit(main.main(['status']))"
    )
    done = subprocess.run(
        [sys.executable, "-c", program], cwd=site.path, capture_output=True, text=True, check=False
    )
    assert done.returncode == 70
    assert set(done.stdout.splitlines()) == {"rows 1"}
    (row,) = rows(site, failed=True)
    assert "KeyError: 'bug'" in row["error"]
    assert row["status"] == 70


def test_a_later_failure_goes_beside_the_first(site: Repo) -> None:
    program = (
        "import sys\nfrom seedgit.cli import main\nfrom seedgit.cli.commands import status\n"
        "def run(args, terminal):\n"
        "    s = args.session\n    s.workspace()\n"
        "    s.failed(KeyError('first'), 70)\n    raise OSError('the cleanup')\n"
        "status.run = run\n"
        "sys.exit(main.main(['status']))"
    )
    subprocess.run([sys.executable, "-c", program], cwd=site.path, check=False, timeout=30)
    (row,) = rows(site, failed=True)
    assert "KeyError: 'first'" in row["error"]
    assert "the cleanup" not in row["error"]
    assert "OSError: the cleanup" in row["also"]


def test_a_failing_driver_is_recorded_and_can_be_replayed(upstream: Repo, site: Repo) -> None:
    site.commit({PATH: FLOW.replace("30", "45")}, "ours")
    upstream.commit({PATH: FLOW.replace("small", "large")}, "theirs")
    site.write({".seedgit.yaml": "version: 99\n"})
    site("fetch", "--quiet")
    site("merge", "origin/main", ok=False)
    (row,) = rows(site, failed=True)
    assert row["entry"] == "merge-driver"
    assert "version" in row["error"]
    site("checkout", "--quiet", "--", ".seedgit.yaml")
    said = seedgit(site, "replay", str(row["id"]))
    assert said.status == 0
    assert "it does not fail now" in said.out
    assert str(row["id"]) in seedgit(site, "journal", "--failed").out
    assert "Traceback" in data(site, "journal", str(row["id"]))["error"]


def test_journal_command(site: Repo) -> None:
    seedgit(site, "set", PATH, "/paused", "true")
    assert "set" in seedgit(site, "journal").out
    assert seedgit(site, "journal", "999").status == 2
    assert seedgit(site, "journal", "prune").status == 2
    assert data(site, "journal", "prune", "--keep", "1") == {"pruned": 2 + 2}


def history(upstream: Repo, site: Repo) -> None:
    """Three merges: one git and seedgit agree on, one only seedgit solves, one nobody does."""
    for number, (ours, theirs) in enumerate(
        ((("small", "large"), ("limit: 5", "limit: 6")), (("30", "45"), ("large", "huge")))
    ):
        now = site.read(PATH).decode()
        site.commit({PATH: now.replace(*ours)}, f"ours {number}")
        there = upstream.read(PATH).decode()
        upstream.commit({PATH: there.replace("small", "large").replace(*theirs)}, f"them {number}")
        site("fetch", "--quiet")
        site("merge", "--quiet", "--no-edit", "origin/main")
        upstream("pull", "--quiet", str(site.path), "HEAD")
    site.commit({PATH: site.read(PATH).decode().replace("45", "46")}, "ours")
    upstream.commit({PATH: upstream.read(PATH).decode().replace("45", "47")}, "theirs")
    site("fetch", "--quiet")
    site("merge", "origin/main", ok=False)
    site.commit({PATH: FLOW.replace("30", "50")}, "by hand")


def test_replay_of_history(upstream: Repo, site: Repo) -> None:
    history(upstream, site)
    before = len(rows(site))
    found = data(site, "replay")
    assert found["merges"] == 3
    assert found["files"] == 3
    assert (found["agree"], found["seedgit-only"], found["neither"]) == (1, 1, 1)
    assert found["agreement"] == 1.0
    assert (found["git-conflicts"], found["solved-as-committed"]) == (2, 1)
    assert len(rows(site, entry="remerge")) == 3
    assert data(site, "replay") == found
    assert len(rows(site)) == before + 3 + 2  # three files, and the command itself, twice
    assert data(site, "replay", "--last", "1")["files"] == 1
    assert data(site, "replay", "HEAD~1..HEAD")["merges"] == 1
    assert seedgit(site, "replay", "nowhere").status == 2
    said = seedgit(site, "replay")
    assert "Agreement where git is clean: 100.0%" in said.out


def test_divergences(upstream: Repo, site: Repo) -> None:
    history(upstream, site)
    data(site, "replay")
    assert "1 new divergence;" in seedgit(site, "status").out
    (row,) = data(site, "divergences")
    assert row["verdict"] == "seedgit-only"
    assert "divergences" not in seedgit(site, "status").out
    assert data(site, "divergences", "--verdict", "agree")[0]["verdict"] == "agree"
    assert data(site, "divergences", "--path", "other/*") == []
    assert data(site, "divergences", "--until", "1 week ago") == []
    assert len(data(site, "divergences", "--since", "1 week ago")) == 1
    (day,) = data(site, "divergences", "--summary")["days"]
    assert (day["merges"], day["files"], day["agreement"]) == (3, 3, 1.0)
    assert "agreement" in seedgit(site, "divergences", "--summary").out


def test_a_divergence_names_its_pointers(site: Repo) -> None:
    kept = Journal(site.path / ".git")
    difference = [{"pointer": "/a", "git": 1, "seedgit": "<b>\x1b[2J"}]
    kept.add("merge-driver", "done", path=PATH, verdict="diverge", difference=difference)
    said = seedgit(site, "divergences")
    assert '/a: git 1, seedgit "<b>\\u001b[2J"' in said.out
    assert seedgit(site, "divergences", "--html", "page.html").status == 0
    page = site.read("page.html").decode()
    assert "&lt;b&gt;" in page
    assert "<b>" not in page
    assert "\x1b" not in page
    assert "http" not in page.replace("http-equiv", "")


# -- reason codes ---------------------------------------------------------------------------------


def test_every_reason_is_documented() -> None:
    page = (DOCS / "reasons.md").read_text().partition("## What became of a run")[0]
    page = re.sub(r"\[\w+\]\((\w+\.md)\)", r"docs/\1", page)  # a page is named by a link there
    table = [line.split("|") for line in page.splitlines() if "| `" in line]
    documented = {cells[1].strip().strip("`"): cells[2].strip() for cells in table}
    assert documented == REASONS


def driver_reason(site: Repo, name: str, base: bytes, ours: bytes, theirs: bytes) -> str:
    from seedgit import merge_driver

    files = {"O": base, "A": ours, "B": theirs}
    for key, content in files.items():
        (site.path / f".m_{key}").write_bytes(content)
    words = [sys.executable, "-I", "-S", merge_driver.__file__]
    subprocess.run(
        [*words, ".m_O", ".m_A", ".m_B", "7", name], cwd=site.path, check=False, timeout=60
    )
    return str(rows(site, entry="merge-driver", limit=1)[0]["reason"])


BASE = b"a: 1\nb: 2\n"
MERGES = {
    codes.SKIP_UNKNOWN_FORMAT: ("flows/x.txt", BASE, b"a: 2\n", b"b: 3\n"),
    codes.SKIP_NOT_A_SEED: ("other/x.yaml", BASE, b"a: 2\n", b"b: 3\n"),
    codes.GIT_TOO_LARGE: ("flows/x.yaml", BASE, BASE + b"#" * 9_000_000, b"a: 3\n"),
    codes.GIT_BINARY: ("flows/x.yaml", BASE, b"a: \0\n", b"a: 3\n"),
    codes.GIT_NOT_UTF_8: ("flows/x.yaml", BASE, b"a: \xff\n", b"a: 3\n"),
    codes.GIT_NOT_PARSEABLE: ("flows/x.yaml", BASE, b"{{ a }}: :\n", b"a: 3\n"),
}


@pytest.mark.parametrize("reason", MERGES)
def test_the_drivers_reasons_are_reached(site: Repo, reason: str) -> None:
    assert driver_reason(site, *MERGES[reason]) == reason


COMMANDS = {
    codes.NOOP_NO_OVERLAY: ("status",),
    codes.NOOP_UP_TO_DATE: ("rebase",),
    codes.NOOP_NO_CONFLICT: ("conflicts",),
    codes.NOOP_NOTHING_TO_PRUNE: ("prune",),
    codes.NOOP_NOTHING_TO_ADOPT: ("adopt",),
    codes.NOOP_NOTHING_TO_SUGGEST: ("suggest",),
    codes.NOOP_UPSTREAM_HAS_IT: ("promote", PATH, "/limit"),
    codes.SKIP_MODE_OFF: ("hook", "pre-commit"),
    codes.SKIP_MODE_DRY_RUN: ("set", PATH, "/limit", "9"),
    codes.NOOP_UNCHANGED: ("set", PATH, "/paused", "true"),
    codes.SKIP_FROM_UPSTREAM: ("hook", "pre-commit"),
    codes.SKIP_OVERLAY_OWNED: ("hook", "pre-commit"),
    codes.SKIP_FORMAT_ONLY: ("hook", "pre-commit"),
    codes.SKIP_SEED_ADDED: ("hook", "pre-commit"),
    codes.NOOP_NO_SEED_STAGED: ("hook", "pre-commit"),
    codes.NOOP_NOTHING_ALLOWED: ("hook", "commit-msg", "message"),
}
STAGED = {
    codes.SKIP_OVERLAY_OWNED: {PATH: FLOW.replace("paused: false", "paused: true")},
    codes.SKIP_FORMAT_ONLY: {PATH: FLOW + "# more\n"},
    codes.SKIP_SEED_ADDED: {"flows/new.yaml": "a: 1\n"},
    codes.SKIP_FROM_UPSTREAM: {PATH: FLOW.replace("30", "60")},
}


@pytest.mark.parametrize("reason", COMMANDS)
def test_the_commands_reasons_are_reached(upstream: Repo, site: Repo, reason: str) -> None:
    if reason == codes.NOOP_UNCHANGED:
        seedgit(site, *COMMANDS[reason])
    if reason == codes.SKIP_MODE_OFF:
        seedgit(site, "mode", "off")
    if reason == codes.SKIP_MODE_DRY_RUN:
        seedgit(site, "mode", "dry-run")
    if reason == codes.NOOP_UPSTREAM_HAS_IT:
        seedgit(site, "set", PATH, "/limit", "9")
        upstream.commit({PATH: FLOW.replace("limit: 5", "limit: 9")}, "theirs")
        site("fetch", "--quiet")
    if reason == codes.SKIP_FROM_UPSTREAM:
        upstream.commit({PATH: FLOW.replace("30", "60")}, "theirs")
        site("fetch", "--quiet")
    site.write(STAGED.get(reason, {}))
    site("add", "--all")
    said = seedgit(site, "-v", *COMMANDS[reason])
    assert said.status == 0
    assert reason in said.err
    (row,) = rows(site, limit=1)
    assert (row["reason"], row["outcome"]) == (reason, "nothing")


# A preview is not in the journal, nor is a check in CI.
UNRECORDED = {
    codes.NOOP_ALREADY_UP_TO_DATE: ("plan", "origin/main"),
    codes.NOOP_NO_RULES: ("verify",),
}


@pytest.mark.parametrize("reason", UNRECORDED)
def test_a_preview_leaves_no_row(site: Repo, reason: str) -> None:
    if reason == codes.NOOP_NO_RULES:
        site("rm", "--quiet", ".seedgit.yaml")
        site("commit", "--quiet", "--no-verify", "-m", "no rules")
    before = len(rows(site))
    said = seedgit(site, "-v", *UNRECORDED[reason])
    assert said.status == 0
    assert reason in said.err
    assert len(rows(site)) == before


# Reached through a bug only: each is a check of seedgit on its own result.
GUARDS = {
    codes.GIT_NOT_SEPARABLE,
    codes.GIT_RESULT_INVALID,
    codes.GIT_RESULT_DIFFERS,
    codes.GIT_FAILED,
}


REFUSALS = {
    codes.REFUSED_SEED_CHANGED: FLOW.replace("30", "60"),
    codes.REFUSED_SEED_UNPARSEABLE: "a: [\n",
    codes.REFUSED_SEED_CONFLICT_MARKERS: "<<<<<<< ours\na: 1\n=======\na: 2\n>>>>>>> theirs\n",
    codes.REFUSED_SEED_DELETED: None,
    codes.REFUSED_SEED_LINKED: "link",
    codes.REFUSED_SEED_UNMERGED: "conflict",
    codes.REFUSED_SEED_UNCHECKED: FLOW.replace("30", "60"),
}


def stage_refused(upstream: Repo, site: Repo, text: str | None) -> None:
    if text is None:
        site("rm", "--quiet", PATH)
        return
    if text == "conflict":
        for repo, value in ((upstream, "60"), (site, "45")):
            repo.commit({PATH: FLOW.replace("30", value)}, "edit")
        site("fetch", "--quiet")
        site("merge", "origin/main", ok=False)
        return
    if text == "link":
        (site.path / PATH).unlink()
        (site.path / PATH).symlink_to("elsewhere")
    else:
        site.write({PATH: text})
    site("add", "--all")


@pytest.mark.parametrize("reason", REFUSALS)
def test_a_refusal_has_its_reason_too(
    upstream: Repo, site: Repo, reason: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    stage_refused(upstream, site, REFUSALS[reason])
    if reason == codes.REFUSED_SEED_UNCHECKED:

        def slow(*_: object) -> None:
            raise TimeoutError("over the limit")

        monkeypatch.setattr("seedgit.operations.check._compared", slow)
    said = seedgit(site, "-v", "hook", "pre-commit")
    assert said.status == 1
    assert reason in said.err
    (row,) = rows(site, limit=1)
    assert (row["reason"], row["outcome"]) == (reason, "attention")
    said = seedgit(site, "-v", "hook", "pre-commit", env={"SEEDGIT_ALLOW": "why"})
    assert said.status == 0
    assert codes.SKIP_ALLOWED in said.err and reason not in said.err


# tests/test_limits.py, tests/test_merged_rules.py, tests/operations/test_in_place.py,
# tests/driver/test_site_rules.py
ELSEWHERE = {
    codes.REFUSED_EFFECTIVE_VALUE,
    codes.GIT_OVER_LIMIT,
    codes.RULES_OURS,
    codes.RULES_WITHOUT_LAYER,
}


def test_every_reason_is_reached_by_a_test() -> None:
    reached = set(MERGES) | set(COMMANDS) | set(UNRECORDED) | set(REFUSALS) | ELSEWHERE
    reached.add(codes.SKIP_ALLOWED)
    assert reached | GUARDS == set(REASONS)


@pytest.mark.parametrize(
    "value",
    [
        [{"pointer": "/ä\ud800\n", "source": "ours"}, {}],
        [{"pointer": "/a", "git": 1.5, "seedgit": [None, True, "x"]}],
        {"a": {"b": [Path("c"), 1]}},
        ["--quiet", "x y"],
        {1: "one"},
    ],
)
def test_structured_columns_are_written_as_json_writes_them(value: Any) -> None:
    assert journal_file._as_json(value) == json.dumps(value, ensure_ascii=True, default=str)


def test_export_is_json_lines(site: Repo) -> None:
    seedgit(site, "set", PATH, "/paused", "true")
    found = [json.loads(line) for line in seedgit(site, "journal", "export").out.splitlines()]
    assert [row["entry"] for row in found] == ["init", "set"]


def recorded(place: Path, number: int) -> Journal:
    """A journal of merges, every fifth of them a divergence, one an hour."""
    kept = Journal(place)
    for n in range(number):
        verdict = codes.AGREE if n % 5 else codes.DIVERGE
        ids = {"git_result": f"g{n}", "seedgit_result": f"s{n}", "difference": [{"line": n}]}
        how = {"merge": f"{n // 4} x"} if n % 3 else {}
        about = {"decisions": [{"pointer": "/a"}], "time": 1_700_000_000.0 + 3600 * n}
        kept.add("merge-driver", "done", path=f"f{n % 7}", verdict=verdict, **ids, **how, **about)
    return kept


def by_hand(rows: list[dict[str, Any]], known: dict[Any, Any]) -> dict[str, list[int]]:
    """For each day: merges, rows of each verdict, accepted ones."""
    days: dict[str, list[dict[str, Any]]] = {}
    for row in rows:
        day = time.strftime("%Y-%m-%d", time.localtime(row["time"]))
        days.setdefault(day, []).append(row)
    found = {}
    for day, some in (*days.items(), ("total", rows)):
        left = [row["verdict"] for row in some if identity(row) not in known]
        alone = sorted(row["time"] for row in some if not row["merge"])
        runs = sum(b - a > 60 for a, b in pairwise(alone)) + bool(alone)
        merges = len({row["merge"] for row in some if row["merge"]}) + runs
        found[day] = [merges, *map(left.count, VERDICTS), len(some) - len(left)]
    return found


@pytest.mark.parametrize("zone", ["UTC", "Asia/Kathmandu", "America/St_Johns"])
def test_a_summary_counts_what_the_rows_say(
    repo: Repo, monkeypatch: pytest.MonkeyPatch, zone: str
) -> None:
    repo.commit({"a": "b"})
    kept = recorded(repo.path / ".git", 130)
    kept.accept(kept.rows(verdicts=(codes.DIVERGE,))[3], "meant")
    monkeypatch.setenv("TZ", zone)
    time.tzset()
    try:
        for query in ({}, {"path": "f[1-3]"}, {"since": 1_700_100_000.0, "until": 1_700_300_000.0}):
            rows = kept.rows(verdicts=VERDICTS, **query)  # type: ignore[arg-type]
            days = by_day(Workspace.open(str(repo.path)), **query)
            assert {
                day.day: [day.merges, *day.agreement.counts.values(), day.agreement.accepted]
                for day in days
            } == by_hand(rows, kept.accepted())
    finally:
        monkeypatch.undo()
        time.tzset()


def test_a_long_journal_is_not_decoded(repo: Repo, counted: Counted) -> None:
    repo.commit({"a": "b"})
    recorded(repo.path / ".git", 200)
    for words, decoded in (
        (("status",), 0),
        (("mode",), 0),
        (("divergences", "--summary"), 10),  # the five newest: decisions and difference
        (("journal",), 40),  # twenty rows
        (("journal", "-n", "3"), 6),
    ):
        counted.clear()
        assert seedgit(repo, *words).status == 0
        assert counted.rows <= decoded, words


def test_a_run_opens_the_journal_to_ask_and_to_record(
    repo: Repo, monkeypatch: pytest.MonkeyPatch
) -> None:
    repo.commit({"a": "b"})
    kept = recorded(repo.path / ".git", 5)
    kept.accept(kept.rows(limit=1)[0], "known")
    opened = []
    connect = Connection._open

    def counting(self: Connection) -> sqlite3.Connection:
        opened.append(1)
        return connect(self)

    monkeypatch.setattr(Connection, "_open", counting)
    assert seedgit(repo, "status").status == 0
    assert len(opened) == 2


def test_a_damaged_time_is_told_by_a_summary(repo: Repo) -> None:
    repo.commit({"a": "b"})
    kept = recorded(repo.path / ".git", 5)
    with contextlib.closing(sqlite3.connect(kept.path)) as connection:
        connection.execute("UPDATE runs SET time = 'then' WHERE id = 2")
        connection.commit()
    said = seedgit(repo, "divergences", "--summary")
    assert (said.status, "the journal is damaged" in said.err) == (3, True)
