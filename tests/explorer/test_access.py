"""Who may ask, who may write, and what a browser is told."""

from __future__ import annotations

import json

import pytest

from camlode.explorer.access import ExplorerSettings
from camlode.explorer.serving import ListenAddress, startup_lines

BEARER = {"Authorization": "Bearer the-token"}
FORM = {"pattern": json.dumps({"fragment": "基金001", "label": "财经"}), "verdict": "accepted", "back": "/reviews"}
BODY = {"fragment": "基金001", "label": "财经", "verdict": "accepted"}


def list_reviews(store):
    return [(row["fragment"], row["status"]) for row in store.rows("reviews")]


@pytest.mark.parametrize("path", ["/", "/patterns?label=财经", "/api/labels", "/static/explorer.css", "/sign-in"])
def test_reading_is_open_on_this_machine(reader, path):
    assert reader.get(path).status_code == 200


@pytest.mark.parametrize(("path", "status"), [("/", 303), ("/patterns?label=财经", 303), ("/api/labels", 401)])
def test_reading_needs_the_token_elsewhere(make_client, path, status):
    answer = make_client(signed_in=False, open_reading=False).get(path)
    assert answer.status_code == status
    assert "财经" not in answer.text


@pytest.mark.parametrize("path", ["/static/explorer.css", "/sign-in"])
def test_the_page_to_sign_in_is_always_open_and_does_not_name_the_store(make_client, store, path):
    answer = make_client(signed_in=False, open_reading=False).get(path)
    assert answer.status_code == 200
    assert store.name not in answer.text


def test_signing_in_leads_back_to_the_page_that_was_wanted(make_client):
    client = make_client(signed_in=False, open_reading=False)
    refused = client.get("/patterns?label=财经&page=2")
    place = refused.headers["location"]
    assert place == "/sign-in?back=%2Fpatterns%3Flabel%3D%25E8%25B4%25A2%25E7%25BB%258F%26page%3D2"
    answer = client.get(f"{place}&token=the-token")
    assert (answer.status_code, answer.headers["location"]) == (303, "/patterns?label=%E8%B4%A2%E7%BB%8F&page=2")
    assert client.get("/").status_code == 200


def test_the_cookie_can_not_be_read_by_scripts_nor_sent_by_other_sites(reader):
    cookie = reader.post("/sign-in", data={"token": "the-token"}).headers["set-cookie"].lower()
    assert "httponly" in cookie
    assert "samesite=strict" in cookie


@pytest.mark.parametrize("token", ["", "the-toke", "the-token2", "é", "THE-TOKEN"])
def test_another_token_opens_nothing(make_client, store, token):
    client = make_client(signed_in=False, open_reading=False)
    assert client.post("/sign-in", data={"token": token}).status_code in (403, 400)
    assert client.get("/").status_code == 303
    headers = {"Authorization": f"Bearer {token}".encode()}
    assert client.post("/api/reviews", json=BODY, headers=headers).status_code == 401
    assert list_reviews(store) == []


@pytest.mark.parametrize("back", ["https://evil.example/", "//evil.example", "/\\evil.example", "javascript:alert(1)"])
def test_signing_in_leads_to_no_other_site(reader, back):
    assert reader.get("/sign-in", params={"token": "the-token", "back": back}).headers["location"] == "/"


def test_writing_needs_the_token(reader, store):
    assert reader.post("/reviews", data=FORM).status_code == 303
    assert reader.post("/reviews", data=FORM).headers["location"].startswith("/sign-in?")
    assert reader.post("/api/reviews", json=BODY).status_code == 401
    assert reader.post("/rules/save", data={"name": "x"}).headers["location"].startswith("/sign-in?")
    assert list_reviews(store) == []


def test_a_program_writes_with_the_token_in_a_header(reader, store):
    del reader.headers["Origin"]
    assert reader.post("/api/reviews", json=BODY, headers=BEARER).status_code == 200
    assert list_reviews(store) == [("基金001", "accepted")]


@pytest.mark.parametrize(
    "headers",
    [
        {"Origin": "http://evil.example"},
        {"Origin": "http://localhost:8001"},
        {"Origin": "http://127.0.0.1:8000"},
        {"Origin": "null"},
        {"Origin": ""},
        {"Origin": "http://localhost:8000.evil.example"},
        {"Origin": "http://["},
    ],
)
def test_other_pages_can_not_write_in_the_name_of_who_is_signed_in(client, store, headers):
    assert client.post("/reviews", data=FORM, headers=headers).status_code == 403
    assert client.post("/api/reviews", json=BODY, headers=headers).status_code == 403
    assert list_reviews(store) == []


@pytest.mark.parametrize(
    ("site", "status"), [("same-origin", 303), ("same-site", 403), ("cross-site", 403), (None, 403)]
)
def test_without_an_origin_the_browser_must_say_that_it_is_the_same(client, site, status):
    del client.headers["Origin"]
    headers = {} if site is None else {"Sec-Fetch-Site": site}
    assert client.post("/reviews", data=FORM, headers=headers).status_code == status


@pytest.mark.parametrize("host", ["localhost", "LOCALHOST:9", "127.0.0.1:8000", "[::1]:8000", "192.168.1.7:80"])
def test_it_answers_to_its_own_names(reader, host):
    assert reader.get("/", headers={"Host": host}).status_code == 200


@pytest.mark.parametrize("host", ["evil.example", "localhost.evil.example:8000", "127.0.0.1.evil.example", "", "[x"])
def test_it_answers_to_no_name_that_was_made_to_lead_to_it(client, host):
    for path in ("/", "/api/labels", "/static/explorer.css"):
        assert client.get(path, headers={"Host": host}).status_code == 421


def test_a_name_can_be_allowed(make_client):
    client = make_client(hosts=ListenAddress("127.0.0.1", 0, ("Patterns.example",)).hosts())
    assert client.get("/", headers={"Host": "patterns.EXAMPLE"}).status_code == 200
    assert client.get("/", headers={"Host": "evil.example"}).status_code == 421


@pytest.mark.parametrize("path", ["/", "/api/labels", "/static/explorer.js", "/no-such-page", "/api/nothing"])
def test_every_answer_tells_the_browser_to_load_nothing_from_elsewhere(reader, path):
    headers = reader.get(path).headers
    assert headers["content-security-policy"].startswith("default-src 'none'; script-src 'self'; style-src 'self';")
    assert "unsafe" not in headers["content-security-policy"]
    assert headers["x-content-type-options"] == "nosniff"
    assert headers["x-frame-options"] == "DENY"
    assert headers["referrer-policy"] == "same-origin"


def test_what_is_read_is_not_kept_by_the_browser(reader):
    assert reader.get("/").headers["cache-control"] == "no-store"
    assert reader.get("/static/explorer.css").headers["cache-control"] == "no-cache"


def test_no_more_is_read_than_a_form_can_have(client):
    assert client.post("/reviews", content=b"x" * 1_000_001).status_code == 413
    assert client.post("/reviews", content=iter([b"x"])).status_code == 411


@pytest.mark.parametrize(
    ("host", "loopback"),
    [
        ("127.0.0.1", True),
        ("127.1.2.3", True),
        ("::1", True),
        ("localhost", True),
        ("0.0.0.0", False),
        ("::", False),
        ("192.168.1.7", False),
        ("patterns.example", False),
    ],
)
def test_only_loopback_is_read_without_the_token(host, loopback):
    assert ListenAddress(host, 0).loopback is loopback


def test_what_is_printed_says_where_and_how_to_sign_in():
    open_, closed = ExplorerSettings("x.db", "t0"), ExplorerSettings("x.db", "t0", open_reading=False)
    assert [*startup_lines(open_, ListenAddress("127.0.0.1", 0), 4711, "x.db")] == [
        "x.db: http://127.0.0.1:4711",
        "to review patterns, sign in: http://127.0.0.1:4711/sign-in?token=t0",
    ]
    lines = [*startup_lines(closed, ListenAddress("fe80::1", 0), 80, "x.db")]
    assert lines[1] == "to read and to review, sign in: http://[fe80::1]:80/sign-in?token=t0"
    assert "TLS" in lines[2]


def test_the_page_says_who_is_signed_in_and_lets_them_out(client):
    assert "Sign out" in client.get("/").text
    client.post("/sign-out")
    assert "Sign in to review" in client.get("/").text
