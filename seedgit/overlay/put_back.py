"""Takes the site's edits out of a file, and leaves the rest of its text as somebody wrote it."""

from __future__ import annotations

from collections import Counter

from seedgit.errors import InvalidDocument, PatchError
from seedgit.formats.document import Document
from seedgit.merge.entry_text import hidden
from seedgit.merge.tree import Entry
from seedgit.overlay.edit import differences
from seedgit.overlay.patch import patch_of
from seedgit.values.value import Value, same


def put_back(seed: Document, local: Document, site: Value, wanted: Value) -> Document:
    """The file `local` with the value `wanted`, in its own text.

    site    the seed's value with the site's edits and no others
    wanted  the seed's value with all other edits and none of the site's

    The seed's text comes back where the seed's value does. Where only layout would differ, the
    result is the seed, byte for byte: a program that rewrites a file means nothing by its layout.
    Raises PatchError.
    """
    if same(wanted, seed.value) and not added_comments(seed, local):
        return seed
    return _merged(seed, local, site, wanted) or _edited(seed, local, wanted)


def added_comments(seed: Document, local: Document) -> list[str]:
    """The comments of a file that its seed does not have."""
    return list((Counter(_comments(local)) - Counter(_comments(seed))).elements())


def _comments(document: Document) -> list[str]:
    end = len(document.root.source.text)
    return hidden(Entry((), document.root, 0, 0, end, end), False)


def _merged(seed: Document, local: Document, site: Value, wanted: Value) -> Document | None:
    """The result by a merge: one side undoes the site's edits, the other has made all edits.

    None where the merge has conflicts or another value.
    """
    from seedgit.formats.merge import merge_texts  # late: mostly nothing has to be merged
    from seedgit.merge.version import NotMergeable

    try:
        with_edits = seed.apply(patch_of(tuple(differences(seed.value, site))))
        versions = (with_edits.data, local.data, seed.data)
        result = merge_texts(local.format, local.path, versions)
        found = Document.parse(result.text, local.path) if result.clean else None
    except (PatchError, NotMergeable, InvalidDocument):
        return None
    return found if found is not None and same(found.value, wanted) else None


def _edited(seed: Document, local: Document, wanted: Value) -> Document:
    """The result by edits of the file; where one cannot be written there, by edits of the seed."""
    try:
        return local.apply(patch_of(tuple(differences(local.value, wanted))))
    except PatchError:
        return seed.apply(patch_of(tuple(differences(seed.value, wanted))))
