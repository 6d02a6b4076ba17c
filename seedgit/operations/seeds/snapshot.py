"""The workspace as it would be if another commit, or a merge, were checked out."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from functools import cached_property

from seedgit.errors import InputError
from seedgit.formats.document import Document
from seedgit.formats.rules import parse_rules
from seedgit.git.changes import FileChange, diff
from seedgit.git.index import Subset
from seedgit.git.lineage import Now
from seedgit.git.repository import FILE_MODES, STAGE_MERGED, GitEntry, Repository
from seedgit.git.site_rules import SiteRules
from seedgit.named_tuple import NamedTuple
from seedgit.operations.workspace import Workspace
from seedgit.rules import RULES_FILE
from seedgit.rules.ownership import Rules

TYPE_CHECKING = False
if TYPE_CHECKING:
    from seedgit.overlay.record import Record


class Checkout(NamedTuple):
    """What is checked out.

    commits   where the files come from: the one that has them, or those that are merged
    tree      of a merge: the id of the files, conflicts with their markers
    unmerged  of a merge: the paths in conflict, which are not among the files
    """

    files: dict[str, GitEntry]
    commits: tuple[str, ...] = ()
    tree: str = ""
    unmerged: Collection[str] = ()


class Snapshot(Workspace):
    """Reads the files of a checkout, as a workspace reads those of the working tree.

    rules   those that count, if they are not the checkout's own
    layers  the rules of layers over them, the topmost first, if they are not those of this clone
    """

    def __init__(
        self,
        workspace: Workspace,
        repository: Repository,
        checkout: Checkout,
        rules: Rules | None = None,
        layers: Sequence[SiteRules] | None = None,
    ) -> None:
        super().__init__(repository, workspace.directory)
        self.workspace = workspace
        self.checkout = checkout
        self.files = checkout.files
        self._rules = rules
        self._layers = layers
        self._seen = {}
        self.plain_texts = workspace.plain_texts

    def ruled_by(self, rules: Rules) -> Snapshot:
        """The same checkout under other rules."""
        return Snapshot(self.workspace, self.repository, self.checkout, rules, self._layers)

    def under(self, layers: Sequence[SiteRules]) -> Snapshot:
        """The same checkout under the rules of other layers."""
        return Snapshot(self.workspace, self.repository, self.checkout, None, layers)

    @cached_property
    def names(self) -> list[str]:
        return self.workspace.names

    @cached_property
    def unmerged(self) -> frozenset[str]:
        return frozenset(self.checkout.unmerged)

    @cached_property
    def present(self) -> frozenset[str]:
        return frozenset(self.files) | self.unmerged

    def now(self) -> Now:
        def changes(tip: str) -> list[FileChange]:
            tree = self.checkout.tree
            return diff(self.repository, tip, tree) if tree else []

        return Now(self.checkout.commits, self.present, changes)

    def content(self, path: str) -> bytes | None:
        """A regular file; None if there is none."""
        entry = self.files.get(path)
        if entry is None or entry.mode not in FILE_MODES:
            return None
        return self.repository.blob(entry.id)

    @cached_property
    def site_rules(self) -> Sequence[SiteRules]:
        return self.workspace.site_rules if self._layers is None else self._layers

    @cached_property
    def has_secrets(self) -> bool:
        return any(rule.has_secrets for rule in self.rules.seeds)

    def concealed(self, record: Record, path: str = "") -> Record:
        """As of any workspace; what is a secret by today's rules is one here too."""
        return super().concealed(self.workspace.concealed(record, path), path)

    @cached_property
    def rules(self) -> Rules:
        return super().rules if self._rules is None else self._rules

    @cached_property
    def package_rules(self) -> Rules:
        entry = self.files.get(RULES_FILE)
        if entry is None:
            return Rules()
        data = self.content(RULES_FILE)
        if data is None:
            raise InputError(
                "not a regular file, so it is not read",
                where=RULES_FILE,
                hint=f"see who put it there: git log --all -- {RULES_FILE}",
            )
        return parse_rules(data, RULES_FILE)

    @cached_property
    def tracked(self) -> Mapping[str, GitEntry]:
        merged = {p: entry for p, entry in self.files.items() if entry.stage == STAGE_MERGED}
        return Subset(merged, self._is_seed)

    def seed(self, path: str) -> Document:
        return Document.parse(self.repository.blob(self.tracked[path].id), path)
