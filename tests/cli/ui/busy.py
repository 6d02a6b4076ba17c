"""A site of which each page has something to show."""

from __future__ import annotations

from seedgit import codes
from seedgit.journal import Journal
from tests.conftest import Repo
from tests.site import FLOW, PATH, package, seedgit, site_of

OTHER = "flows/a-second-flow-with-a-rather-long-name.yaml"
HOSTILE = "<img src=x onerror=document.title=1>"
WORD = "registry.example.com/a-team/wiki-fetcher-with-a-long-name:2026.11.30-build.4711"


def busy_site(repo: Repo) -> Repo:
    """Two overrides wait, an upgrade would make others wait, two other sites' overlays were
    fetched, and one divergence is on record."""
    second = FLOW.replace("wiki", "second") + f"image: {WORD}\n"
    upstream = package(repo, {OTHER: second})
    site = site_of(upstream)
    for path, pointer, value, why in (
        (PATH, "/timeout", "45", "the mirror is slow"),
        (PATH, "/steps/[id=rank]/mode", "drain", "no rank today"),
        (PATH, "/steps/[id=fetch]/max_items", "1", HOSTILE),
        (OTHER, "/paused", "true", ""),
        (OTHER, "/image", WORD.replace("a-team", "mirror"), "the mirror has it"),
    ):
        said = seedgit(site, "set", path, pointer, value, "--why", why)
        assert said.status == 0, said.err
    old = FLOW.replace("timeout: 30", "timeout: 60").replace("id: rank", "id: score")
    upstream.commit({PATH: old}, "v2")
    site("pull", "--quiet", "--no-rebase")
    new = old.replace("max_items: 50", "max_items: 80").replace("limit: 5", "limit: 6")
    upstream.commit({PATH: new, OTHER: second.replace("timeout: 30", "timeout: 9")}, "v3")
    site("fetch", "--quiet")
    tip = site("rev-parse", "refs/seedgit/overlays/local")
    for name, commit in (("north", tip), ("south", f"{tip}~2")):
        site("update-ref", f"refs/seedgit/remotes/hub/{name}", commit)
    Journal(site.path / ".git").add(
        "merge-driver",
        "merged",
        verdict=codes.GIT_ONLY,
        path=PATH,
        difference=[{"pointer": "/model", "git": "small", "conflict": codes.BOTH_CHANGED}],
    )
    return site
