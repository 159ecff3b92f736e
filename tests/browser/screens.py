"""`make screens`: a picture of each page, wide and narrow, light and dark, in .local/screens; the best in docs/."""

import sys
from pathlib import Path
from tempfile import TemporaryDirectory

from sandbox.aws.local import PROJECT
from sandbox.demo.stage import ADMIN, TENANT
from tests.browser.firm import firm, prepared
from tests.browser.people import DESK, PHONE, Somebody, chromium, sign_in

FOLDER = PROJECT / ".local" / "screens"
IMAGES = PROJECT / "docs" / "images"
BEST = ("home", "setup-preview", "mapping-flow", "post-time", "record-project", "problems")
"""Those that the README shows."""

LOOKS = [(size, scheme) for size in (DESK, PHONE) for scheme in ("light", "dark")]


def main(*wanted: str) -> None:
    """Of all pages, or of those whose names begin like one of `wanted`."""
    FOLDER.mkdir(parents=True, exist_ok=True)
    with TemporaryDirectory() as folder, firm(Path(folder), _say) as found, chromium() as browser:
        paths = prepared(found)
        window = browser.new_context(locale="en-GB", reduced_motion="reduce")
        somebody = sign_in(window, found.stage, ADMIN, TENANT)
        for name, path in paths.items():
            if not wanted or name.startswith(wanted):
                take(somebody, name, path(found))


def take(somebody: Somebody, name: str, path: str) -> None:
    page = somebody.go(path)
    page.wait_for_load_state("networkidle")
    for (width, height), scheme in LOOKS:
        page.set_viewport_size({"width": width, "height": height})
        page.emulate_media(color_scheme=scheme)
        whole = max(height, page.evaluate("document.documentElement.scrollHeight"))
        page.set_viewport_size({"width": width, "height": whole})  # bars at the edge of the window stand where they end
        page.screenshot(path=FOLDER / f"{name}-{width}-{scheme}.png")
    if name in BEST:
        page.set_viewport_size({"width": DESK[0], "height": DESK[1]})
        page.emulate_media(color_scheme="light")
        page.screenshot(path=IMAGES / f"{name}.png")
    _say(name)


def _say(words: str) -> None:
    sys.stdout.write(f"• {words}\n")


if __name__ == "__main__":
    main(*sys.argv[1:])
