"""The page in a real browser."""

from __future__ import annotations

import hashlib
import json
import re
from collections.abc import Callable, Iterator
from pathlib import Path
from shutil import which
from typing import Any, NoReturn

import pytest
from selenium import webdriver
from selenium.webdriver.common.by import By
from selenium.webdriver.common.keys import Keys
from selenium.webdriver.support.ui import Select

from evlint.docs import page
from evlint.docs.catalogue import Catalogue, FindingEntry
from evlint.docs.links import Links
from evlint.docs.markdown import render as markdown

ROOT = Path(__file__).parents[2]
# The layout is dagre 3.1.3 (MIT), as its authors publish it, without the line that names its source map.
DAGRE = "4e7993562954bd9adb53992ec4b39ae217bd222d24810891338beb81fac876fe"
OPTIONS = (
    "--headless --no-sandbox --disable-gpu --disable-quic --no-first-run --disable-background-networking"
    " --disable-component-update --disable-sync --window-size=1280,900"
).split()
Browser = webdriver.Chrome


def complaints(browser: Browser) -> list[Any]:
    """What the browser complained of since this was asked last."""
    found: list[Any] = browser.get_log("browser")  # type: ignore[no-untyped-call]
    return found


@pytest.fixture(scope="module")
def browser(lacking: Callable[[str], NoReturn]) -> Iterator[Browser]:
    chromium, driver = which("chromium") or which("google-chrome"), which("chromedriver")
    if chromium is None or driver is None:
        lacking("Chromium and its driver are not installed")
    options = webdriver.ChromeOptions()
    options.binary_location = chromium
    for option in OPTIONS:
        options.add_argument(option)
    options.set_capability("goog:loggingPrefs", {"browser": "ALL"})
    started = webdriver.Chrome(options=options, service=webdriver.ChromeService(driver))
    yield started
    started.quit()


def with_findings(catalogue: Catalogue) -> Catalogue:
    """The catalogue with a finding on the first handler of the first event that has one."""
    import msgspec

    event = next(item for item in catalogue.events if item.handlers)
    place = event.handlers[0].place
    finding = FindingEntry(
        "EVL301", "handler-not-idempotent", "warning", "a <b>repeat</b> charges twice", place, event.id
    )
    return msgspec.structs.replace(catalogue, findings=(finding,))


@pytest.fixture
def opened(browser: Browser, tmp_path: Path) -> Iterator[Callable[[Catalogue], Browser]]:
    """Open the page of a catalogue; when the test is over, nothing may have been complained of."""

    def open_page(catalogue: Catalogue) -> Browser:
        for path, text in page.render(catalogue, Links("docs")).items():
            (tmp_path / path).write_text(text, encoding="utf-8")
        browser.get("about:blank")
        complaints(browser)
        browser.get((tmp_path / page.DOCUMENT).as_uri())
        return browser

    yield open_page
    assert complaints(browser) == []


def texts(browser: Browser, selector: str) -> list[str]:
    return [item.text for item in browser.find_elements(By.CSS_SELECTOR, selector)]


def listed(browser: Browser) -> list[str]:
    return [text.splitlines()[0] for text in texts(browser, "#list li a")]


def test_it_shows_the_flow_and_asks_nobody(opened: Callable[[Catalogue], Browser], shop: Catalogue) -> None:
    browser = opened(shop)
    assert listed(browser) == ["OrderPlaced", "OrderShipped", "StockReserved"]
    assert {"OrderPlaced", "OrderService.place", "reserve"} <= set(texts(browser, "#canvas .node text"))
    assert browser.find_element(By.ID, "summary").text == "3 events, 3 services, 4 functions, 0 findings"
    assert browser.execute_script("return performance.getEntriesByType('resource').length") == 0


def test_search_and_filters_narrow_list_and_picture(opened: Callable[[Catalogue], Browser], shop: Catalogue) -> None:
    browser = opened(with_findings(shop))
    browser.find_element(By.TAG_NAME, "body").send_keys("/")
    search = browser.switch_to.active_element
    assert search.get_attribute("id") == "search"
    search.send_keys("parcel")
    assert listed(browser) == ["OrderShipped"]
    assert "reserve" not in texts(browser, "#canvas .node text")
    search.send_keys(Keys.ESCAPE)
    assert len(listed(browser)) == 3
    for which_, choice, names in (
        ("service", "shop.email", ["OrderPlaced"]),
        ("transport", "in-process", ["OrderPlaced", "OrderShipped", "StockReserved"]),
        ("only", "with findings", ["OrderPlaced"]),
        ("only", "with a loose end", ["OrderShipped"]),
        ("only", "personal or secret data", ["OrderPlaced"]),
        ("rule", "EVL301 handler-not-idempotent", ["OrderPlaced"]),
    ):
        select = Select(browser.find_element(By.ID, which_))
        select.select_by_visible_text(choice)
        assert listed(browser) == names, choice
        select.select_by_index(0)
    assert browser.find_element(By.ID, "count").text == "3 events"


def test_a_click_leads_to_the_event_and_back(opened: Callable[[Catalogue], Browser], shop: Catalogue) -> None:
    browser = opened(with_findings(shop))
    node = next(item for item in browser.find_elements(By.CSS_SELECTOR, ".node.event") if "OrderPlaced" in item.text)
    node.click()
    details = browser.find_element(By.ID, "details").text
    for part in ("A customer ordered.", "The shop's own number.", "personal data: contact", "EVL301", "<b>repeat</b>"):
        assert part in details
    assert browser.current_url.endswith("#event=OrderPlaced")
    assert browser.find_elements(By.CSS_SELECTOR, ".edge.bad")
    browser.back()
    assert "At a glance" in browser.find_element(By.ID, "details").text


def test_an_action_is_followed_step_by_step(opened: Callable[[Catalogue], Browser], shop: Catalogue) -> None:
    browser = opened(shop)
    browser.get(f"{browser.current_url}#event=OrderPlaced")
    browser.find_element(By.ID, "follow").click()
    told = [browser.find_element(By.ID, "step").text]
    while browser.find_element(By.ID, "next").is_enabled():
        browser.switch_to.active_element.send_keys(Keys.ARROW_RIGHT)
        told.append(browser.find_element(By.ID, "step").text)
        assert browser.find_elements(By.CSS_SELECTOR, ".edge.lit"), told[-1]
    assert [text.partition(": ")[2] for text in told] == [
        "OrderService.place of shop.orders publishes OrderPlaced",
        "confirm of shop.email handles OrderPlaced",
        "reserve of shop.stock handles OrderPlaced",
        "reserve of shop.stock publishes StockReserved",
        "ship of shop.stock handles StockReserved",
        "ship of shop.stock publishes OrderShipped",
    ]
    browser.find_element(By.TAG_NAME, "body").send_keys(Keys.ESCAPE)
    assert not browser.find_element(By.ID, "steps").is_displayed()


def test_the_way_from_one_event_to_another(opened: Callable[[Catalogue], Browser], shop: Catalogue) -> None:
    browser = opened(shop)
    browser.get(f"{browser.current_url}#event=OrderPlaced")
    browser.find_element(By.CSS_SELECTOR, "#details input").send_keys("OrderShipped", Keys.ENTER)
    assert browser.find_element(By.ID, "caption").text == "OrderPlaced leads to OrderShipped"
    assert {"OrderPlaced", "StockReserved", "OrderShipped"} <= set(texts(browser, ".node.event text"))
    browser.execute_script("location.hash = '#from=OrderShipped&to=OrderPlaced'")
    assert browser.find_element(By.ID, "caption").text == "Nothing that follows from OrderShipped is OrderPlaced"


def test_it_can_be_used_without_a_mouse(opened: Callable[[Catalogue], Browser], shop: Catalogue) -> None:
    browser = opened(shop)
    node = browser.find_element(By.CSS_SELECTOR, ".node.event")
    browser.execute_script("arguments[0].focus()", node)
    browser.switch_to.active_element.send_keys(Keys.ENTER)
    assert "#event=" in browser.current_url


@pytest.mark.parametrize("dark", [False, True], ids=["light", "dark"])
@pytest.mark.parametrize("place", ["", "#event=OrderPlaced", "#service=shop.stock"], ids=["home", "event", "service"])
def test_nobody_is_shut_out(
    opened: Callable[[Catalogue], Browser], shop: Catalogue, node: Path, place: str, *, dark: bool
) -> None:
    """Held against axe, which knows the accessibility guidelines."""
    browser = opened(with_findings(shop))
    browser.execute_script(f"location.hash = '{place}'")
    if dark != browser.execute_script("return document.documentElement.classList.contains('dark')"):
        browser.find_element(By.ID, "theme").click()
    browser.execute_cdp_cmd(
        "Runtime.evaluate", {"expression": (node / "node_modules/axe-core/axe.min.js").read_text(encoding="utf-8")}
    )
    found: dict[str, Any] = browser.execute_async_script(
        "const done = arguments[0]; axe.run(document).then(done, (error) => done({violations: [{id: String(error), nodes: []}]}))"
    )
    assert [(item["id"], [part["html"] for part in item["nodes"]][:3]) for item in found["violations"]] == []


def test_what_comes_from_code_is_inert(opened: Callable[[Catalogue], Browser], hostile: Catalogue) -> None:
    text = page.render(hostile, Links("docs"))[page.DOCUMENT]
    data = text.partition('id="data">')[2].partition("</script>")[0]
    assert not set("<>&") & set(data)
    browser = opened(with_findings(hostile))
    browser.execute_script("window.alert = () => { document.title = 'attacked'; }")
    for event in json.loads(data)["events"]:
        browser.execute_script("location.hash = arguments[0]", f"#event={event['slug']}")
        assert browser.find_element(By.CSS_SELECTOR, "#details h2").text.strip() == " ".join(event["name"].split())
    counts = browser.execute_script(
        "return ['script', 'img', 'iframe', 'object', 'a[href^=javascript]', '[onerror]', '[onclick]']"
        ".map((name) => document.querySelectorAll(name).length)"
    )
    assert counts == [2, 0, 0, 0, 0, 0, 0]
    assert browser.title != "attacked"


def test_the_policy_lets_nothing_else_run(opened: Callable[[Catalogue], Browser], shop: Catalogue) -> None:
    browser = opened(shop)
    browser.execute_script(
        "const script = document.createElement('script'); script.textContent = 'window.broken = true';"
        " document.body.append(script); const image = new Image(); image.src = 'http://127.0.0.1:1/x.png'; document.body.append(image)"
    )
    assert browser.execute_script("return window.broken") is None
    refused = [entry["message"] for entry in complaints(browser)]
    assert any("script-src" in message for message in refused)


def test_the_script_makes_no_markup_of_text() -> None:
    scripts = [ROOT / "evlint/docs/page" / name for name in page.SCRIPTS if "/" not in name]
    assert len(scripts) == 6
    for script in scripts:
        assert not re.search(
            r"innerHTML|outerHTML|insertAdjacentHTML|document\.write|eval\(|new Function|fetch\(|XMLHttp|import\(",
            script.read_text(encoding="utf-8"),
        ), script.name


def test_the_layout_is_what_its_authors_publish() -> None:
    script = (ROOT / "evlint/docs/page/vendor/dagre.min.js").read_bytes()
    assert hashlib.sha256(script).hexdigest() == DAGRE


def large() -> Catalogue:
    """Two thousand events of forty services."""
    import msgspec

    from evlint.docs.catalogue import EventEntry, HandlerEntry, OnwardEntry, Place, PublisherEntry, ServiceEntry

    def event(number: int) -> EventEntry:
        own, other = f"service{number % 40}", f"service{(number * 7 + 1) % 40}"
        place = Place(f"{own}/module{number}.py", number + 1)
        next_ = number + 40
        return EventEntry(
            id=f"class:E{number}", slug=f"Event{number}", name=f"Event{number}", kind="class", place=place,
            docstring="Something happened, and whoever cares hears of it.", aliases=(f"event.{number}",),
            transports=("broker",), version="1", is_command=False, is_external=False, is_frozen=True, owners=(own,),
            fields=(), keys=("order_id", "amount"), types=(), history=(), traces=("correlation_id",), lacks="",
            publishers=tuple(
                PublisherEntry(own, f"publish_{number}_{part}", place, "bus.publish", "broker", "certain") for part in range(2)
            ),
            handlers=tuple(
                HandlerEntry(
                    service, f"handle_{number}_{part}", place, place, "broker", "strong",
                    onward=(OnwardEntry(f"class:E{next_}", own, f"publish_{next_}_0"),) if next_ < 2000 and not part else (),
                )
                for part, service in enumerate((own, other, other))
            ),
        )  # fmt: skip

    events = tuple(event(number) for number in range(2000))
    services = tuple(
        ServiceEntry(f"service{number}", f"service{number}", f"service{number}", "", (), (), (), ())
        for number in range(40)
    )
    return msgspec.structs.replace(Catalogue(), events=events, services=services)


def test_two_thousand_events_are_still_of_use(opened: Callable[[Catalogue], Browser]) -> None:
    catalogue = large()
    assert len(page.render(catalogue, Links("docs"))[page.DOCUMENT]) < 5_000_000
    browser = opened(catalogue)
    assert 0 < len(browser.find_elements(By.CSS_SELECTOR, "#canvas .node")) <= 60
    browser.find_element(By.ID, "search").send_keys("event.1999")
    assert listed(browser) == ["Event1999"]
    browser.execute_script("location.hash = '#event=Event3'")
    Select(browser.find_element(By.ID, "hops")).select_by_visible_text("all")
    assert 0 < len(browser.find_elements(By.CSS_SELECTOR, "#canvas .node")) <= 130
    assert "the nearest" in browser.find_element(By.ID, "caption").text


@pytest.mark.parametrize("which_", ["shop", "hostile"])
def test_mermaid_itself_draws_every_picture(
    which_: str, request: pytest.FixtureRequest, browser: Browser, node: Path, tmp_path: Path
) -> None:
    pages = markdown(request.getfixturevalue(which_), Links("docs"))
    pictures = [found for text in pages.values() for found in re.findall(r"```mermaid\n(.*?)```", text, re.DOTALL)]
    assert pictures
    script = (node / "node_modules/mermaid/dist/mermaid.min.js").as_uri()
    (tmp_path / "page.html").write_text(
        f'<!doctype html><meta charset="utf-8"><script src="{script}"></script>', encoding="utf-8"
    )
    browser.get((tmp_path / "page.html").as_uri())
    browser.set_script_timeout(120)
    for number, picture in enumerate(pictures):
        drawn = browser.execute_async_script(
            "const [id, text, done] = arguments; mermaid.initialize({startOnLoad: false, securityLevel: 'strict'});"
            " mermaid.render(id, text).then(({svg}) => { const box = document.createElement('div'); box.innerHTML = svg;"
            " done({labels: [...box.querySelectorAll('.nodeLabel')].map((part) => part.textContent),"
            " active: box.querySelectorAll('script, img, iframe, a, [onerror]').length}); },"
            " (error) => done({error: String(error)}))",
            f"picture{number}",
            picture,
        )
        assert "error" not in drawn, (drawn, picture)
        assert drawn["active"] == 0
        assert len(drawn["labels"]) >= 1
        if which_ == "hostile":
            assert any("<script>alert(1)</script>" in label for label in drawn["labels"]) or "script" not in picture
    complaints(browser)
