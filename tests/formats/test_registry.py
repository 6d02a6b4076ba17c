"""A file's format, by its name."""

from __future__ import annotations

import pytest

from seedgit.formats.registry import (
    FORMATS,
    format_name,
    format_named,
    format_of,
    other_suffix,
    suffixes,
    titles,
)


@pytest.mark.parametrize(
    ("path", "name"),
    [
        ("a/b.yaml", "yaml"),
        ("B.YML", "yaml"),
        ("a.yaml/b.json", "json"),
        (".env", "ini"),
        ("a/.env", "ini"),
        ("a.b.toml", "toml"),
        ("yaml", None),
        ("a.yaml/b", None),
        ("a.yaml.orig", None),
        ("", None),
    ],
)
def test_the_end_of_the_name_tells(path: str, name: str | None) -> None:
    assert format_name(path) == name
    assert (format_of(path) is None) == (name is None)


@pytest.mark.parametrize("name", FORMATS)
def test_each_format_is_loaded_by_its_name(name: str) -> None:
    for suffix in FORMATS[name]:
        assert format_of(f"f{suffix}") is format_named(name)


def test_formats_in_a_sentence() -> None:
    assert titles() == "YAML, JSON, TOML or INI"
    assert suffixes().startswith(".yaml, .yml, .json, ")


def test_another_suffix_is_of_the_same_format() -> None:
    assert other_suffix(".yaml") == ".yml"
    assert other_suffix(".yml") == ".yaml"
    assert other_suffix(".toml") == ".toml"
    assert other_suffix(".txt") == ".txt"
