"""Checks the attributes of seeds: do they name the driver, and if not, which line is to blame?"""

from __future__ import annotations

import os
import re
from collections.abc import Iterable
from pathlib import Path
from tempfile import TemporaryDirectory

from seedgit import codes
from seedgit.errors import InputError
from seedgit.files.safe import read_regular
from seedgit.git.live_tree import in_place_elsewhere
from seedgit.git.names import to_bytes, to_text
from seedgit.git.process import run_git
from seedgit.git.repository import Repository
from seedgit.named_tuple import NamedTuple
from seedgit.operations.audit.findings import FIX, Finding, fine, note, wrong
from seedgit.operations.install.info_attributes import (
    FILTER_NAME,
    attribute_lines,
    attributes_file,
    written_lines,
)
from seedgit.operations.workspace import Workspace

NAME = ".gitattributes"
MARK = "seedgit-line"
LARGEST = 10_000_000  # bytes of an attributes file that are read
_FILTER_KEYS = ("clean", "smudge", "process")
# gitattributes(5): `binary` is a macro for -diff -merge -text.
_BUILT_IN = {"merge": {"binary"}}
_QUOTED = re.compile(r'"(?:[^"\\]|\\.)*"|[^ \t\r\n]+')


class AttributesLine(NamedTuple):
    """A line of an attributes file."""

    file: Path
    number: int
    text: str

    def __str__(self) -> str:
        return f"{self.file}:{self.number}: {self.text.strip()}"


def audit_attributes(workspace: Workspace) -> list[Finding]:
    """Check each tracked seed's attributes, as git resolves them. Raises InputError (rules)."""
    if workspace.mode.switched_off:
        return _filters(workspace)
    findings = []
    wanted, written = attribute_lines(workspace), written_lines(workspace.repository)
    place = attributes_file(workspace.repository)
    if wanted != (written or []):
        missing = [line for line in wanted if line not in (written or [])]
        left = [line for line in written or [] if line not in wanted]
        detail = "; ".join(
            f"{what}: {', '.join(lines)}"
            for what, lines in (("missing", missing), ("left over", left))
            if lines
        )
        text = f"{place}: {detail or 'the lines are in another order'}"
        findings.append(wrong(codes.ATTRIBUTES_OUTDATED, text, FIX))
    findings += _shadowed(workspace, current=not findings)
    absent = _absent(workspace, covered=not findings)
    if not findings and workspace.tracked:
        findings.append(fine(codes.ATTRIBUTES, "every seed names the driver"))
    return [*findings, *absent, *_filters(workspace)]


def _shadowed(workspace: Workspace, *, current: bool) -> list[Finding]:
    """The lines that take the driver from seeds, and the seeds that no line gives it to.

    current  whether init's own lines are up to date
    """
    paths = list(workspace.tracked)
    found = workspace.repository.attributes(paths, "merge") if paths else {}
    without = [path for path in paths if found[path].get("merge") != "seedgit"]
    by_line: dict[str, list[str]] = {}
    unnamed = []
    for path, line in deciding_lines(workspace.repository, without, "merge").items():
        if line is not None:
            by_line.setdefault(str(line), []).append(path)
        elif current:
            detail = f"{path}: a rule matches it, but no line of the attributes does"
            remedy = "name it by a simpler pattern in the rules, then seedgit init"
            unnamed.append(wrong(codes.ATTRIBUTES_OUTDATED, detail, remedy))
    return unnamed + [
        wrong(
            codes.ATTRIBUTE_SHADOWED,
            f"{line}: takes the driver from {taken[0]}"
            + (f" and {len(taken) - 1} more" if len(taken) > 1 else ""),
            f"take that line out, or let it leave seeds alone; then {FIX}",
        )
        for line, taken in by_line.items()
    ]


def _absent(workspace: Workspace, *, covered: bool) -> list[Finding]:
    """Tracked .gitattributes that merges do not see.

    covered  info/attributes covers all seeds, so this does no harm
    """
    repository = workspace.repository
    sparse = {
        to_text(line[2:])
        for line in repository.git("ls-files", "-t", "-z").split(b"\0")
        if line.startswith(b"S ")
    }
    findings = []
    for entry in repository.index():
        if entry.path.rpartition("/")[2] != NAME or repository.file_mode(entry.path) is not None:
            continue
        how = "left out by a sparse checkout" if entry.path in sparse else "deleted"
        detail = f"{entry.path} is tracked but not on the disk ({how}): no merge reads it"
        remedy = f"git checkout -- {workspace.pasted(entry.path).removeprefix('-- ')}"
        if entry.path in sparse:
            place = entry.path.rpartition("/")[0] or entry.path
            remedy = f"git sparse-checkout add {workspace.pasted(place)}"
        if covered:
            detail += "; info/attributes names the driver"
        findings.append((note if covered else wrong)(codes.ATTRIBUTES_ABSENT, detail, remedy))
    return findings


def _filters(workspace: Workspace) -> list[Finding]:
    repository = workspace.repository
    config = repository.config
    paths = list(dict.fromkeys(entry.path for entry in repository.index()))
    users: dict[str, list[str]] = {}
    for path, found in repository.attributes(paths, "filter").items() if paths else ():
        name = found.get("filter")
        if isinstance(name, str) and all(
            config.get(f"filter.{name}.{key}") is None for key in _FILTER_KEYS
        ):
            users.setdefault(name, []).append(path)
    # Worktrees share the attributes. Where this one needs the filter, `audit_in_place` says so.
    if FILTER_NAME in users and (workspace.in_place or in_place_elsewhere(repository)):
        del users[FILTER_NAME]
    findings = []
    for name, used in users.items():
        seeds = [path for path in used if path in workspace.tracked]
        first = (seeds or used)[0]
        line = deciding_lines(repository, [first], "filter")[first]
        detail = f"{line or name}: filter {name} is not configured; {first} is one of {len(used)}"
        remedy = f"configure filter.{name}, or take it out of the attributes"
        make = wrong if seeds else note
        findings.append(make(codes.FILTER_UNKNOWN, detail, remedy))
    return findings


# -- which line decides ----------------------------------------------------------------------------


def deciding_lines(
    repository: Repository, paths: Iterable[str], attribute: str
) -> dict[str, AttributesLine | None]:
    """The line that gives each path the attribute; None where no line does.

    git tells the value but not the line. So it is asked again in an empty repository, where each
    line that sets the attribute sets its line number instead.
    """
    result: dict[str, AttributesLine | None] = dict.fromkeys(paths)
    if not result:
        return result
    everywhere = _everywhere(repository)
    files = {
        path: [*_files(repository, path), *((file, path) for file in everywhere)] for path in result
    }
    with TemporaryDirectory(prefix="seedgit-") as scratch:
        numbered = _Numbered(repository, Path(scratch), attribute)
        for step in range(max(map(len, files.values()))):
            asked: dict[Path, dict[str, str]] = {}  # file: {a path relative to it: the path}
            for path, line in result.items():
                if line is None and step < len(files[path]):
                    file, relative = files[path][step]
                    asked.setdefault(file, {})[relative] = path
            for file, names in asked.items():
                for relative, line in numbered.last(file, list(names)).items():
                    result[names[relative]] = line
    return result


def _files(repository: Repository, path: str) -> list[tuple[Path, str]]:
    """The attributes files for a path, highest precedence first; the path relative to each."""
    files = [(attributes_file(repository), path)]
    parts = path.split("/")
    for depth in range(len(parts) - 1, -1, -1):
        file = "/".join([*parts[:depth], NAME])
        files.append((repository.file(file), "/".join(parts[depth:])))
    return files


def _everywhere(repository: Repository) -> list[Path]:
    """The attributes files of the user and of the system."""
    files = []
    for variable in ("GIT_ATTR_GLOBAL", "GIT_ATTR_SYSTEM"):
        status, out = repository.git_status("var", variable, accept=(0, 1, 128, 129))
        place = to_text(out).strip() if status == 0 else _personal(repository, variable)
        if place:
            files.append(Path(place))
    return files


def _personal(repository: Repository, variable: str) -> str:
    """The file that `git var` names in a newer git. An older git does not tell the system's."""
    if variable == "GIT_ATTR_SYSTEM":
        return "" if os.environ.get("GIT_ATTR_NOSYSTEM") else "/etc/gitattributes"
    out = repository.git("config", "--type=path", "core.attributesFile", accept=(0, 1))
    home = os.environ.get("XDG_CONFIG_HOME") or str(Path("~/.config").expanduser())
    return to_text(out).strip() or str(Path(home) / "git" / "attributes")


class _Numbered:
    def __init__(self, repository: Repository, scratch: Path, attribute: str) -> None:
        self._scratch = scratch
        self._attribute = attribute
        self._files: dict[Path, dict[int, str]] = {}
        self._macros = set(_BUILT_IN.get(attribute, ()))
        self._env = {"GIT_DIR": str(scratch / ".git"), "GIT_WORK_TREE": str(scratch)}
        run_git(("init", "--quiet", "--template=", str(scratch)), cwd=scratch, env=self._env)
        ignore_case = str(repository.config.boolean("core.ignoreCase", default=False)).lower()
        self._options = ("-c", f"core.ignoreCase={ignore_case}", "-c", "core.attributesFile=")
        for file in (attributes_file(repository), repository.worktree / NAME):
            self._read_macros(file)

    def last(self, file: Path, paths: list[str]) -> dict[str, AttributesLine]:
        """For each path, the last line of a file that gives it the attribute, if there is one."""
        lines = self._lines(file)
        if not lines:
            return {}
        patterns = [f"{_words(text)[0]} {MARK}={n}" for n, text in lines.items()]
        info = self._scratch / ".git" / "info"
        info.mkdir(exist_ok=True)
        (info / "attributes").write_bytes(to_bytes("\n".join(patterns) + "\n"))
        asked = (*self._options, "check-attr", "-z", "--stdin", MARK)
        stdin = b"".join(to_bytes(path) + b"\0" for path in paths)
        out = to_text(run_git(asked, cwd=self._scratch, stdin=stdin, env=self._env)[1])
        fields = iter(out.split("\0"))
        found = zip(fields, fields, fields, strict=False)
        return {
            path: AttributesLine(file, int(n), lines[int(n)]) for path, _, n in found if n.isdigit()
        }

    def _lines(self, file: Path) -> dict[int, str]:
        if file not in self._files:
            self._files[file] = {
                n: line
                for n, line in _read(file)
                if not line.lstrip().startswith(("#", "[attr]")) and self._sets(line)
            }
        return self._files[file]

    def _sets(self, line: str) -> bool:
        return any(
            word.lstrip("-!").partition("=")[0] in {self._attribute, *self._macros}
            for word in _words(line)[1:]
        )

    def _read_macros(self, file: Path) -> None:
        for _, line in _read(file):
            if line.startswith("[attr]") and self._sets(line):
                self._macros.add(line.removeprefix("[attr]").split()[0])


def _words(line: str) -> list[str]:
    """The words of a line: the pattern, perhaps quoted, and the attributes."""
    return _QUOTED.findall(line)


def _read(file: Path) -> list[tuple[int, str]]:
    """The lines of an attributes file that git would read, by number.

    Empty where a tracked one is not a regular file: git follows no link there either, and a device
    or a pipe never ends.
    """
    try:
        data = read_regular(str(file), LARGEST, follow=file.name != NAME)
        return list(enumerate(to_text(data).split("\n"), 1))
    except (OSError, InputError):
        return []
