"""Print the completion script of a shell."""

from __future__ import annotations

from seedgit.cli.terminal import Terminal

TYPE_CHECKING = False
if TYPE_CHECKING:
    import argparse

EXAMPLES = """examples:
  eval "$(seedgit completion bash)"
  seedgit completion fish > ~/.config/fish/completions/seedgit.fish
"""

RECORDED = False  # a shell calls it at each start


def configure(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("shell", choices=("bash", "zsh", "fish"))


def run(args: argparse.Namespace, terminal: Terminal) -> int:
    from seedgit.cli.completion import library

    terminal.exact(library().shellcode(["seedgit"], shell=args.shell))
    return 0
