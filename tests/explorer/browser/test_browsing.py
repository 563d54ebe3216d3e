"""The explorer in a real browser: looking, searching, reviewing, taking rules away."""

from __future__ import annotations

import json
import re
from pathlib import Path

import pytest

from camlode.pipeline.explanations.explanation import Explanation
from camlode.pipeline.explanations.tokens import LabelExplanation, TokenImportance

SCRIPT = '<script>alert("x")</script>'
LABEL = "/patterns?label=%E8%B4%A2%E7%BB%8F"


def wait_until(visit, condition):
    """Waits until a condition holds; from outside, since the page's policy lets no test put code into it."""
    for _ in range(300):
        if visit.page.evaluate(condition):
            return
        visit.page.wait_for_timeout(20)
    raise AssertionError(f"this never came true: {condition}")


def test_from_the_labels_to_a_pattern_and_its_examples(visit):
    visit.go("/")
    visit.page.get_by_role("link", name="财经").click()
    visit.page.get_by_role("link", name=SCRIPT).click()
    assert visit.page.locator("h1").inner_text().startswith(SCRIPT)
    seen = visit.page.locator(".seen").first
    assert f"<b>left</b>{SCRIPT} {SCRIPT} &amp; 'right'" in seen.inner_text()
    assert seen.locator("mark").inner_text() == SCRIPT
    assert visit.page.locator("main script, main i, main b").count() == 0
    visit.page.get_by_role("link", name="a & <i>b</i>").count()


def test_pages_follow_each_other_and_the_address_says_which(visit):
    visit.go(LABEL)
    assert len(visit.patterns()) == 50
    visit.page.get_by_role("link", name="Next →").click()
    wait_until(visit, "document.querySelector('[data-count]').innerText.startsWith('51')")
    assert visit.patterns()[0] == "基金047"
    assert visit.page.url.endswith("&page=2")
    visit.page.go_back()
    wait_until(visit, "document.querySelector('[data-count]').innerText.startsWith('1–')")
    assert visit.patterns()[0] == SCRIPT
    visit.page.keyboard.press("]")
    wait_until(visit, "document.querySelector('[data-count]').innerText.startsWith('51')")


def test_typing_searches(visit):
    visit.go(LABEL)
    visit.page.keyboard.press("/")
    visit.page.keyboard.type("基金00")
    wait_until(visit, "document.querySelectorAll('[data-open]').length == 9")
    assert visit.page.evaluate("document.activeElement.name") == "q"
    assert "q=%E5%9F%BA%E9%87%9100" in visit.page.url
    visit.page.keyboard.type("<script")
    wait_until(visit, "document.querySelectorAll('[data-open]').length == 0")
    visit.page.get_by_label("Holds the text").fill("script")
    wait_until(visit, "document.querySelectorAll('[data-open]').length == 1")
    assert visit.patterns() == [SCRIPT]
    assert visit.page.locator("#said").inner_text() == "1–1 of 1"


def test_all_labels_are_searched_at_once(visit):
    visit.go("/search")
    visit.page.keyboard.press("/")
    visit.page.keyboard.type("金001")
    wait_until(visit, "document.querySelectorAll('[data-open]').length == 2")
    assert visit.page.locator("h2 bdi").all_inner_texts() == ["财经", "a & <i>b</i>"]


def test_patterns_are_sorted_by_the_menu_and_by_a_column(visit):
    visit.go(LABEL)
    visit.page.get_by_label("Sorted by").select_option("C-value")
    wait_until(visit, "document.querySelector('[data-open]').innerText == '基金120'")
    visit.page.get_by_role("link", name="Precision", exact=True).click()
    wait_until(visit, "document.querySelector('[data-open]').innerText.startsWith('<script>')")
    assert visit.page.locator("th[aria-sort]").inner_text().strip() == "Precision"
    assert "order=precision" in visit.page.url


def test_two_runs_are_compared(visit):
    visit.go("/")
    visit.page.get_by_role("link", name="Compare").click()
    assert visit.page.get_by_label("Before").input_value() == "1"
    visit.page.locator("select[name=label]").select_option("财经")
    wait_until(visit, "document.querySelectorAll('.changes').length == 1")
    assert visit.page.locator("tr", has_text="股票").locator(".change-word").inner_text() == "gained"


def test_a_pattern_is_reviewed_by_keys_with_a_note_and_undone(visit, store):
    visit.go(f"{LABEL.replace('patterns', 'pattern')}&fragment=%E8%82%A1%E7%A5%A8")
    visit.page.keyboard.press("n")
    visit.page.keyboard.type("a word of the trade")
    visit.page.keyboard.press("Escape")
    visit.page.keyboard.press("a")
    visit.page.wait_for_selector("h1 .badge.accepted")
    assert [(row["status"], row["note"]) for row in store.rows("reviews")] == [("accepted", "a word of the trade")]
    visit.page.keyboard.press("s")
    visit.page.wait_for_selector("h1 .badge.spurious")
    visit.page.keyboard.press("u")
    visit.page.wait_for_selector("h1 .badge.accepted")
    visit.page.keyboard.press("u")
    visit.page.wait_for_selector("h1 .badge", state="detached")
    assert store.rows("reviews") == []
    visit.page.keyboard.press("j")
    wait_until(visit, "document.querySelector('h1').innerText.startsWith('基金001')")


def test_the_list_is_reviewed_row_by_row_by_keys(visit, store):
    visit.go(LABEL)
    for key in "jajrjs":
        visit.page.keyboard.press(key)
        if key != "j":
            wait_until(visit, f"document.querySelectorAll('[aria-pressed=true]').length == {'ars'.index(key) + 1}")
    found = [(row["fragment"], row["status"]) for row in store.rows("reviews")]
    assert found == [
        (SCRIPT, "accepted"),
        ("\"it's\" & 'so'", "rejected"),
        ("two\r\nlines", "spurious"),
    ]
    visit.page.locator("tr[data-row]").nth(1).get_by_role("button", name="Undo").click()
    wait_until(visit, "document.querySelectorAll('[aria-pressed=true]').length == 2")
    assert len(store.rows("reviews")) == 2


def test_single_keys_can_be_switched_off(visit, store):
    visit.go(LABEL)
    visit.page.keyboard.press("?")
    visit.page.get_by_label("Single keys work").uncheck()
    visit.page.get_by_role("button", name="Close").click()
    for key in "ja":
        visit.page.keyboard.press(key)
    visit.page.wait_for_timeout(200)
    assert visit.page.evaluate("document.activeElement.dataset.open") is None
    assert store.rows("reviews") == []


def test_accepted_patterns_become_rules_that_are_downloaded(visit, store):
    store.review("股票", "财经", "accepted")
    visit.go("/rules")
    for name, ending in (("rules.json", "rules.json"), ("csv", "rules-csv.csv"), ("words", "rules-words.zip")):
        with visit.page.expect_download() as download:
            visit.page.get_by_role("link", name=name, exact=True).click()
        assert download.value.suggested_filename == ending
        if name == "rules.json":
            rules = json.loads(Path(download.value.path()).read_text(encoding="utf-8"))
            assert [rule["text"] for rule in rules["rules"]] == ["股票"]


class FakeExplainService:
    """Finds that 水 and 果 speak for 食物."""

    def explain(self, text, _label):
        tokens = tuple(TokenImportance(char, i, i + 1, float(char in "水果")) for i, char in enumerate(text))
        return Explanation(text, (LabelExplanation("食物", 0.88, tokens, tokens[-1:]),))


def test_a_typed_text_is_explained(make_visit):
    visit = make_visit(signed_in=False, explainer=FakeExplainService())
    visit.go("/explain")
    visit.page.get_by_label("Text").fill("我买了<b>水果")
    visit.page.get_by_role("button", name="Explain").click()
    visit.page.wait_for_selector(".heat")
    assert visit.page.locator(".heat").inner_text() == "我买了<b>水果"
    assert visit.page.locator(".heat mark.for-8").all_inner_texts() == ["水", "果"]
    assert visit.page.locator("h2 bdi").all_inner_texts() == ["食物"]


def test_without_signing_in_pages_are_read_only(make_visit):
    visit = make_visit(signed_in=False)
    visit.go(LABEL)
    assert visit.page.locator(".verdicts").count() == 0
    visit.page.get_by_role("link", name="Sign in to review").click()
    visit.page.get_by_label("Token").fill("the-token")
    visit.page.get_by_role("button", name="Sign in").click()
    assert visit.page.url.endswith(LABEL)
    assert visit.page.locator(".verdicts").count() == 50


def test_it_works_without_scripts(make_visit, store):
    visit = make_visit(java_script_enabled=False)
    visit.go(LABEL)
    visit.page.get_by_label("Holds the text").fill("股")
    visit.page.get_by_role("button", name="Show").last.click()
    assert visit.patterns() == ["股票"]
    visit.page.get_by_role("button", name="Accept 股票").click()
    visit.page.wait_for_selector("[aria-pressed=true]")
    assert visit.patterns() == ["股票"]
    assert [row["status"] for row in store.rows("reviews")] == ["accepted"]


SCREENS = {
    "desktop": {"viewport": {"width": 1280, "height": 900}},
    "narrow": {"viewport": {"width": 400, "height": 800}},
    "dark": {"viewport": {"width": 1280, "height": 900}, "color_scheme": "dark"},
}
# Few rows are enough: they are alike, and each takes time.
PATTERN = f"{LABEL.replace('patterns', 'pattern')}&fragment=%E5%9F%BA%E9%87%91001"
PAGES = ("/", f"{LABEL}&q=%E9%87%9100", "/search?q=%E9%87%9100", PATTERN)
MORE = ("/compare", "/audit", "/reviews", "/rules", "/sign-in", "/api")


# All rules on a wide screen; on others those that may differ there: colors, and what narrow pages show in another way.
AXE_OPTIONS = {"desktop": {}, "narrow": {}, "dark": {"runOnly": ["color-contrast"]}}
AXE_PAGES = {"desktop": (*PAGES, *MORE), "narrow": PAGES, "dark": (*PAGES, *MORE)}


@pytest.mark.parametrize("screen", SCREENS)
def test_pages_are_accessible_and_fit_the_screen(make_visit, store, screen):
    from axe_playwright_python.sync_playwright import Axe

    for fragment, verdict in (("基金001", "accepted"), (SCRIPT, "rejected"), ("股票", "spurious")):
        store.review(fragment, "财经", verdict, note="why", author="mina")
    visit = make_visit(**SCREENS[screen])
    for path in (*PAGES, *MORE):
        visit.go(path)
        if path in AXE_PAGES[screen]:
            found = Axe().run(visit.page, options=AXE_OPTIONS[screen]).response["violations"]
            serious = [(each["id"], each["nodes"][0]["html"][:200]) for each in found if each["impact"] != "minor"]
            assert serious == [], path
        width, inner = visit.page.evaluate("[document.documentElement.scrollWidth, innerWidth]")
        assert width <= inner, f"{path} is wider than the screen"


def test_pages_follow_the_color_scheme_of_the_system(make_visit):
    grounds = []
    for scheme in ("light", "dark"):
        visit = make_visit(color_scheme=scheme)
        visit.go("/")
        colour = visit.page.evaluate("getComputedStyle(document.documentElement).backgroundColor")
        grounds.append(sum(map(int, re.findall(r"\d+", colour))))
    assert grounds[0] > 700 > 100 > grounds[1]
