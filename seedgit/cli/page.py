"""Pages that need no network: one file, light and dark, text escaped.

A page's policy allows its own style and its own script, each by hash, and nothing else: neither
text from a seed nor a name of a site can run or load anything, even if it got past the escaping.
"""

from __future__ import annotations

import base64
import hashlib
from html import escape
from typing import TYPE_CHECKING, Any

from seedgit.cli.terminal import plain, shown
from seedgit.values.diff import ABSENT

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

STYLE = """
:root { color-scheme: light dark; --line: color-mix(in srgb, currentColor 20%, transparent);
  --red: #b3261e; --yellow: #8a5a00; --green: #1b6e33; --grey: #5f6368; }
@media (prefers-color-scheme: dark) {
  :root { --red: #ff8a80; --yellow: #ffcc66; --green: #7ddc94; --grey: #a0a4a8; }
}
body { font: 15px/1.5 system-ui, sans-serif; margin: 2rem auto; max-width: 72rem; padding: 0 1rem; }
table { border-collapse: collapse; margin: 1rem 0; width: 100%; }
th, td { border-bottom: 1px solid var(--line);
  padding: .3rem .6rem; text-align: left; vertical-align: top; }
td { font-family: ui-monospace, monospace; font-size: 13px; overflow-wrap: anywhere; }
details { margin: .5rem 0; }
summary { cursor: pointer; font-weight: 600; }
:focus-visible { outline: 3px solid Highlight; outline-offset: 2px; }
"""

# What pages with a filter have besides.
FILTER_STYLE = """
[hidden] { display: none !important; }
.filter { align-items: center; background: Canvas; border-bottom: 1px solid var(--line);
  display: flex; flex-wrap: wrap; gap: .5rem; padding: .6rem 0; position: sticky; top: 0; }
.filter button, .filter input { border: 1px solid currentColor; border-radius: .4rem;
  font: inherit; padding: .2rem .7rem; background: Canvas; color: inherit; }
.filter button { color: var(--own); cursor: pointer; }
.filter button[aria-pressed="false"] { opacity: .55; text-decoration: line-through; }
.needs_approval { --own: var(--red); }
.warnings { --own: var(--yellow); }
.auto_apply { --own: var(--green); }
.no_op { --own: var(--grey); }
.tag { color: var(--own); font-weight: 600; }
tr.needs_approval > :first-child, tr.warnings > :first-child, tr.auto_apply > :first-child,
tr.no_op > :first-child { border-left: 4px solid var(--own); }
td.needs_approval, td.warnings, td.auto_apply {
  background: color-mix(in srgb, var(--own) 22%, transparent); color: var(--own);
  font-weight: 600; }
del { color: var(--red); } ins { color: var(--green); text-decoration: none; }
.absent { color: var(--grey); font-style: italic; }
.result { font-weight: 600; }
pre { margin: 0; white-space: pre-wrap; }
td:first-child { min-width: 9rem; }
td details { margin: 0; } td summary { font-weight: inherit; }
.wide { max-width: 100%; overflow-x: auto; }
.counts { display: flex; flex-wrap: wrap; gap: 1.5rem; padding: 0; list-style: none; }
.counts b { font-size: 1.6rem; display: block; line-height: 1.2; }
"""

# It reads data- attributes and sets `hidden`, `open` and text: it makes no markup of anything.
FILTER_SCRIPT = """
"use strict";
(() => {
  const bar = document.querySelector(".filter");
  if (!bar) return;
  const buttons = [...bar.querySelectorAll("button[data-shows]")];
  const search = bar.querySelector("input");
  const said = bar.querySelector("output");
  const rows = [...document.querySelectorAll("[data-bucket]")];
  const sections = [...document.querySelectorAll("[data-section]")];
  const folded = [...document.querySelectorAll("details[data-fold]")];
  const opened = folded.map((one) => one.open);
  const shown = () => new Set(buttons.filter((b) => b.getAttribute("aria-pressed") === "true")
    .map((b) => b.dataset.shows));
  function apply() {
    const buckets = shown();
    const text = search.value.trim().toLowerCase();
    let count = 0;
    for (const row of rows) {
      const fits = buckets.has(row.dataset.bucket)
        && (!text || row.dataset.file.toLowerCase().includes(text));
      row.hidden = !fits;
      count += fits;
    }
    for (const section of sections) {
      section.hidden = !section.querySelector("[data-bucket]:not([hidden])");
    }
    const narrowed = text || buckets.size < buttons.length;
    folded.forEach((one, n) => { one.open = narrowed ? true : opened[n]; });
    said.textContent = `${count} of ${rows.length} shown`;
  }
  for (const button of buttons) {
    button.addEventListener("click", () => {
      const on = button.getAttribute("aria-pressed") === "true";
      button.setAttribute("aria-pressed", String(!on));
      apply();
    });
  }
  search.addEventListener("input", apply);
  bar.hidden = false;
  apply();
})();
"""

LONG = 90


def page(title: str, body: str, *, filtered: bool = False) -> str:
    """A whole page; `body` is HTML already. `filtered`: it has a `filter_bar` and marked rows."""
    style = STYLE + (FILTER_STYLE if filtered else "")
    script = FILTER_SCRIPT if filtered else ""
    policy = [
        "default-src 'none'",
        f"style-src '{_hash(style)}'",
        f"script-src '{_hash(script)}'" if script else "script-src 'none'",
        "base-uri 'none'",
        "form-action 'none'",
    ]
    # An empty icon of its own keeps the browser from asking a server for one.
    icon = '<link rel="icon" href="data:,">\n'
    policy.insert(1, "img-src data:")
    return (
        f'<!doctype html>\n<html lang="en">\n<head>\n<meta charset="utf-8">\n'
        f'<meta http-equiv="Content-Security-Policy" content="{"; ".join(policy)}">\n'
        '<meta name="viewport" content="width=device-width, initial-scale=1">\n'
        f"{icon}<title>{text(title)}</title>\n<style>{style}</style>\n</head>\n"
        f"<body>\n<h1>{text(title)}</h1>\n{body}\n"
        + (f"<script>{script}</script>\n" if script else "")
        + "</body>\n</html>\n"
    )


def _hash(source: str) -> str:
    return "sha256-" + base64.b64encode(hashlib.sha256(source.encode()).digest()).decode()


def text(value: Any) -> str:
    """Anything as text that cannot be taken for markup, nor hide what it says."""
    return escape(plain(str(value)))


def grid(head: Sequence[str], rows: Iterable[Sequence[Any]]) -> str:
    """A table."""
    top = "".join(f"<th>{text(cell)}</th>" for cell in head)
    lines = ["".join(f"<td>{text(cell)}</td>" for cell in row) for row in rows]
    body = "\n".join(f"<tr>{line}</tr>" for line in lines)
    return f"<table>\n<thead><tr>{top}</tr></thead>\n<tbody>\n{body}\n</tbody>\n</table>"


def value(value: Any) -> str:
    """A value of a document as HTML; a long one is folded."""
    if value is ABSENT:
        return '<span class="absent">absent</span>'
    whole = shown(value, 1_000_000)
    if len(whole) <= LONG:
        return escape(whole)
    return (
        f"<details><summary>{escape(whole[:LONG])}…</summary><pre>{escape(whole)}</pre></details>"
    )


def change(old: Any, new: Any) -> str:
    """What a value was and what it becomes."""
    return f"<del>{value(old)}</del> → <ins>{value(new)}</ins>"


def filter_bar(buckets: Iterable[tuple[str, str]], label: str) -> str:
    """Buttons for buckets and a field for the file; without scripts it is not shown.

    Rows say `data-bucket` and `data-file`; what has `data-section` goes when all its rows do.
    """
    buttons = "\n".join(
        f'<button type="button" class="tag {name}" data-shows="{name}" aria-pressed="true">'
        f"{text(title)}</button>"
        for name, title in buckets
    )
    return (
        f'<div class="filter" role="search" aria-label="Filter" hidden>\n{buttons}\n'
        f"<label>{text(label)} "
        '<input type="search" autocomplete="off" spellcheck="false"></label>\n'
        "<output></output>\n</div>"
    )


def row(bucket: str, file: str, cells: Iterable[str]) -> str:
    """A row that can be filtered; its cells are HTML already."""
    inner = "".join(f"<td>{cell}</td>" for cell in cells)
    return f'<tr class="{bucket}" data-bucket="{bucket}" data-file="{text(file)}">{inner}</tr>'


def rows(head: Sequence[str], lines: Sequence[str]) -> str:
    """A table of such rows."""
    top = "".join(f'<th scope="col">{text(cell)}</th>' for cell in head)
    body = "\n".join(lines)
    return (
        '<div class="wide"><table data-section>\n'
        f"<thead><tr>{top}</tr></thead>\n<tbody>\n{body}\n</tbody>\n</table></div>"
    )


def counts(figures: Iterable[tuple[str, int, str]]) -> str:
    """Figures in large type: a bucket's name (or ""), the figure, what it counts."""
    items = "".join(
        f'<li class="{name}"><b class="tag">{number}</b>{text(title)}</li>'
        for name, number, title in figures
    )
    return f'<ul class="counts">{items}</ul>'
