"""Print the completion script of a shell."""

from __future__ import annotations

import argparse

from seedgit.cli.terminal import Terminal

EXAMPLES = """examples:
  eval "$(seedgit completion bash)"
  seedgit completion fish > ~/.config/fish/completions/seedgit.fish
"""


def configure(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("shell", choices=("bash", "zsh", "fish"))


def run(args: argparse.Namespace, terminal: Terminal) -> int:
    from argcomplete.shell_integration import shellcode

    terminal.exact(shellcode(["seedgit"], shell=args.shell))
    return 0
