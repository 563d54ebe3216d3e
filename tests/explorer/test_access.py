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
def test_reading_is_open_on_loopback(reader, path):
    assert reader.get(path).status_code == 200


@pytest.mark.parametrize(("path", "status"), [("/", 303), ("/patterns?label=财经", 303), ("/api/labels", 401)])
def test_reading_needs_the_token_elsewhere(make_client, path, status):
    answer = make_client(signed_in=False, open_reading=False).get(path)
    assert answer.status_code == status
    assert "财经" not in answer.text


@pytest.mark.parametrize("path", ["/static/explorer.css", "/sign-in"])
def test_the_sign_in_page_is_open_and_does_not_name_the_store(make_client, store, path):
    answer = make_client(signed_in=False, open_reading=False).get(path)
    assert answer.status_code == 200
    assert store.name not in answer.text


def test_signing_in_redirects_to_the_requested_page(make_client):
    client = make_client(signed_in=False, open_reading=False)
    refused = client.get("/patterns?label=财经&page=2")
    place = refused.headers["location"]
    assert place == "/sign-in?back=%2Fpatterns%3Flabel%3D%25E8%25B4%25A2%25E7%25BB%258F%26page%3D2"
    answer = client.get(f"{place}&token=the-token")
    assert (answer.status_code, answer.headers["location"]) == (303, "/patterns?label=%E8%B4%A2%E7%BB%8F&page=2")
    assert client.get("/").status_code == 200


def test_the_cookie_is_hidden_from_scripts_and_other_sites(reader):
    cookie = reader.post("/sign-in", data={"token": "the-token"}).headers["set-cookie"].lower()
    assert "httponly" in cookie
    assert "samesite=strict" in cookie


@pytest.mark.parametrize("token", ["", "the-toke", "the-token2", "é", "THE-TOKEN"])
def test_a_wrong_token_is_rejected(make_client, store, token):
    client = make_client(signed_in=False, open_reading=False)
    assert client.post("/sign-in", data={"token": token}).status_code in (403, 400)
    assert client.get("/").status_code == 303
    headers = {"Authorization": f"Bearer {token}".encode()}
    assert client.post("/api/reviews", json=BODY, headers=headers).status_code == 401
    assert list_reviews(store) == []


@pytest.mark.parametrize("back", ["https://evil.example/", "//evil.example", "/\\evil.example", "javascript:alert(1)"])
def test_signing_in_never_redirects_to_another_site(reader, back):
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
def test_pages_of_other_origins_cannot_write(client, store, headers):
    assert client.post("/reviews", data=FORM, headers=headers).status_code == 403
    assert client.post("/api/reviews", json=BODY, headers=headers).status_code == 403
    assert list_reviews(store) == []


@pytest.mark.parametrize(
    ("site", "status"), [("same-origin", 303), ("same-site", 403), ("cross-site", 403), (None, 403)]
)
def test_without_origin_the_fetch_site_must_be_the_same_origin(client, site, status):
    del client.headers["Origin"]
    headers = {} if site is None else {"Sec-Fetch-Site": site}
    assert client.post("/reviews", data=FORM, headers=headers).status_code == status


@pytest.mark.parametrize("host", ["localhost", "LOCALHOST:9", "127.0.0.1:8000", "[::1]:8000", "192.168.1.7:80"])
def test_requests_for_its_own_hosts_are_answered(reader, host):
    assert reader.get("/", headers={"Host": host}).status_code == 200


@pytest.mark.parametrize("host", ["evil.example", "localhost.evil.example:8000", "127.0.0.1.evil.example", "", "[x"])
def test_requests_for_other_hosts_are_rejected(client, host):
    for path in ("/", "/api/labels", "/static/explorer.css"):
        assert client.get(path, headers={"Host": host}).status_code == 421


def test_a_host_can_be_allowed(make_client):
    client = make_client(hosts=ListenAddress("127.0.0.1", 0, ("Patterns.example",)).hosts())
    assert client.get("/", headers={"Host": "patterns.EXAMPLE"}).status_code == 200
    assert client.get("/", headers={"Host": "evil.example"}).status_code == 421


@pytest.mark.parametrize("path", ["/", "/api/labels", "/static/explorer.js", "/no-such-page", "/api/nothing"])
def test_every_response_has_security_headers(reader, path):
    headers = reader.get(path).headers
    assert headers["content-security-policy"].startswith("default-src 'none'; script-src 'self'; style-src 'self';")
    assert "unsafe" not in headers["content-security-policy"]
    assert headers["x-content-type-options"] == "nosniff"
    assert headers["x-frame-options"] == "DENY"
    assert headers["referrer-policy"] == "same-origin"


def test_pages_are_not_cached(reader):
    assert reader.get("/").headers["cache-control"] == "no-store"
    assert reader.get("/static/explorer.css").headers["cache-control"] == "no-cache"


def test_the_size_of_a_body_is_limited(client):
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
def test_which_hosts_are_loopback(host, loopback):
    assert ListenAddress(host, 0).loopback is loopback


def test_the_start_prints_the_address_and_how_to_sign_in():
    open_, closed = ExplorerSettings("x.db", "t0"), ExplorerSettings("x.db", "t0", open_reading=False)
    assert [*startup_lines(open_, ListenAddress("127.0.0.1", 0), 4711, "x.db")] == [
        "x.db: http://127.0.0.1:4711",
        "to review patterns, sign in: http://127.0.0.1:4711/sign-in?token=t0",
    ]
    lines = [*startup_lines(closed, ListenAddress("fe80::1", 0), 80, "x.db")]
    assert lines[1] == "to read and to review, sign in: http://[fe80::1]:80/sign-in?token=t0"
    assert "TLS" in lines[2]


def test_signing_out(client):
    assert "Sign out" in client.get("/").text
    client.post("/sign-out")
    assert "Sign in to review" in client.get("/").text
