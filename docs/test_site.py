"""The built site holds together: links, pictures, formulas, and how its pages look in a browser.

``make docs`` builds the site and runs this file; by itself it is
``pytest docs/test_site.py`` after a build. Where no Chromium is found, the walk in a browser is
left out, unless the variable ``CI`` is set.
"""

import os
import re
import shutil
from functools import cache
from html.parser import HTMLParser
from pathlib import Path
from urllib.parse import unquote, urlsplit

import pytest

SITE = Path(__file__).resolve().parent / "_build" / "html"
BROWSERS = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable")
WIDTHS = {"desktop": 1280, "phone": 390}
LEFT_RAW = re.compile(
    r"\{(class|func|meth|doc|ref|attr)\}`|:(class|func|meth|doc|ref|math):`|\]\(\S+\)"
)
LOOK = """() => ({
    title: document.title,
    wide: document.documentElement.scrollWidth - window.innerWidth,
    broken: [...document.images].filter(i => !i.complete || !i.naturalWidth).map(i => i.src),
    formulas: document.querySelectorAll("div.math, span.math").length,
    typeset: document.querySelectorAll("mjx-container").length,
    wrong: document.querySelectorAll("mjx-merror").length,
})"""


class Page(HTMLParser):
    """What a page links to, fetches, names and says."""

    def __init__(self, path):
        super().__init__()
        self.links, self.resources, self.names, self.images = [], [], set(), []
        self.prose, self.inside, self.shown = [], [], 0
        self.feed(path.read_text(encoding="utf-8"))

    def handle_starttag(self, tag, attributes):
        attributes = dict(attributes)
        self.names |= {attributes[key] for key in ("id", "name") if attributes.get(key)}
        if tag == "a" and "href" in attributes:
            self.links.append(attributes["href"])
        if tag == "link" and attributes.get("rel") in ("stylesheet", "icon", "preload"):
            self.resources.append(attributes["href"])
        if tag in ("img", "script") and attributes.get("src"):
            self.resources.append(attributes["src"])
        if tag == "img":
            self.images.append(attributes)
        if tag in ("pre", "code", "script", "style"):
            self.inside.append(tag)
        if tag == "div" and (self.shown or "rendered_html" in (attributes.get("class") or "")):
            self.shown += 1  # what an example has shown, such as an estimator, is no prose

    def handle_endtag(self, tag):
        if self.inside and self.inside[-1] == tag:
            self.inside.pop()
        if tag == "div" and self.shown:
            self.shown -= 1

    def handle_data(self, data):
        if not self.inside and not self.shown:
            self.prose.append(data)


def pages():
    """Every page of the site, by its address below the root."""
    return sorted(
        str(path.relative_to(SITE))
        for path in SITE.rglob("*.html")
        if "_static" not in path.relative_to(SITE).parts
    )


@cache
def read(page):
    return Page(SITE / page)


def target_of(page, link):
    """The file of the site that a link leads to, and the place in it; None for other sites."""
    parts = urlsplit(link)
    if parts.scheme or parts.netloc:
        return None
    path = (SITE / page).parent / unquote(parts.path) if parts.path else SITE / page
    return path.resolve(), unquote(parts.fragment)


def test_the_site_is_built():
    assert len(pages()) > 100, f"no site in {SITE}: `make docs` builds it"


def test_every_link_leads_to_a_page_and_a_place_that_exist():
    broken = []
    for page in pages():
        for link in read(page).links:
            target = target_of(page, link)
            if target is None:
                continue
            path, place = target
            if not path.is_file() or (
                place and path.suffix == ".html" and place not in read(path.relative_to(SITE)).names
            ):
                broken.append(f"{page}: {link}")
    assert broken == []


def test_links_to_other_sites_are_whole():
    """They are not followed, as the check needs no network."""
    for page in pages():
        for link in read(page).links:
            parts = urlsplit(link)
            if parts.scheme or parts.netloc:
                whole = parts.scheme == "https" and parts.netloc
                assert whole, f"{page}: {link} should begin with https://"


def test_pages_fetch_nothing_from_elsewhere():
    for page in pages():
        for resource in read(page).resources:
            if not resource.startswith("data:"):
                target = target_of(page, resource)
                assert target is not None and target[0].is_file(), f"{page}: {resource}"


def test_pictures_say_what_they_show():
    silent = [
        f"{page}: {image.get('src')}"
        for page in pages()
        for image in read(page).images
        if not (image.get("alt") or "_thumb." in image["src"])  # those stand beside their titles
    ]
    assert silent == []


def test_no_markup_is_left_in_the_prose():
    raw = [
        f"{page}: {found.group()}"
        for page in pages()
        for text in read(page).prose
        if (found := LEFT_RAW.search(text))
    ]
    assert raw == []


@pytest.fixture(scope="module")
def browser():
    executable = next(filter(None, map(shutil.which, BROWSERS)), None)
    if executable is None:
        if os.environ.get("CI"):
            pytest.fail("no Chromium was found: the pages have to be looked at in a browser")
        pytest.skip("no Chromium was found")
    from playwright.sync_api import sync_playwright

    with sync_playwright() as playwright:
        chromium = playwright.chromium.launch(executable_path=executable, args=["--no-sandbox"])
        yield chromium
        chromium.close()


@pytest.mark.parametrize("device", WIDTHS)
def test_pages_in_a_browser_have_no_errors_and_fit_the_width(browser, device):
    context = browser.new_context(viewport={"width": WIDTHS[device], "height": 900})
    tab, said = context.new_page(), []
    tab.on("pageerror", lambda error: said.append(f"error: {error}"))
    tab.on("requestfailed", lambda request: said.append(f"not loaded: {request.url}"))
    tab.on("console", lambda line: said.append(line.text) if line.type == "error" else None)
    faults = {}
    for page in pages():
        said.clear()
        tab.goto((SITE / page).as_uri(), wait_until="load")
        tab.wait_for_function(
            "() => !window.MathJax?.startup?.promise || "
            "document.querySelectorAll('div.math, span.math').length <= "
            "document.querySelectorAll('mjx-container').length"
        )
        look = tab.evaluate(LOOK)
        found = list(said)
        found += [f"broken picture {source}" for source in look["broken"]]
        found += [f"{look['wide']} pixels too wide"] * (look["wide"] > 1)
        found += ["formulas that MathJax cannot read"] * bool(look["wrong"])
        found += ["formulas left as text"] * (look["formulas"] > look["typeset"])
        found += ["no title"] * (not look["title"])
        if found:
            faults[page] = found
    context.close()
    assert faults == {}
