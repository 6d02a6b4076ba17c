"""Random histories: renames, criss-cross and evil merges, octopuses, seeds that come and go.

They are made with `git fast-import`, so that a merge may have any content at all.
"""

from __future__ import annotations

import random
import subprocess
from pathlib import Path

from tests.conftest import DIGITS

FILE, RUNS, LINK, MODULE = b"100644", b"100755", b"120000", b"160000"
RULES = b".seedgit.yaml"
NAMES = (
    *(b"flows/%s.yaml" % name for name in (b"a", b"b", b"sub/c", b"sub/deep/d")),
    *(
        b"flows/odd/%s.yaml" % name
        for name in (b"a b", b'"q"', b"*", b"[x]", "ü".encode(), b"\xff")
    ),
    *(b"flows/odd/new\nline.yaml", b"-dash.yaml", b"flows/sub", b"top.json", b"values.toml"),
    *(b"src/a.py", b"src/b.py", b"flows2/a.yaml", b"other/a.yaml"),
)
PATTERNS = ("flows/**/*.yaml", "flows/sub/*.yaml", "*.json", "flows/a.yaml", "o*/**", "flows/odd/*")

State = dict[bytes, tuple[bytes, bytes]]  # by path: a mode, and a content or the id of a submodule


class History:
    """A random history, made in a new repository. Its last commit is on `main`.

    `upstream` is a branch with a part of it, or with something beside it.
    """

    def __init__(self, place: Path, number: int, size: int = 25) -> None:
        self.rng = random.Random(number)
        self.place = place
        self.size = size
        self.states: list[State] = []
        self.parents: list[list[int]] = []
        subprocess.run(["git", "init", "-q", "-b", "main", str(place)], check=True)
        self._grow()
        self._write()
        self.git("reset", "-q", "--hard")

    def git(self, *words: str) -> str:
        done = subprocess.run(["git", *words], cwd=self.place, check=True, capture_output=True)
        return done.stdout.decode().strip()

    # -- what happens ------------------------------------------------------------------------------

    def _grow(self) -> None:
        rng = self.rng
        first: State = {RULES: (FILE, self._rules())}
        for name in rng.sample(NAMES, 9):
            self._put(first, name, (FILE, self._document(name)))
        self._add(first)
        tips = [0, 0, 0]
        while len(self.states) < self.size:
            mine, other, third = rng.sample(range(3), 3)
            kind = rng.choices(("commit", "merge", "cross", "octopus", "root"), (12, 6, 2, 1, 0.3))[
                0
            ]
            if kind == "root":
                tips[mine] = self._add({b"flows/a.yaml": (FILE, self._document(b"flows/a.yaml"))})
            elif kind == "commit" or tips[mine] == tips[other]:
                tips[mine] = self._add(self._changed(self.states[tips[mine]]), tips[mine])
            elif kind == "cross":
                both = tips[mine], tips[other]
                tips[mine] = self._join(*both)
                tips[other] = self._join(*reversed(both))
            else:
                more = [tips[third]] if kind == "octopus" else []
                found = dict.fromkeys([tips[mine], tips[other], *more])
                tips[mine] = self._join(*found)
        self.upstream = rng.choice([tips[1], tips[2], rng.randrange(len(self.states))])
        if rng.random() < 0.8:
            tips[0] = self._join(tips[0], tips[1]) if tips[0] != tips[1] else tips[0]
        self.tip = tips[0]

    def _add(self, state: State, *parents: int) -> int:
        self.states.append(state)
        self.parents.append(list(parents))
        return len(self.states) - 1

    def _join(self, *parents: int) -> int:
        """A merge: mostly what the sides have, now and then something else."""
        sides = [self.states[parent] for parent in parents]
        how = self.rng.choices(("mixed", "ours", "evil"), (6, 1, 2))[0]
        made: State = {}
        for path in sorted({path for side in sides for path in side}):
            found = [side.get(path) for side in sides]
            held = found[0] if how == "ours" else self.rng.choice(found)
            if how == "evil" and self.rng.random() < 0.2:
                held = (FILE, self._document(path)) if self.rng.random() < 0.7 else None
            if held:
                self._put(made, path, held)
        return self._add(made, *parents)

    def _changed(self, state: State) -> State:
        made = dict(state)
        for _ in range(self.rng.choice((1, 1, 2, 4))):
            self._change(made)
        return made

    def _change(self, state: State) -> None:
        rng = self.rng
        there = sorted(path for path in state if path != RULES)
        kind = rng.choices(
            ("edit", "add", "delete", "rename", "link", "runs", "module", "rules"),
            (10, 3, 1.5, 2.5, 0.5, 0.5, 0.4, 1),
        )[0]
        if kind == "rules":
            state[RULES] = (FILE, self._rules())
        elif kind == "add" or not there:
            name = rng.choice(NAMES)
            self._put(state, name, (FILE, self._document(name)))
        else:
            path = rng.choice(there)
            mode, data = state[path]
            if kind == "delete":
                del state[path]
            elif kind == "rename":
                del state[path]
                new = rng.choice(NAMES)
                whole = mode not in (FILE, RUNS) or rng.random() < 0.5
                self._put(state, new, (mode, data if whole else self._edited(data)))
            elif kind == "link":
                state[path] = (LINK, b"src/a.py")
            elif kind == "runs":
                state[path] = (
                    RUNS if mode == FILE else FILE,
                    b"x: 1\n" if mode == MODULE else data,
                )
            elif kind == "module":
                state[path] = (MODULE, b"%0*x" % (DIGITS, rng.randrange(1, 9)))
            elif mode in (FILE, RUNS):
                state[path] = (mode, self._edited(data))

    @staticmethod
    def _put(state: State, path: bytes, held: tuple[bytes, bytes]) -> None:
        """A file where a directory is, or below a file, takes its place."""
        for other in list(state):
            if other.startswith(path + b"/") or path.startswith(other + b"/"):
                del state[other]
        state[path] = held

    # -- what is in files --------------------------------------------------------------------------

    def _rules(self) -> bytes:
        rng = self.rng
        if rng.random() < 0.1:
            return b"seeds: [\n" if rng.random() < 0.5 else b"version: 1\nseeds: []\n"
        files = ", ".join(f'"{p}"' for p in rng.sample(PATTERNS, rng.choice((1, 1, 2, 3))))
        policy = rng.choice(("", "        on-seed-change: review\n"))
        overlay = f"    overlay:\n      - path: /k1\n{policy}"
        return f"version: 1\nseeds:\n  - files: [{files}]\n{overlay}".encode()

    def _document(self, path: bytes) -> bytes:
        lines = [(f"k{n}", self.rng.randrange(4)) for n in range(12)]
        if path.endswith(b".json"):
            return ("{" + ", ".join(f'"{key}": {value}' for key, value in lines) + "}\n").encode()
        sign = " =" if path.endswith(b".toml") else ":"
        return "".join(f"{key}{sign} {value}\n" for key, value in lines).encode()

    def _edited(self, data: bytes) -> bytes:
        """One digit changed; once in a while what does not parse any more."""
        at = [n for n, byte in enumerate(data) if chr(byte).isdigit() and data[n - 1 : n] == b" "]
        if not at or self.rng.random() < 0.04:
            return data + b"\n: [ {"
        place = self.rng.choice(at)
        return data[:place] + b"%d" % self.rng.randrange(4, 9) + data[place + 1 :]

    # -- git ---------------------------------------------------------------------------------------

    def _write(self) -> None:
        out = []
        for number, (state, parents) in enumerate(zip(self.states, self.parents, strict=True)):
            out.append(b"reset refs/heads/made\n" if not parents else b"")
            out.append(b"commit refs/heads/made\nmark :%d\n" % (number + 1))
            out.append(b"committer S <s@s.example> %d +0000\n" % (1_700_000_000 + 60 * number))
            out.append(b"data 2\nc\n\n")
            for place, parent in enumerate(parents):
                out.append(b"%s :%d\n" % (b"merge" if place else b"from", parent + 1))
            out.append(b"deleteall\n")
            for path, (mode, data) in state.items():
                name = b'"' + b"".join(b"\\%03o" % byte for byte in path) + b'"'
                if mode == MODULE:
                    out.append(b"M 160000 %s %s\n" % (data, name))
                else:
                    out.append(b"M %s inline %s\ndata %d\n%s\n" % (mode, name, len(data), data))
            out.append(b"\n")
        for branch, commit in (("main", self.tip), ("upstream", self.upstream)):
            out.append(b"reset refs/heads/%s\nfrom :%d\n\n" % (branch.encode(), commit + 1))
        subprocess.run(
            ["git", "fast-import", "--quiet"], cwd=self.place, input=b"".join(out), check=True
        )
