"""Runs a program and kills it after some bytes of output: `python -m tests.cut SIZE WORD...`."""

from __future__ import annotations

import os
import subprocess
import sys


def main(size: int, words: list[str]) -> None:
    os.environ.pop("START_SERVER", None)  # what a server starts is killed a little later
    with subprocess.Popen(words, stdout=subprocess.PIPE) as child:
        assert child.stdout is not None
        while size > 0 and (data := os.read(child.stdout.fileno(), size)):
            os.write(1, data)
            size -= len(data)
        child.kill()


if __name__ == "__main__":
    main(int(sys.argv[1]), sys.argv[2:])
