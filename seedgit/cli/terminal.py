"""Output for people and machines: text or JSON on standard output, remarks on standard error."""

from __future__ import annotations

import os
import sys
from collections.abc import Callable, Collection, Iterable, Iterator, Sequence
from itertools import zip_longest

from seedgit.errors import SeedgitError
from seedgit.values.escapes import escape
from seedgit.values.value import Secret

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any, TextIO, TypeVar

    from seedgit.cli.masked import Masked
    from seedgit.cli.progress import Bar
    from seedgit.pager import Collected

    T = TypeVar("T")

STYLES = {"bold": "1", "dim": "2", "red": "31", "green": "32", "yellow": "33", "cyan": "36"}
SHORT, SIDE, WHOLE = 30, 40, 1_000_000  # columns of a value in a table; whole with -v


class Terminal:
    """Where a command writes. Colour only on a terminal, and never with NO_COLOR set.

    Part of what is printed comes from outside: a file's name and values, a commit, another site's
    record. So every line is escaped as it is printed. Of the codes that a terminal obeys, only
    those of `style` get through. Only `raw` and `exact` print what they are given.

    as_json  print data as JSON instead of text
    verbose  also say why nothing was done (reason codes)
    said     what was printed on standard output; None: it is not collected, or it is not all
    hidden   gives texts that are masked in whatever is printed: it may come to know more of them
    """

    def __init__(
        self,
        out: TextIO | None = None,
        err: TextIO | None = None,
        *,
        as_json: bool = False,
        verbose: bool = False,
    ) -> None:
        # Python has None for a stream that was closed. A result that cannot be written must be an
        # error, so the stand-in is opened for reading. Remarks may be lost.
        self.out = out or sys.stdout or open(os.devnull)  # noqa: SIM115
        self.err = err or sys.stderr or open(os.devnull, "w")  # noqa: SIM115
        self.as_json = as_json
        self.verbose = verbose
        self.reasons: list[str] = []
        self.said: list[str] | None = None
        self.hidden: Callable[[], Collection[str]] = tuple
        self._masked: Masked | None = None
        self._met = 0
        wanted = "NO_COLOR" not in os.environ and os.environ.get("TERM") != "dumb"
        self.colour = wanted and self.out.isatty()
        self.colour_err = wanted and self.err.isatty()
        # Marks the beginning of our own codes. No text from outside can know it.
        self._mark = os.urandom(16).hex()
        self._bar: Bar | None = None
        self._collected: Collected | None = None
        # GitHub's runner takes lines from any program for commands.
        self.in_workflow = os.environ.get("GITHUB_ACTIONS") == "true"

    def collect(self) -> None:
        """Keep what is printed until `show`: on a terminal, it may be longer than the screen."""
        if self.out.isatty() and hasattr(self.out, "buffer"):
            from seedgit.pager import Collected  # late: most runs are not read on a terminal

            self.out = self._collected = Collected(self.out)

    def show(self, *, in_pager: bool = True) -> None:
        """Print what was kept, if anything was."""
        if self._collected is not None:
            kept, self._collected = self._collected, None
            self.out = kept.screen
            kept.show(in_pager=in_pager)

    def line(self, text: str = "") -> None:
        """A line for a person; nothing if JSON was asked for."""
        if not self.as_json:
            self._write(self.out, self._safe(text) + "\n")

    def lines(self, texts: Iterable[str], indent: str = "") -> None:
        """Print each line as `line` does."""
        for text in texts:
            self.line(indent + text)

    def exact(self, text: str) -> None:
        """A line for a program, made safe by the caller: `line` would change its meaning."""
        if not self.as_json:
            self._write(self.out, self._coloured(text, str) + "\n")

    def table(self, rows: Sequence[Sequence[str]], indent: str = "  ") -> None:
        """Lines of aligned columns. The last column may have any width."""
        if self.as_json:
            return
        if len(rows) == 1 and len(rows[0]) > 1:  # as most of many: there is nothing to align
            self.line((indent + "  ".join(rows[0])).rstrip(" "))
            return
        taken = [[self.width(cell) for cell in row[:-1]] for row in rows]
        widths = [max(column) for column in zip_longest(*taken, fillvalue=0)]
        for row, own in zip(rows, taken, strict=True):
            padded = [
                cell + " " * (width - its)
                for cell, width, its in zip(row[:-1], widths, own, strict=False)
            ]
            self.line((indent + "  ".join([*padded, row[-1]])).rstrip(" "))

    def width(self, text: str) -> int:
        """How many columns a text takes as `line` prints it. On a terminal CJK and emoji take two.

        Elsewhere every character takes one column.
        """
        if self._mark in text:
            text = "".join(piece for _, piece in self._pieces(text))
        elif text.isascii() and text.isprintable():
            return len(text)
        printed = plain(text)
        if printed.isascii() or not self.out.isatty():
            return len(printed)
        from rich.cells import cell_len  # loading takes a while, and most text is ASCII

        return cell_len(printed)

    def annotation(self, text: str) -> None:
        """A command for GitHub's runner. If JSON is printed, it goes to standard error."""
        self._write(self.err if self.as_json else self.out, plain(text) + "\n")

    def data(self, value: Any) -> None:
        """The result for a machine; nothing if text was asked for."""
        if self.as_json:
            self._write_masked(self.out, self.json(value, indent=True) + "\n")

    def row(self, value: Any) -> None:
        """One result of several, as they come, for a machine: a line of JSON for each."""
        if self.as_json:
            self._write_masked(self.out, self.json(value) + "\n")

    def json(self, value: Any, indent: bool = False) -> str:
        """A result as JSON in ASCII, masked as all that is printed."""
        import json

        from seedgit.cli.indented import indented

        masked = self._masking()
        value = masked.data(value) if masked else value
        if indent:
            text = indented(value, _sayable)
        else:
            text = json.dumps(value, ensure_ascii=True, default=_sayable)
        # ASCII has one control character that JSON does not escape.
        return text.replace("\x7f", "\\u007f")

    def raw(self, data: bytes) -> None:
        """Print bytes as they are: the content of a file."""
        self.end_progress()
        self.said = None
        self.out.flush()
        buffer = getattr(self.out, "buffer", None)
        if buffer is None:
            self.out.write(data.decode("utf-8", "surrogateescape"))
        else:
            buffer.write(data)
            buffer.flush()

    def remark(self, text: str) -> None:
        """Something worth knowing that is not the result."""
        self._write(self.err, self._safe(text) + "\n")

    def remarks(self, text: str) -> None:
        """The lines of a longer text, such as a traceback."""
        for each in text.splitlines():
            self.remark(each)

    @property
    def interactive(self) -> bool:
        """Whether a person reads what is printed, and can answer."""
        return sys.stdin is not None and sys.stdin.isatty() and self.out.isatty()

    @property
    def asks(self) -> bool:
        """Whether a person is there to be asked, wherever the result goes."""
        return sys.stdin is not None and sys.stdin.isatty() and self.err.isatty()

    def prompt(self, question: str) -> None:
        """A question whose answer stands behind it on the line."""
        self._write(self.out, self._safe(question))
        self.out.flush()

    def ask(self, question: str) -> str | None:
        """A person's answer, without the line's end; None if the input ends."""
        self.prompt(question)
        answer = sys.stdin.readline()
        if not answer:
            self._write(self.out, "\n")
            return None
        return answer.rstrip("\r\n")

    def error(self, error: SeedgitError) -> None:
        """What went wrong, and what to do about it."""
        self.remark(self._styled("error: ", ("red",), self.colour_err) + cut(str(error)))
        if error.hint:
            self.remark(f"hint: {cut(error.hint)}")

    def reason(self, code: str, where: str = "") -> None:
        """The reason why nothing was done: shown with -v, and kept for the journal."""
        self.reasons.append(code)
        if self.verbose:
            from seedgit.cli.reasons import REASONS

            self.remark(f"{code}: {where + ': ' if where else ''}{REASONS[code]}")

    def progress(self, done: int, of: int) -> None:
        """Show how far a long run is, on a terminal only. It goes once something is printed."""
        if self._bar is None and self.err.isatty():
            from seedgit.cli.progress import Bar  # most commands have no progress to show

            self._bar = Bar(self.err)
        if self._bar:
            self._bar.show(done, of)

    def end_progress(self) -> None:
        """Remove what `progress` has drawn."""
        if self._bar:
            self._bar.end()

    def style(self, text: str, *names: str) -> str:
        """Text for standard output, in colour if that is a terminal."""
        return self._styled(text, names, self.colour)

    def _styled(self, text: str, names: tuple[str, ...], colour: bool) -> str:
        codes = ";".join(STYLES[name] for name in names)
        return f"{self._mark}{codes}m{text}{self._mark}0m" if colour and codes else text

    def _safe(self, text: str) -> str:
        coloured = self._coloured(text, plain)
        if not self.in_workflow:
            return coloured
        from seedgit.cli.github import harmless

        return harmless(coloured)

    def _coloured(self, text: str, escaped: Callable[[str], str]) -> str:
        """The text with the codes of `style` put in. Everything else goes through `escaped`."""
        if self._mark not in text:
            return escaped(text)
        return "".join(code + escaped(piece) for code, piece in self._pieces(text))

    def _pieces(self, text: str) -> Iterator[tuple[str, str]]:
        """The codes of `style`, each with the text after it."""
        first, *others = text.split(self._mark)
        yield "", first
        for each in others:
            code, _, rest = each.partition("m")
            yield f"\x1b[{code}m", rest

    def masked(self, text: str) -> str:
        """A text as it may be printed: with a mask for each text that is `hidden`."""
        masked = self._masking()
        return masked(text) if masked else text

    def _masking(self) -> Masked | None:
        texts = self.hidden()
        if len(texts) != self._met:
            from seedgit.cli.masked import Masked  # late: few clones have any

            self._masked, self._met = Masked(texts), len(texts)
        return self._masked

    def _write(self, stream: TextIO, text: str) -> None:
        self._write_masked(stream, self.masked(text))

    def _write_masked(self, stream: TextIO, text: str) -> None:
        if self._bar:
            self.end_progress()
        if not text.isascii():
            encoding = stream.encoding or "utf-8"
            text = text.encode(encoding, "backslashreplace").decode(encoding)
        if self.said is not None:
            if stream is self.out:
                self.said.append(text)
            else:
                self.said = None
        stream.write(text)


def grouped(items: Iterable[T], key: Callable[[T], str]) -> dict[str, list[T]]:
    """The items of each key, in the order in which they come."""
    found: dict[str, list[T]] = {}
    for item in items:
        found.setdefault(key(item), []).append(item)
    return found


ERROR_LIMIT = 2_000  # characters; an error may quote something of any length


def cut(text: str) -> str:
    """A text for an error, without its middle if it is too long."""
    half = ERROR_LIMIT // 2
    return text if len(text) <= ERROR_LIMIT else f"{text[:half]} ... {text[-half:]}"


def plain(text: str) -> str:
    """Text from a file or a name, safe to print: control characters and bidi marks are escaped."""
    if text.isprintable():  # as nearly all of it is
        return text
    return "".join(c if c.isprintable() else escape(c) for c in text)


def shown(value: Any, limit: int = 60) -> str:
    """A value on one line, in JSON's words, cut to about `limit` columns."""
    text = plain(_as_json(value))
    return text if len(text) <= limit else text[: limit - 1] + "…"


def _as_json(value: Any) -> str:
    """A value as JSON. `json.dumps` makes an encoder for each value: most need none."""
    import json  # as `ABSENT` below: the help of a command needs neither

    if isinstance(value, str):
        return json.encoder.encode_basestring(value)
    if value is None or isinstance(value, bool):
        return {None: "null", True: "true", False: "false"}[value]
    if isinstance(value, Secret):
        return repr(value)
    return json.dumps(value, ensure_ascii=False, default=_sayable)


def side(value: Any, limit: int = SIDE) -> str:
    """A value, or that there is none."""
    from seedgit.values.diff import ABSENT

    return "(absent)" if value is ABSENT else shown(value, limit)


def moves(
    path: str, candidates: Iterable[str], pasted: Callable[..., str], when: str = ""
) -> list[str]:
    """What a person may do if a seed is gone, and has perhaps become another file.

    pasted  turns files into words of a command line
    """
    lines = [f"  seedgit move {pasted(path, new)}" for new in candidates]
    return [f"{when}if it has become another file:", *lines] if lines else []


def _sayable(value: Any) -> Any:
    """JSON for what JSON cannot express: a tagged value as its tag and content, a secret as a name
    that tells it from others."""
    if isinstance(value, Secret):
        return {"!secret": value.name}
    tag = getattr(value, "tag", None)
    if tag is not None:
        return {"!tag": tag, "value": value.content}
    return str(value)
