"""What is masked in whatever is printed."""

from __future__ import annotations

import json

from seedgit.cli.masked import MASK, Masked

LONG = "correct horse battery staple"


def test_a_text_is_masked_wherever_it_is() -> None:
    masked = Masked([LONG, "hunter2"])
    assert masked(f"a {LONG}, b hunter2hunter2") == f"a {MASK}, b {MASK}{MASK}"
    assert masked("a hunter, b") == "a hunter, b"


def test_the_beginning_of_a_long_text_is_masked() -> None:
    assert Masked([LONG])(f'"{LONG[:20]}…  -> 1') == f'"{MASK}…  -> 1'


def test_a_text_that_begins_as_another_one_leaves_no_end() -> None:
    other = LONG[:18] + "BATTERY"
    assert Masked([LONG, other, LONG[:17]])(f"{other}. {LONG}. {LONG[:17]}.") == (
        f"{MASK}. {MASK}. {MASK}."
    )


def test_as_json_and_as_html() -> None:
    text = 'a"b<c>é'
    masked = Masked([text])
    for form in (
        text,
        json.dumps(text),
        json.dumps(text, ensure_ascii=False),
        "a&quot;b&lt;c&gt;é",
    ):
        assert "b" not in masked(form)


def test_each_line_of_a_text() -> None:
    masked = Masked(["first line\nsecond line\n"])
    assert masked("+  first line\n+  second line\n") == f"+  {MASK}\n+  {MASK}\n"


def test_short_texts_are_part_of_others() -> None:
    assert Masked(["abc", "12"])("abc 12") == "abc 12"


def test_data() -> None:
    masked = Masked([LONG, "48151623"])
    value = {"a": [LONG, 48151623, 4, True, None], f"/x/[id={LONG}]": (LONG,)}
    assert masked.data(value) == {"a": [MASK, MASK, 4, True, None], f"/x/[id={MASK}]": [MASK]}


def test_nothing_to_mask() -> None:
    assert Masked(["abc"])(LONG) == LONG
