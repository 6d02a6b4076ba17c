"""The rules that overlays carry: rules.yaml in an overlay's tree."""

from __future__ import annotations

from seedgit.digest import sha1
from seedgit.errors import InputError, RepositoryError
from seedgit.files.rules_file import note, noted
from seedgit.git.overlay_names import overlay_ref
from seedgit.git.process import DAMAGED
from seedgit.git.refs import read_ref
from seedgit.git.repository import FILE_MODES
from seedgit.merge.trivial import trivial
from seedgit.named_tuple import NamedTuple
from seedgit.rules import RULES_LIMIT, SITE_RULES

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from seedgit.git.object_text import TreeItem
    from seedgit.git.repository import Repository
    from seedgit.rules.ownership import Rules


class SiteRules(NamedTuple):
    """The rules of one layer.

    data     None where there are none, and where they cannot be read
    problem  why they cannot be read
    """

    layer: str
    commit: str | None = None
    data: bytes | None = None
    problem: InputError | None = None

    @property
    def where(self) -> str:
        """What messages call the file."""
        return place_of(self.layer)


def place_of(layer: str) -> str:
    return f"{layer}:{SITE_RULES}"


def site_rules(repository: Repository, layers: Sequence[str]) -> list[SiteRules]:
    """The rules of some overlays, in their order; what was noted of them is not read again."""
    known = noted(repository.at.common_dir)
    found, new = [], dict(known)
    for layer in layers:
        rules = _rules_of(repository, layer, known)
        found.append(rules)
        if rules.commit is None or rules.problem is not None:
            new.pop(layer, None)
        else:
            new[layer] = rules.commit, rules.data
    if new != known:
        note(repository.at.common_dir, new)
    return found


def _rules_of(
    repository: Repository, layer: str, known: Mapping[str, tuple[str, bytes | None]]
) -> SiteRules:
    try:
        commit = read_ref(repository, overlay_ref(layer))
        if commit is None:
            return SiteRules(layer)
        if layer in known and known[layer][0] == commit:
            return SiteRules(layer, commit, known[layer][1])
        return read_rules_at(repository, layer, commit)
    except RepositoryError as error:  # damage must not hide the rules of the others
        unread = InputError(error.message, where=place_of(layer), hint=error.hint)
        return SiteRules(layer, problem=unread)


def id_of(package: bytes | None, sites: Sequence[SiteRules]) -> str:
    """What the rules of a package and of layers are made of."""
    words = [sha1(package or b"").hex()]
    for site in sites:
        words += [] if site.data is None else [sha1(site.data).hex()]
        words += [] if site.problem is None else [str(site.problem)]
    return " ".join(words)


def over(package: Rules, sites: Sequence[SiteRules]) -> tuple[Rules, list[str]]:
    """(a package's rules under those of layers, what is wrong with those that do not count)."""
    layers: list[Rules] = []
    problems: list[str] = []
    for site in sites:
        error = site.problem
        try:
            if site.data is not None:
                from seedgit.formats.rules import parse_rules  # late: few clones have any

                layers.append(parse_rules(site.data, site.where, of_site=True))
        except InputError as invalid:
            error = invalid
        if error is not None:
            problems.append(f"{error}; until that is mended, none of these rules counts")
    if not layers:
        return package, problems
    from seedgit.rules.stacked import StackedRules  # late: few clones have any

    return StackedRules(package, layers), problems


def read_rules_at(repository: Repository, layer: str, commit: str) -> SiteRules:
    """The rules of a state of an overlay. Raises RepositoryError where that is damaged."""
    return rules_in(repository, layer, commit, rules_item(repository, commit))


def rules_in(repository: Repository, layer: str, commit: str, item: TreeItem | None) -> SiteRules:
    """As `read_rules_at`, with the entry of the rules at hand."""
    if item is None:
        return SiteRules(layer, commit)
    hint = "seedgit log and undo show and take back the change that brought it"
    where = place_of(layer)
    try:
        why = _unusable(repository, item)
        if not why:
            return SiteRules(layer, commit, repository.blob(item.id))
    except KeyError:
        why, hint = f"cannot be read: object {item.id} is missing", DAMAGED
    except RepositoryError as error:
        why, hint = f"cannot be read: {error.message}", error.hint
    return SiteRules(layer, commit, problem=InputError(why, where=where, hint=hint))


def _unusable(repository: Repository, item: TreeItem) -> str:
    """Why an entry cannot be rules; "" if it can. Raises KeyError, RepositoryError."""
    if item.mode not in FILE_MODES:
        return "not a regular file, so it is not read"
    if repository.objects.size(item.id) > RULES_LIMIT:
        return f"is larger than {RULES_LIMIT:,} bytes"
    return ""


def rules_item(repository: Repository, commit: str | None) -> TreeItem | None:
    """The entry of the rules in a state of an overlay, whatever it is; None if there is none."""
    if commit is None:
        return None
    return repository.tree_of(repository.commit(commit).tree).entries.get(SITE_RULES)


def merged_rules_item(
    repository: Repository, base: TreeItem | None, ours: TreeItem | None, theirs: TreeItem | None
) -> tuple[TreeItem | None] | None:
    """The rules with what both sides changed: (their entry,). None if they clash."""
    taken = trivial((base,), (ours,), (theirs,))
    if taken:
        return taken
    texts = [rules_text(repository, item) for item in (base, ours, theirs)]
    if ours is None or texts[1] is None or texts[2] is None:
        return None
    from seedgit.formats.merge import merge_texts  # late: few overlays have rules
    from seedgit.formats.registry import format_of
    from seedgit.formats.rules import parse_rules
    from seedgit.merge.version import NotMergeable

    format = format_of(SITE_RULES)
    assert format is not None
    try:
        made = merge_texts(format, SITE_RULES, (texts[0], texts[1], texts[2]))
        if not made.clean:
            return None
        parse_rules(made.text, SITE_RULES, of_site=True)
    except (InputError, NotMergeable):
        return None
    return (ours._replace(id=repository.write_blob(made.text)),)


def rules_text(repository: Repository, item: TreeItem | None) -> bytes | None:
    """The text of an entry that is rules; None if there is none, or it cannot be used."""
    try:
        if item is None or _unusable(repository, item):
            return None
        return repository.blob(item.id)
    except (KeyError, RepositoryError):
        return None
