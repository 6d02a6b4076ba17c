"""git's merge driver for seeds (gitattributes(5)): %O %A %B %L %P [RESULT STATUS].

One process per file, so start-up is its cost: nothing is imported before it is needed. git's own
merge is written to %A first; the structural merge replaces it, whole, only when it is finished and
checked. Whatever happens in between, %A is a complete file. With RESULT, git's merge is there
already, its exit status was STATUS, and the file to replace is RESULT: so the installed command
calls it, whose shell does that first part before an interpreter has started.

Exit status: 0 clean, 1 conflict.
"""

from __future__ import annotations

import gc
import os
import sys

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Sequence

    from seedgit.core.merge import KeyOf, Merged, Settle
    from seedgit.formats.weave import Markers

RULES_FILE = ".seedgit.yaml"
USAGE = "usage: merge_driver.py %O %A %B %L %P [RESULT STATUS]"


def main(argv: Sequence[str]) -> int:
    if len(argv) not in (5, 7):
        print(USAGE, file=sys.stderr)
        return 2
    base_file, ours_file, theirs_file, size, path = argv[:5]
    data = [_read(name) for name in (base_file, ours_file, theirs_file)]
    size = size if size.isdigit() else "7"
    if len(argv) == 7:
        target, conflicted = argv[5], argv[6] != "0"
        by_lines = _read(target)
    else:
        target = ours_file
        by_lines, conflicted = _merge_file(base_file, ours_file, theirs_file, size)
        _replace(target, by_lines)
    try:
        merged = _by_structure(path, data, None if conflicted else by_lines, int(size))
    except Exception as error:
        _say(path, f"git's own merge is used: {type(error).__name__}: {error}")
        return 1 if conflicted else 0
    if merged is None:
        return 1 if conflicted else 0
    clean, text = merged
    _replace(target, text)
    return 0 if clean else 1


def _by_structure(
    path: str, data: list[bytes], by_lines: bytes | None, size: int
) -> tuple[bool, bytes] | None:
    """(clean, text), or None where git's own merge has to do."""
    from seedgit.formats.registry import format_name
    from seedgit.formats.three_way import NotMergeable, merge_texts

    format = format_name(path)
    if format is None:
        _say(path, "skip: not-a-seed: no YAML, JSON or TOML by its name")
        return None
    rules = _rules(path)
    if rules is None:
        _say(path, "skip: not-a-seed: no rule matches it")
        return None
    base, ours, theirs = data
    try:
        result = merge_texts(
            format,
            path,
            base or None,
            ours,
            theirs,
            by_lines,
            _markers(size, by_lines is None),
            *rules,
        )
    except NotMergeable as problem:
        _say(path, f"git's own merge is used: {problem.reason}: {problem.detail}")
        return None
    if os.environ.get("SEEDGIT_TRACE"):
        _trace(path, result.decisions)
    return result.clean, result.text


def _rules(path: str) -> tuple[KeyOf, Settle] | None:
    """What the rules in the working tree say of a file; None where it is no seed.

    Without a rules file every file that names this driver is merged, with no declared keys.
    """
    from seedgit.core.merge import no_key, no_settlement

    if not os.path.exists(RULES_FILE):
        return no_key, no_settlement
    from seedgit.core.ownership import settlement
    from seedgit.formats.rules import parse_rules

    rule = parse_rules(_read(RULES_FILE), RULES_FILE).match(path)
    if rule is None:
        return None
    # In `git merge` and `git pull` ours is the site's; in a rebase it is upstream's, and git does
    # not say which: there an overlay-owned conflict stays one.
    local = any(name.startswith("GITHEAD_") for name in os.environ)
    return rule.key_of, settlement(rule) if local else no_settlement


def _trace(path: str, decisions: Merged) -> None:
    from seedgit.core.pointer import format_pointer

    for decision in decisions.walk():
        if decision.reason != "unchanged":
            where = format_pointer(decision.pointer) or "/"
            _say(path, f"{where}: {decision.source}: {decision.reason}")


def _markers(size: int, conflicts: bool) -> Markers:
    from seedgit.formats.weave import Markers

    style = _git_output("config", "merge.conflictStyle").strip() if conflicts else ""
    return Markers(size, style if style in ("diff3", "zdiff3") else "merge", theirs=_their_name())


def _their_name() -> str:
    """What git calls the other side: it says so in the environment, in merge and pull."""
    names = [value for key, value in os.environ.items() if key.startswith("GITHEAD_")]
    return names[0] if len(names) == 1 else "theirs"


def _merge_file(base: str, ours: str, theirs: str, size: str) -> tuple[bytes, bool]:
    """git's own three-way merge of the files: (text, whether it has conflicts)."""
    out = ours + ".lines"
    labels = ["-L", "ours", "-L", "base", "-L", _their_name()]
    command = ["git", "merge-file", "-p", "-q", "--marker-size=" + size, *labels]
    status = _run([*command, ours, base, theirs], out)
    try:
        text = _read(out)
    finally:
        os.unlink(out)
    if status < 0 or status > 127:
        # Not text, or no git to ask: the file stays as it is, as a conflict.
        return _read(ours), True
    return text, status != 0


def _git_output(*arguments: str) -> str:
    read, write = os.pipe()
    pid = os.posix_spawnp(
        "git", ["git", *arguments], os.environ, file_actions=[(os.POSIX_SPAWN_DUP2, write, 1)]
    )
    os.close(write)
    with os.fdopen(read, encoding="utf-8", errors="replace") as pipe:
        text = pipe.read()
    os.waitpid(pid, 0)
    return text


def _run(command: list[str], out: str) -> int:
    """Exit status of a program whose output goes to the file `out`."""
    flags = os.O_WRONLY | os.O_CREAT | os.O_TRUNC
    actions = [(os.POSIX_SPAWN_OPEN, 1, out, flags, 0o600)]
    pid = os.posix_spawnp(command[0], command, os.environ, file_actions=actions)
    return os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1])


def _read(name: str) -> bytes:
    with open(name, "rb") as file:
        return file.read()


def _replace(name: str, data: bytes) -> None:
    """Give a file another content in one step: a reader sees the old one or the new one, whole."""
    if _read(name) == data:
        return
    new = name + ".new"
    with open(new, "wb") as file:
        file.write(data)
    os.chmod(new, os.stat(name).st_mode & 0o7777)
    os.replace(new, name)


def _say(path: str, message: str) -> None:
    text = f"seedgit: {path}: {message}"
    print(text.encode("unicode_escape").decode(), file=sys.stderr)


if __name__ == "__main__":
    # The process ends before there is anything to collect, and looking for it costs a fifth.
    gc.disable()
    # -I -S leave the path bare: the package stands beside this file, libraries may stand elsewhere.
    sys.path[0:0] = [
        os.path.dirname(os.path.dirname(os.path.abspath(__file__))),
        os.path.join(
            os.path.dirname(os.path.dirname(sys.executable)),
            "lib",
            f"python{sys.version_info[0]}.{sys.version_info[1]}",
            "site-packages",
        ),
    ]
    sys.exit(main(sys.argv[1:]))
