"""The report page in a real browser: Chromium without a window, driven by selenium."""

from __future__ import annotations

import base64
import json
import shutil
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from tests.reports.pages import EXAMPLE, PREDICTED, corpus_of, page_of
from wincls.corpus.schemes import Entity
from wincls.reports.page import Page, page_bytes

webdriver = pytest.importorskip("selenium.webdriver", reason="selenium is not installed")
By = pytest.importorskip("selenium.webdriver.common.by").By
Keys = pytest.importorskip("selenium.webdriver.common.keys").Keys
Select = pytest.importorskip("selenium.webdriver.support.select").Select
WebDriverWait = pytest.importorskip("selenium.webdriver.support.wait").WebDriverWait
TimeoutException = pytest.importorskip("selenium.common.exceptions").TimeoutException
BROWSER = next(filter(None, map(shutil.which, ("chromium", "chromium-browser", "google-chrome"))), None)
DRIVER = shutil.which("chromedriver")
pytestmark = pytest.mark.skipif(
    BROWSER is None or DRIVER is None,
    reason="no Chromium with its driver (Debian packages chromium and chromium-driver)",
)

ARGUMENTS = (
    "--headless=new", "--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run",
    "--disable-background-networking", "--disable-component-update", "--disable-sync",
    "--disable-dev-shm-usage",
)  # fmt: skip
LONG = "x" * 10_000
HOSTILE = "<script>document.title='hacked'</script> </style> {{7*7}} &lt; \u202eevil \u200f \"quoted'"


@pytest.fixture(scope="module")
def browser(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Any]:
    options = webdriver.ChromeOptions()
    for argument in (*ARGUMENTS, f"--user-data-dir={tmp_path_factory.mktemp('profile')}"):
        options.add_argument(argument)
    options.binary_location = BROWSER
    options.set_capability("goog:loggingPrefs", {"browser": "ALL", "performance": "ALL"})
    driver = webdriver.Chrome(options=options, service=webdriver.ChromeService(DRIVER))
    yield driver
    driver.quit()


def shown(browser: Any, page: Page, folder: Path, width: int = 1100) -> Any:
    """Open a page, and check that it needs nothing else and has no error."""
    path = folder / "page.html"
    path.write_bytes(page_bytes(page))
    size = {"width": width, "height": 800, "deviceScaleFactor": 1, "mobile": width < 500}
    browser.execute_cdp_cmd("Emulation.setDeviceMetricsOverride", size)
    browser.get_log("performance")  # of the page before
    browser.get(path.as_uri())
    messages = [json.loads(entry["message"])["message"] for entry in browser.get_log("performance")]
    requested = {
        message["params"]["request"]["url"]
        for message in messages
        if message["method"] == "Network.requestWillBeSent"
    }
    assert requested == {path.as_uri()}
    assert browser.get_log("browser") == []
    return browser


def cards(browser: Any) -> list[str]:
    """The kinds of the mistakes that are visible."""
    items = browser.find_elements(By.CSS_SELECTOR, "#cards > li")
    return [item.get_attribute("data-kind") for item in items if item.is_displayed()]


def has_cards(browser: Any, kinds: list[str]) -> bool:
    """Whether these become the visible mistakes; the page answers when it has time."""
    try:
        WebDriverWait(browser, 10, 0.05).until(lambda _: cards(browser) == kinds)
    except TimeoutException:
        return False
    return True


def status(browser: Any) -> str:
    text: str = browser.find_element(By.ID, "count").text
    return text


def field(browser: Any, label: str) -> Any:
    """The field with a label, as a person finds it."""
    return browser.find_element(By.XPATH, f"//label[starts-with(normalize-space(), '{label}')]/*")


def test_mistakes_are_filtered_by_type_kind_and_text(browser: Any, tmp_path: Path) -> None:
    shown(browser, page_of(EXAMPLE, PREDICTED), tmp_path)
    everything = ["boundary", "type", "spurious", "missed"]
    assert has_cards(browser, everything) and status(browser) == "4 of 4 shown"
    Select(field(browser, "Type")).select_by_visible_text("LOC")
    assert has_cards(browser, ["type"]) and status(browser) == "1 of 4 shown"
    Select(field(browser, "Kind")).select_by_visible_text("missed (1)")
    assert has_cards(browser, []) and status(browser) == "0 of 4 shown"
    browser.find_element(By.XPATH, "//button[.='Show all']").click()
    assert has_cards(browser, everything) and field(browser, "Kind").get_attribute("value") == ""
    field(browser, "Text").send_keys("  LOVELACE   lived")
    assert has_cards(browser, ["boundary"]) and status(browser) == "1 of 4 shown"
    field(browser, "Text").send_keys(Keys.ENTER)  # sends nothing
    assert has_cards(browser, ["boundary"])
    field(browser, "Text").clear()
    field(browser, "Text").send_keys("dev.conll:18")
    assert has_cards(browser, ["missed"])
    assert browser.get_log("browser") == []


def test_all_works_with_the_keyboard_alone(browser: Any, tmp_path: Path) -> None:
    shown(browser, page_of(EXAMPLE, PREDICTED), tmp_path)
    reached = []
    for _ in range(40):
        browser.switch_to.active_element.send_keys(Keys.TAB)
        element = browser.switch_to.active_element
        if element.tag_name == "body":
            break
        reached.append(element.get_attribute("id") or element.text or element.accessible_name)
        outline = browser.execute_script("return getComputedStyle(arguments[0]).outlineStyle", element)
        assert outline != "none", reached[-1]
        if reached[-1] == "kind":
            element.send_keys("m")  # jumps to the choice that begins with it
        if reached[-1] == "Show all":
            assert has_cards(browser, ["missed"])
            element.send_keys(Keys.SPACE)
            assert has_cards(browser, ["boundary", "type", "spurious", "missed"])
        if reached[-1] == "Configuration":
            element.send_keys(Keys.ENTER)
            assert browser.find_element(By.XPATH, "//pre[contains(., 'train: x')]").is_displayed()
    for name in ("Summary", "type", "kind", "search", "Show all", "Model card", "Configuration"):
        assert name in reached


def test_hostile_text_is_shown_as_text(browser: Any, tmp_path: Path) -> None:
    words = [*HOSTILE.split(" "), LONG, "شركة", "אבג"]
    label = "</style>{{x}}<b>"
    corpus = corpus_of([(" ".join(words), [Entity(0, len(words), label)])], path="<i>{{7*7}}</i>.conll")
    page = page_of(corpus, [[Entity(0, 1, "P" * 300)]], notes=[HOSTILE], config=HOSTILE, card=LONG)
    shown(browser, page, tmp_path, width=360)
    assert browser.title == "wincls eval: <i>{{7*7}}</i>.conll"
    (card,) = browser.find_elements(By.CSS_SELECTOR, "#cards > li")
    for part in ("<script>", "</style>", "{{7*7}}", "&lt;", "<U+202E>evil", "x… (10,000 characters)", "شركة"):
        assert part in card.text
    assert label in card.text and "(300 characters)" in card.text
    assert browser.find_elements(By.CSS_SELECTOR, "li script, li style, bdi > *") == []
    assert fits_the_screen(browser)
    field(browser, "Text").send_keys("{{7*7}}")
    assert len(cards(browser)) == 1


def fits_the_screen(browser: Any) -> bool:
    script = "scrollTo(9999, 0); return [scrollX, document.documentElement.scrollWidth <= innerWidth]"
    scrolled, fits = browser.execute_script(script)
    return scrolled == 0 and fits


@pytest.mark.parametrize("types", [3, 40])
def test_a_phone_needs_no_horizontal_scrolling(browser: Any, tmp_path: Path, types: int) -> None:
    sentences = [
        (f"{LONG} Ada {'word ' * 80}.", [Entity(1, 2, f"a-very-long-entity-type-{i}")]) for i in range(types)
    ]
    corpus = corpus_of(sentences, path=f"a/{'long' * 100}/path.conll")
    shown(browser, page_of(corpus, [[Entity(0, 2, "PER")]] * types), tmp_path, width=360)
    assert fits_the_screen(browser)
    smallest = browser.execute_script(
        "return Math.min(...[...document.querySelectorAll('figure text')].map("
        "(each) => each.getBoundingClientRect().height))"
    )
    assert smallest >= 9  # the letters of plots can be read


def test_colors_follow_the_mode_of_the_reader_and_can_be_told_from_the_background(
    browser: Any, tmp_path: Path
) -> None:
    backgrounds = []
    for mode in ("light", "dark"):
        features = [{"name": "prefers-color-scheme", "value": mode}]
        browser.execute_cdp_cmd("Emulation.setEmulatedMedia", {"features": features})
        shown(browser, page_of(EXAMPLE, PREDICTED), tmp_path)
        backgrounds.append(luminance(browser, "body", "backgroundColor"))
        pairs = [("body", "color", "body"), (".muted", "color", "body"), ("figure text", "fill", "body")]
        pairs += [
            ("nav a", "color", "body"),
            (".chip", "color", ".chip"),
            ("mark", "color", "mark.predicted"),
        ]
        for text, name, behind in pairs:
            one, other = luminance(browser, text, name), luminance(browser, behind, "backgroundColor")
            contrast = (max(one, other) + 0.05) / (min(one, other) + 0.05)
            assert contrast >= 4.5, f"{mode}: {text} on {behind} has a contrast of {contrast:.1f}"
    browser.execute_cdp_cmd("Emulation.setEmulatedMedia", {"features": []})
    assert backgrounds[0] > 0.9 and backgrounds[1] < 0.1


def luminance(browser: Any, selector: str, name: str) -> float:
    """The relative luminance of a color (WCAG 2)."""
    script = (
        "const element = document.querySelector(arguments[0]);"
        "const context = new OffscreenCanvas(1, 1).getContext('2d');"
        "context.fillStyle = getComputedStyle(element)[arguments[1]];"
        "context.fillRect(0, 0, 1, 1); return [...context.getImageData(0, 0, 1, 1).data]"
    )
    channels = [each / 255 for each in browser.execute_script(script, selector, name)[:3]]
    linear = [each / 12.92 if each <= 0.04045 else ((each + 0.055) / 1.055) ** 2.4 for each in channels]
    return sum(weight * each for weight, each in zip((0.2126, 0.7152, 0.0722), linear, strict=True))


def test_a_printed_page_has_everything_but_the_controls(browser: Any, tmp_path: Path) -> None:
    shown(browser, page_of(EXAMPLE, PREDICTED), tmp_path)
    printed = browser.execute_cdp_cmd("Page.printToPDF", {"printBackground": True})["data"]
    assert base64.b64decode(printed).startswith(b"%PDF")
    browser.execute_cdp_cmd("Emulation.setEmulatedMedia", {"media": "print"})
    assert not browser.find_element(By.ID, "filters").is_displayed()
    assert browser.find_element(By.XPATH, "//pre[contains(., 'train: x')]").is_displayed()
    browser.execute_cdp_cmd("Emulation.setEmulatedMedia", {"media": ""})


def test_a_page_of_many_mistakes_is_quick_to_filter(browser: Any, tmp_path: Path) -> None:
    corpus = corpus_of([(f"Ada met {'w ' * 60}.", [Entity(0, 1, "PER")])] * 3000)
    shown(browser, page_of(corpus, [[]] * 3000), tmp_path)
    assert status(browser) == "1,000 of 1,000 shown"
    script = (
        "const search = document.getElementById('search'), began = performance.now();"
        "search.value = 'nothing like this';"
        "search.dispatchEvent(new Event('input', {bubbles: true})); return performance.now() - began"
    )
    assert browser.execute_script(script) < 1000  # milliseconds, on a busy machine
    assert status(browser) == "0 of 1,000 shown"
