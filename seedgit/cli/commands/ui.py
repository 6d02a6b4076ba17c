"""Decide on what waits in a browser, and see the rest there: for this machine alone."""

from __future__ import annotations

from seedgit.cli.terminal import Terminal
from seedgit.errors import OK, UsageError, of_the_system

TYPE_CHECKING = False
if TYPE_CHECKING:
    import argparse

EXAMPLES = """examples:
  seedgit ui                    opens the page in your browser; ^C ends it
  seedgit ui --no-browser       only prints the address, to be opened by hand
  seedgit ui --port 8000        at a port of your choice

The first page shows what seedgit pending lists, with who set what, when and why, and the lines
around. A decision is what seedgit resolve does. Others show what status, plan, blame, why, log,
divergences and fleet plan say. The address has a token that counts once: nobody else, and no other
page, can ask there. Needs: pip install 'seedgit[ui]'
"""

LARGEST_PORT = 65_535


def configure(parser: argparse.ArgumentParser) -> None:
    parser.add_argument(
        "--port", type=int, default=0, metavar="N", help="where it listens (default: a free one)"
    )
    parser.add_argument("--no-browser", action="store_true", help="open no browser")


def run(args: argparse.Namespace, terminal: Terminal) -> int:
    if not 0 <= args.port <= LARGEST_PORT:
        raise UsageError(f"no port has the number {args.port}")
    try:
        from seedgit.cli.ui.desk import Desk
        from seedgit.cli.ui.server import PageServer
    except ImportError as error:
        if (error.name or "").partition(".")[0] not in ("starlette", "uvicorn"):
            raise
        raise UsageError(
            "the page needs starlette and uvicorn, which are not installed",
            hint="pip install 'seedgit[ui]'; in a terminal: seedgit pending, seedgit resolve",
        ) from None
    args.session.workspace()  # there is one
    desk = Desk(args.directory)
    terminal.hidden = lambda: desk.plain_texts
    try:
        server = PageServer(desk, terminal, args.port)
    except OSError as error:
        raise of_the_system(error, "cannot be listened at", f"port {args.port}") from None
    terminal.line(f"seedgit ui: {server.address}")
    terminal.line("the address counts once; ^C ends it")
    terminal.out.flush()
    if not args.no_browser and terminal.interactive:
        import webbrowser

        webbrowser.open(server.address)
    try:
        server.serve()
    except KeyboardInterrupt:
        terminal.line()
    return OK
