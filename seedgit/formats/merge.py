"""Merge three texts of one file by structure. A pure function: text in, text and decisions out."""

from __future__ import annotations

from seedgit.merge.engine import merge_versions
from seedgit.merge.policy import NO_RULES

TYPE_CHECKING = False
if TYPE_CHECKING:
    from seedgit.merge.engine import Result
    from seedgit.merge.policy import MergeRules
    from seedgit.merge.renamed import Renames
    from seedgit.merge.syntax import Syntax
    from seedgit.merge.write_markers import Markers


def merge_texts(
    format: Syntax,
    path: str,
    versions: tuple[bytes | None, bytes, bytes],
    line_merge: bytes | None = None,
    markers: Markers | None = None,
    rules: MergeRules = NO_RULES,
) -> Result:
    """Merge three versions of the file `path`.

    versions    base, ours and theirs; base is None if both sides added the file
    line_merge  git's own result if that is clean: its bytes win if they mean the same

    Raises NotMergeable.
    """
    base, ours, theirs = versions
    if base is not None:
        base, ours, theirs = format.alike((base, ours, theirs))

    def merged(names: Renames) -> Result:
        named = base, ours, theirs
        if names and base is not None:
            from seedgit.formats.renames import renamed  # late: few merges have names to change

            named = renamed((base, ours, theirs), path, names)
        return merge_versions((*named, line_merge), format, path, markers, rules)

    result = merged(rules.renames)
    if not result.clean and line_merge is not None and not rules.renames:
        from seedgit.merge.renamed import guessed  # late: few merges get this far

        # Perhaps one side renamed an entry that the other changed. git's clean merge confirms it.
        guesses = guessed(result.decisions)
        if guesses:
            again = merged(guesses)
            if again.clean and again.text == line_merge:
                return again
    return result
