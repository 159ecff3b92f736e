"""A person with a browser: follows our redirect to the provider, presses Allow, and comes back."""

from html import unescape
from html.parser import HTMLParser
from typing import Any

import requests


class Heading(HTMLParser):
    """The text of the first heading of a page."""

    def __init__(self) -> None:
        super().__init__()
        self.text = ""
        self._inside = False

    def handle_starttag(self, tag: str, attrs: Any) -> None:
        self._inside = tag == "h1" and not self.text

    def handle_endtag(self, tag: str) -> None:
        self._inside = self._inside and tag != "h1"

    def handle_data(self, data: str) -> None:
        if self._inside:
            self.text += data


def allow(authorise_url: str, **choice: str) -> str:
    """Consent at the provider. Returns the heading of the last page; raises RuntimeError unless it is a good one."""
    browser = requests.Session()
    consent = browser.get(authorise_url, timeout=30)
    consent.raise_for_status()
    ended = browser.post(consent.url, data={"decision": "allow", **choice}, timeout=60)
    heading = Heading()
    heading.feed(ended.text)
    if not ended.ok:
        raise RuntimeError(f"The consent ended with {ended.status_code}: {unescape(heading.text)}")
    return heading.text.strip()
