"""Checks the built site without a browser and without a network.

    python -m tools.checks.site [site]

Finds loads from outside, links and anchors that lead nowhere, duplicate ids, images without words,
tracebacks of executed blocks, formulas that stayed raw, and public names that the reference lacks
or has too many of.
"""

import re
import sys
from collections.abc import Iterator
from dataclasses import dataclass, field
from html.parser import HTMLParser
from pathlib import Path
from urllib.parse import unquote, urlsplit

from tools.reference.names import inventory_problems

LOADS = {
    "audio": "src",
    "embed": "src",
    "iframe": "src",
    "image": "href",
    "img": "src",
    "input": "src",
    "object": "data",
    "script": "src",
    "source": "src",
    "video": "src",
}
LOADING_LINKS = {
    "icon",
    "stylesheet",
    "preload",
    "modulepreload",
    "prefetch",
    "preconnect",
    "dns-prefetch",
    "manifest",
}
INLINE = {"script", "style", "template"}
SOURCES = {"pre", "code", "annotation"}  # where TeX and dollars are meant


@dataclass
class Page:
    """What a page says about itself."""

    ids: list[str] = field(default_factory=list)
    links: list[str] = field(default_factory=list)
    loads: list[str] = field(default_factory=list)
    styles: list[str] = field(default_factory=list)
    wordless: list[str] = field(default_factory=list)
    text: list[str] = field(default_factory=list)
    prose: list[str] = field(default_factory=list)  # the text without listings, whose TeX is source


class PageReader(HTMLParser):
    """Collects ids, links, loads and text of one page."""

    def __init__(self) -> None:
        super().__init__()
        self.page = Page()
        self._inside: list[str] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        """Note everything that a tag refers to."""
        values = {name: value or "" for name, value in attrs}
        if tag in INLINE | SOURCES:
            self._inside.append(tag)
        if "template" in self._inside:
            return
        if values.get("id"):
            self.page.ids.append(values["id"])
        if "style" in values:
            self.page.styles.append(values["style"])
        self._note_links(tag, values)
        self._note_words(tag, values)

    def _note_links(self, tag: str, values: dict[str, str]) -> None:
        relations = set(values.get("rel", "").split())
        if (tag in LOADS and values.get(LOADS[tag])) or (
            tag == "link" and relations & LOADING_LINKS
        ):
            self.page.loads.append(values[LOADS.get(tag, "href")])
        elif tag == "a" and values.get("href"):
            self.page.links.append(values["href"])
        self.page.loads.extend(
            part.split()[0] for part in values.get("srcset", "").split(",") if part.strip()
        )

    def _note_words(self, tag: str, values: dict[str, str]) -> None:
        named = values.get("aria-label") or values.get("aria-labelledby")
        if tag == "img" and "alt" not in values:
            self.page.wordless.append(f"<img src={values.get('src')}>")
        if tag == "svg" and values.get("role") == "img" and not named:
            self.page.wordless.append('<svg role="img">')

    def handle_startendtag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        """An SVG element that closes itself."""
        self.handle_starttag(tag, attrs)
        self.handle_endtag(tag)

    def handle_endtag(self, tag: str) -> None:
        """Leave a script, a style or a template."""
        if tag in self._inside:
            self._inside.remove(tag)

    def handle_data(self, data: str) -> None:
        """Keep prose, listings and styles apart from scripts."""
        if not INLINE & {*self._inside}:
            self.page.text.append(data)
            if not self._inside:
                self.page.prose.append(data)
        elif self._inside == ["style"]:
            self.page.styles.append(data)


def read(path: Path) -> Page:
    """Parse one built page."""
    reader = PageReader()
    reader.feed(path.read_text(encoding="utf-8"))
    return reader.page


def problems(site: Path) -> Iterator[str]:
    """Every finding, as `page: what is wrong`."""
    pages = {path: read(path) for path in sorted(site.rglob("*.html"))}
    for path in pages:
        for finding in _page_problems(site, path, pages):
            yield f"{path.relative_to(site)}: {finding}"
    for sheet in sorted(site.rglob("*.css")):
        for finding in _style_problems(site, sheet, sheet.read_text(encoding="utf-8")):
            yield f"{sheet.relative_to(site)}: {finding}"


def _page_problems(site: Path, path: Path, pages: dict[Path, Page]) -> Iterator[str]:
    page = pages[path]
    text = "".join(page.text)
    for repeated in sorted({name for name in page.ids if page.ids.count(name) > 1}):
        yield f"id {repeated!r} is used {page.ids.count(repeated)} times"
    yield from (f"no words for {image}" for image in page.wordless)
    yield from _load_problems(site, path, page.loads)
    yield from _link_problems(site, path, pages)
    for style in page.styles:
        yield from _style_problems(site, path, style)
    if "Traceback (most recent call last)" in text:
        yield "a block of code failed: there is a traceback on the page"
    if raw := re.search(r".{0,20}(?:\$|\\\[|\\\().{0,20}", "".join(page.prose)):
        yield f"TeX that was not set as a formula: {raw.group().strip()!r}"


def _load_problems(site: Path, path: Path, loads: list[str]) -> Iterator[str]:
    for address in loads:
        if _is_outside(address):
            yield f"loads from outside: {address}"
        elif not address.startswith("data:") and not _target(site, path, address).is_file():
            yield f"loads a file that is not there: {address}"


def _style_problems(site: Path, path: Path, style: str) -> Iterator[str]:
    addresses = re.findall(r"url\(\s*['\"]?([^'\")]+)", style) + re.findall(
        r"@import\s+['\"]([^'\"]+)", style
    )
    yield from _load_problems(
        site, path, [address for address in addresses if not address.startswith("#")]
    )


def _link_problems(site: Path, path: Path, pages: dict[Path, Page]) -> Iterator[str]:
    for address in pages[path].links:
        if urlsplit(address).scheme or address.startswith("//"):
            continue  # leaves the site, on the reader's wish
        target = _target(site, path, address)
        anchor = unquote(urlsplit(address).fragment)  # with an equals sign it is read by a script
        if not target.is_file():
            yield f"links to a page that is not there: {address}"
        elif anchor and "=" not in anchor and target in pages and anchor not in pages[target].ids:
            yield f"links to an anchor that is not there: {address}"


def _is_outside(address: str) -> bool:
    return urlsplit(address).scheme in ("http", "https", "ws", "wss", "ftp") or address.startswith(
        "//"
    )


def _target(site: Path, path: Path, address: str) -> Path:
    """The file that an address on a page stands for."""
    place = unquote(urlsplit(address).path)
    if not place:
        return path
    target = (site / place.lstrip("/") if place.startswith("/") else path.parent / place).resolve()
    return target / "index.html" if target.is_dir() else target


def main() -> None:
    """Print every finding; exit with 1 when there is one."""
    site = Path(sys.argv[1] if len(sys.argv) > 1 else "site").resolve()
    if not (site / "index.html").is_file():
        raise SystemExit(f"{site} holds no built site")
    found = [*problems(site), *inventory_problems(site / "objects.inv")]
    if found:
        raise SystemExit(f"{len(found)} problem(s) in the built site:\n  " + "\n  ".join(found))
    print("the built site is sound")


if __name__ == "__main__":
    main()
