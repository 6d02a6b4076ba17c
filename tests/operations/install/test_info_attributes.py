"""The lines in info/attributes: only ours, one a pattern, and none is left behind."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from seedgit.operations.install.info_attributes import BEGIN, END, _Block
from tests.conftest import Repo
from tests.site import data, seedgit

RULES = 'version: 1\nseeds:\n  - files: ["a.yaml", "b c/**"]\n'
LINES = '/a.yaml merge=seedgit\n"b c/**" merge=seedgit\n'
BLOCK = f"{BEGIN}\n{LINES}{END}\n"
EDITED = BLOCK.replace("written by", "see the wiki; by")
MINE = "*.png binary\n# mine\n"


def attributes(repo: Repo) -> str:
    return repo.read(".git/info/attributes").decode()


def start(repo: Repo, text: str) -> None:
    repo.write({".seedgit.yaml": RULES, ".git/info/attributes": text})


@pytest.mark.parametrize(
    ("text", "after_init", "after_undo"),
    [
        ("", BLOCK, None),
        (MINE, MINE + BLOCK, MINE),
        ("*.png binary", f"*.png binary\n{BLOCK}", "*.png binary\n"),
        (MINE + BLOCK + MINE, MINE + BLOCK + MINE, MINE + MINE),
        (BLOCK + MINE + BLOCK, BLOCK + MINE, MINE),
        (MINE + EDITED + MINE, MINE + BLOCK + MINE, MINE + MINE),
        # The end is gone, the beginning is, both are.
        (f"{BEGIN}\n{LINES}{MINE}", BLOCK + MINE, MINE),
        (f"{MINE}{LINES}{END}\n{MINE}", MINE + BLOCK + MINE, MINE + MINE),
        (f"# a\n{LINES}# b\n", f"# a\n{LINES}# b\n{BLOCK}", "# a\n# b\n"),
        # What a pattern of two lines wrote, its own end among them.
        (f"{BEGIN}\nx\n*.sh merge=union\nb merge=seedgit\n{END}\n{MINE}", BLOCK + MINE, MINE),
        (f"{BEGIN}\nx\n{END}\n*.sh merge=union\nb merge=seedgit\n{END}\n", BLOCK, None),
        (f"{BEGIN}\n{BLOCK}", BLOCK, None),
    ],
)
def test_what_is_ours_is_brought_up_to_date_and_taken_out(
    text: str, after_init: str, after_undo: str | None, repo: Repo
) -> None:
    start(repo, text)
    assert seedgit(repo, "init").status == 0
    assert attributes(repo) == after_init
    steps = {step["what"]: step["outcome"] for step in data(repo, "init")}
    assert steps["info/attributes"] == "kept"
    assert seedgit(repo, "init", "--undo").status == 0
    place = repo.path / ".git/info/attributes"
    assert (place.read_text() if place.exists() else None) == after_undo


@given(st.lists(st.sampled_from([BEGIN, END, "a merge=seedgit", "b merge=union", "# x", ""])))
def test_no_line_is_lost_and_none_of_ours_stays(lines: list[str]) -> None:
    block = _Block("".join(f"{line}\n" for line in lines), thorough=True)
    left = [line.removesuffix("\n") for line in block.others]
    assert not any(line.startswith(("# >>>", "# <<<")) or "seedgit" in line for line in left)
    assert sorted(left + [x for x in block.lines if "seedgit" not in x]) == sorted(
        line for line in lines if "seedgit" not in line
    )


def test_a_pattern_of_two_lines_writes_nothing(repo: Repo) -> None:
    for pattern in (r"a\n*.sh merge=union", r"a\r*.sh merge=union", r"a\n# <<< seedgit\nb"):
        repo.write({".seedgit.yaml": f'version: 1\nseeds:\n  - files: "{pattern}"\n'})
        said = seedgit(repo, "init")
        assert said.status == 3
        assert ".seedgit.yaml:3: not a file pattern" in said.err
        assert not (repo.path / ".git/info/attributes").exists()


def test_rules_that_are_refused_refuse_a_commit_and_say_why(repo: Repo) -> None:
    repo.write({".seedgit.yaml": RULES})
    assert seedgit(repo, "init").status == 0
    repo.commit({"a.yaml": "a: 1\n"})
    repo.write({".seedgit.yaml": RULES.replace("a.yaml", "a*" * 33), "a.yaml": "a: 2\n"})
    repo("add", "--all")
    said = repo("commit", "-m", "hang", ok=False)
    assert ".seedgit.yaml:3: not a file pattern: 'a*a*" in said
    assert "more than 32 wildcards" in said and "docs/rules.md" in said
    assert "Traceback" not in said
