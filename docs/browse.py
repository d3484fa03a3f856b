"""Opens every page of the built site in a browser and says what is wrong.

    mkdocs build && python docs/browse.py

Needs `pip install playwright` and Chromium. It looks for errors in the console,
requests to other hosts, pages wider than the screen and pictures without a text
alternative. With `--pictures=FOLDER` it also takes a picture of each page.
"""

import argparse
import functools
import http.server
import pathlib
import shutil
import sys
import threading
from collections.abc import Iterator

from playwright.sync_api import Page, sync_playwright

SITE = pathlib.Path(__file__).parent.parent / "site"
WIDTHS = (390, 1280)
_TOO_WIDE = "document.documentElement.scrollWidth > window.innerWidth"
_NO_ALT = "[...document.images].filter(i => !i.alt).map(i => i.src)"


class _Quiet(http.server.SimpleHTTPRequestHandler):
    def log_message(self, *_: object) -> None:
        """Says nothing."""


def _faults(page: Page, root: str, name: str) -> Iterator[str]:
    """What is wrong with a page, as sentences."""
    said: list[str] = []
    page.on("console", lambda m: m.type == "error" and said.append(m.text))
    page.on("pageerror", lambda error: said.append(str(error)))
    page.on(
        "request",
        lambda r: (
            r.url.startswith((root, "data:", "blob:"))
            or said.append(f"asks for {r.url}")
        ),
    )
    page.goto(root + name, wait_until="networkidle")
    yield from said
    if page.evaluate(_TOO_WIDE):
        yield "is wider than the screen"
    yield from (f"has no words for {src}" for src in page.evaluate(_NO_ALT))


def main(site: pathlib.Path, pictures: pathlib.Path | None) -> int:
    """The number of faults, which it prints."""
    handler = functools.partial(_Quiet, directory=site)
    server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), handler)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    root = f"http://127.0.0.1:{server.server_port}/"
    count = 0
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(
            executable_path=shutil.which("chromium"), args=["--no-sandbox"]
        )
        for width in WIDTHS:
            for path in sorted(site.glob("*.html")):
                page = browser.new_page(
                    viewport={"width": width, "height": 900}
                )
                for fault in _faults(page, root, path.name):
                    print(f"{path.name} at {width} pixels: {fault}")
                    count += 1
                if pictures:
                    file = pictures / f"{path.stem}-{width}.png"
                    page.screenshot(path=file)
                page.close()
    print(f"{count} faults")
    return count


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--site", type=pathlib.Path, default=SITE)
    parser.add_argument("--pictures", type=pathlib.Path)
    arguments = parser.parse_args()
    sys.exit(main(arguments.site, arguments.pictures) > 0)
