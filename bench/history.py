"""Merge a repository's own history again, and compare with what its people committed.

usage: bench/history.py REPOSITORY [--limit N] [--seed N] [--show]

Every merge commit with two parents and one merge base, every file of a known format that both
sides changed: merged by git merge-file and by structure, from the blobs alone.

  files        files merged
  git clean    clean by git merge-file
  clean        clean by structure
  bytes        clean by structure, the same bytes as committed
  meaning      clean by structure, the same meaning as committed, as other bytes
  WRONG        clean by structure with another meaning than committed, where git was clean and
               had the committed meaning
  differs      clean by structure with another meaning than committed, anything else;
               also where people committed what does not parse (a key that stands twice)
  solved       conflicts of git that the structure solved as the people did (of how many)
"""

from __future__ import annotations

import argparse
import random
import subprocess
import sys
from collections import Counter
from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple

sys.path.insert(0, str(Path(__file__).resolve().parent.parent))

from seedgit.errors import SeedgitError
from seedgit.formats.document import Document
from seedgit.formats.merge import merge_texts
from seedgit.formats.registry import FORMATS, format_name, format_of
from seedgit.git.line_merge import line_merge
from seedgit.merge.version import NotMergeable
from seedgit.values.value import Value, same


class Merge(NamedTuple):
    """One file of one merge commit."""

    commit: str
    path: str
    base: bytes
    ours: bytes
    theirs: bytes
    committed: bytes


class History:
    """What the report needs of a repository, through git."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self.objects = subprocess.Popen(
            ["git", "-C", str(path), "cat-file", "--batch"],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
        )

    def close(self) -> None:
        self.objects.communicate()

    def git(self, *arguments: str) -> str:
        command = ["git", "-C", str(self.path), *arguments]
        result = subprocess.run(command, capture_output=True)
        if result.returncode > 1:
            raise SystemExit(result.stderr.decode(errors="replace").strip())
        return result.stdout.decode("utf-8", "surrogateescape")

    def blob(self, commit: str, path: str) -> bytes | None:
        """The content of a file in a commit; None where it has none."""
        if "\n" in path:
            return None
        stdin, stdout = self.objects.stdin, self.objects.stdout
        assert stdin is not None
        assert stdout is not None
        stdin.write(f"{commit}:{path}\n".encode("utf-8", "surrogateescape"))
        stdin.flush()
        head = stdout.readline().split()
        if len(head) != 3 or not head[2].isdigit():
            return None
        data = stdout.read(int(head[2]))
        stdout.read(1)
        return data if head[1] == b"blob" else None

    def changed(self, before: str, after: str) -> set[str]:
        names = self.git(
            "diff-tree", "-r", "-z", "--no-renames", "--diff-filter=M", "--name-only", before, after
        )
        return {name for name in names.split("\0") if name and format_name(name)}

    def merges(self, seed: int) -> Iterator[Merge]:
        """The files that both sides changed, in an order that only the seed decides."""
        # Merges that took one side's files are among them: only one like both parents is not.
        options = ("--all", "--full-history", "--min-parents=2", "--max-parents=2")
        files = [f":(icase)*{suffix}" for suffixes in FORMATS.values() for suffix in suffixes]
        commits = sorted(self.git("log", *options, "--format=%H %P", "--", *files).splitlines())
        random.Random(seed).shuffle(commits)
        for commit, left, right in map(str.split, commits):
            bases = self.git("merge-base", "--all", left, right).split()
            if len(bases) != 1:
                continue
            for path in sorted(self.changed(bases[0], left) & self.changed(bases[0], right)):
                sides = [self.blob(name, path) for name in (bases[0], left, right, commit)]
                base, ours, theirs, committed = sides
                if base is None or ours is None or theirs is None or committed is None:
                    continue
                if ours != theirs:
                    yield Merge(commit, path, base, ours, theirs, committed)


def by_structure(merge: Merge, lines: bytes | None) -> bytes | None:
    """The driver's result; None where it has conflicts."""
    format = format_of(merge.path)
    assert format is not None
    try:
        result = merge_texts(format, merge.path, (merge.base, merge.ours, merge.theirs), lines)
    except NotMergeable:
        return lines
    return result.text if result.clean else None


def meaning(data: bytes, path: str) -> tuple[Value] | None:
    """What a file says, in a tuple, since it may say null; None where it says nothing clear."""
    try:
        return (Document.parse(data, path).value,)
    except SeedgitError:
        return None


def alike(one: bytes, other: bytes, path: str) -> bool:
    if one == other:
        return True
    left, right = meaning(one, path), meaning(other, path)
    return left is not None and right is not None and same(left[0], right[0])


def judge(merge: Merge) -> list[str]:
    """The columns that one file counts in."""
    lines = line_merge(merge.base, merge.ours, merge.theirs)
    result = by_structure(merge, lines)
    columns = ["files"]
    if lines is None:
        columns.append("git conflicts")
    else:
        columns.append("git clean")
    if result is None:
        return columns
    columns.append("clean")
    if alike(result, merge.committed, merge.path):
        columns.append("bytes" if result == merge.committed else "meaning")
        if lines is None:
            columns.append("solved")
    elif lines is None or meaning(merge.committed, merge.path) is None:
        columns.append("differs")
    elif alike(lines, merge.committed, merge.path):
        columns.append("WRONG")
    else:
        columns.append("differs")
    return columns


def report(counts: dict[str, Counter[str]]) -> None:
    names = ["files", "git clean", "clean", "bytes", "meaning", "WRONG", "differs"]
    print(f"{'':<8}" + "".join(f"{name:>11}" for name in names) + f"{'solved':>11}")
    total = sum(counts.values(), Counter[str]())
    for title, row in [*sorted(counts.items()), ("all", total)]:
        solved = f"{row['solved']}/{row['git conflicts']}"
        print(f"{title:<8}" + "".join(f"{row[name]:>11}" for name in names) + f"{solved:>11}")


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("repository", type=Path)
    parser.add_argument("--limit", type=int, default=0, help="merge at most so many files (all)")
    parser.add_argument("--seed", type=int, default=1, help="decides the order (1)")
    parser.add_argument("--show", action="store_true", help="name WRONG and differing files")
    options = parser.parse_args()
    history = History(options.repository)
    counts: dict[str, Counter[str]] = {}
    try:
        for number, merge in enumerate(history.merges(options.seed), 1):
            columns = judge(merge)
            counts.setdefault(format_name(merge.path) or "", Counter()).update(columns)
            if options.show and columns[-1] in ("WRONG", "differs"):
                print(columns[-1], merge.commit[:12], ascii(merge.path), flush=True)
            if number == options.limit:
                break
    finally:
        history.close()
    if not counts:
        print("no merge commit changed a file of a known format on both sides")
        return 0
    report(counts)
    return 0


if __name__ == "__main__":
    sys.exit(main())
