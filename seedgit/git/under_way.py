"""The files by which git knows what it is in the middle of (gitrepository-layout(5))."""

from __future__ import annotations

HEADS = ("MERGE_HEAD", "CHERRY_PICK_HEAD", "REVERT_HEAD")  # the commits that are brought in
REBASING = ("rebase-merge", "rebase-apply")  # folders
BISECTING = "BISECT_LOG"
UNDER_WAY = (*HEADS, *REBASING, BISECTING)
