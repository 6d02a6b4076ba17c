"""Who may ask the page's server: the browser that came by the address, from our own page."""

from __future__ import annotations

import pytest

from seedgit.cli.ui.pages import PAGES
from tests.cli.ui.asked import Visitor
from tests.conftest import Repo
from tests.site import PATH, override, seedgit

POSTS = ("/decide", "/rule", "/undo")
GETS = (*PAGES, "/waiting", "/stamp", "/about/123456")


@pytest.fixture
def visitor(site: Repo) -> Visitor:
    return Visitor(site)


def test_the_address_counts_once(site: Repo) -> None:
    visitor = Visitor(site, comes_in=False)
    path = visitor.server.address.partition(visitor.host)[2]
    first = visitor.get(path)
    assert (first.status, first.headers["location"]) == (303, "/")
    assert "HttpOnly" in first.headers["set-cookie"]
    assert "samesite=strict" in first.headers["set-cookie"].lower()
    assert visitor.get(path).status == 403


@pytest.mark.parametrize("token", ["", "?token=", "?token=x", "?token=" + "a" * 43, "?token=%ff"])
def test_nobody_else_comes_in(site: Repo, token: str) -> None:
    visitor = Visitor(site, comes_in=False)
    answers = [visitor.get(f"{path}{token}") for path in GETS]
    answers += [visitor.post(f"{path}{token}", {}) for path in POSTS]
    assert {answer.status for answer in answers} == {403}
    assert not any("set-cookie" in answer.headers for answer in answers)
    visitor.cookie = f"seedgit-{visitor.server.port}=guessed"
    assert {visitor.get(path).status for path in GETS} == {403}
    visitor.cookie = "seedgit=\x00;;=,"
    assert visitor.get("/").status == 403


def test_a_token_opens_the_page_alone(site: Repo) -> None:
    """Not a question, and not by a form."""
    visitor = Visitor(site, comes_in=False)
    query = visitor.server.address.partition("?")[2]
    assert visitor.get(f"/waiting?{query}").status == 403
    assert visitor.post(f"/?{query}", {}).status == 403
    assert visitor.get(f"/?{query}").status == 303


def test_two_clones_may_have_their_pages_in_one_browser(site: Repo) -> None:
    one, other = Visitor(site), Visitor(site)
    both = f"{one.cookie}; {other.cookie}"
    for visitor in (one, other):
        visitor.cookie = both
        assert visitor.get("/").status == 200


@pytest.mark.parametrize("host", ["evil.example", "evil.example:80", "127.0.0.1", ""])
def test_another_host_is_refused(visitor: Visitor, host: str) -> None:
    """A name that somebody else's server made point here (DNS rebinding)."""
    assert {visitor.get(path, host=host).status for path in GETS} == {403}
    assert visitor.post("/undo", {}, host=host, origin=f"http://{host}").status == 403


WRONG = {
    "another origin": {"origin": "http://evil.example"},
    "another port": {"origin": "http://127.0.0.1:1"},
    "no origin": {"origin": ""},
    "a hidden origin": {"origin": "null"},
    "another site, says the browser": {"sec_fetch_site": "cross-site"},
    "another service of this machine": {"sec_fetch_site": "same-site"},
    "what a form sends": {"content_type": "text/plain"},
    "a form": {"content_type": "application/x-www-form-urlencoded"},
    "no type": {"content_type": ""},
}


@pytest.mark.parametrize("what", WRONG)
def test_no_other_page_changes_anything(site: Repo, visitor: Visitor, what: str) -> None:
    override(site, "/timeout", "45")
    before = site("for-each-ref")
    for path in POSTS:
        assert (
            visitor.post(path, {"ids": ["1"], "choice": "take-seed"}, **WRONG[what]).status == 403
        )
    assert site("for-each-ref") == before


def test_other_sites_read_nothing(visitor: Visitor) -> None:
    for path in GETS:
        answer = visitor.get(path, sec_fetch_site="cross-site")
        assert answer.status == 403
        assert PATH.encode() not in answer.body


def test_every_answer_has_the_policy(visitor: Visitor) -> None:
    for path in (*GETS, "/nothing"):
        headers = visitor.get(path).headers
        policy = headers["content-security-policy"]
        assert policy.startswith("default-src 'none'; ") and "unsafe" not in policy
        assert "frame-ancestors 'none'" in policy and "form-action 'none'" in policy
        assert headers["x-content-type-options"] == "nosniff"
        assert headers["cache-control"] == "no-store"
        assert "access-control-allow-origin" not in headers


@pytest.mark.parametrize(
    "body", [b"", b"[]", b"{", b"null", b"[" * 100_000, b'{"ids": [1]}', b"\xff"]
)
def test_a_question_that_is_none_is_told(visitor: Visitor, body: bytes) -> None:
    headers = {"origin": f"http://{visitor.host}", "content_type": "application/json"}
    answer = visitor.ask("POST", "/decide", body, headers)
    assert answer.status == 422
    assert answer.data["error"]


def test_too_long_a_question_is_refused(visitor: Visitor) -> None:
    answer = visitor.post("/decide", {"ids": ["x" * (2 << 20)]})
    assert (answer.status, answer.data["error"]) == (422, "too much is asked at once")


def test_the_command_says_what_it_needs(site: Repo, monkeypatch: pytest.MonkeyPatch) -> None:
    import sys

    for name in ("seedgit.cli.ui.server", "seedgit.cli.ui.guard", "seedgit.cli.ui.desk"):
        monkeypatch.delitem(sys.modules, name, raising=False)
    monkeypatch.setitem(sys.modules, "uvicorn", None)
    said = seedgit(site, "ui", "--no-browser")
    assert said.status == 2
    assert "pip install 'seedgit[ui]'" in said.err
    assert seedgit(site, "ui", "--port", "70000").status == 2
