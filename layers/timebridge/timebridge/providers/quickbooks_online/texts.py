"""Texts as QuickBooks takes them. What cannot be said there at all leaves what is there as it is."""

import re
from collections.abc import Callable
from unicodedata import category

from timebridge.converters import UNCHANGED, Converter
from timebridge.providers.quickbooks_online.converters import BEYOND_BASIC_PLANE
from timebridge.records import Value

UNREADABLE = "?"
COLON = re.compile(r"\s*:\s*")

ADDRESS = re.compile(r"[^@\s,;<>]+@[^@\s,;<>.]+(\.[^@\s,;<>.]+)+")
LONGEST_ADDRESS, LONGEST_SITE = 100, 1_000
CURRENCY_CODE = re.compile("[A-Z]{3}")
SCHEME = re.compile(r"([a-z][a-z0-9+.-]*):(//)?", re.IGNORECASE)


def within_plane(text: str) -> str:
    """Without pictures; letters that cannot be said there are question marks."""
    return BEYOND_BASIC_PLANE.sub(lambda found: UNREADABLE if category(found[0])[0] in "LN" else "", text)


def one_line(text: str) -> str:
    return " ".join("".join(" " if category(letter) == "Cc" else letter for letter in text).split())


def plain(limit: int) -> Converter:
    """A text of one line."""
    return _said(lambda text: one_line(within_plane(text))[:limit].rstrip(), limit)


def part(limit: int) -> Converter:
    """A part of a person's name, in which QuickBooks refuses colons."""
    return _said(lambda text: one_line(COLON.sub(" ", within_plane(text)))[:limit].rstrip(), limit)


def prose(limit: int) -> Converter:
    """A text of several lines."""
    return _said(lambda text: within_plane(text)[:limit].strip(), limit)


def _said(say: Callable[[str], str], limit: int) -> Converter:
    note = f"cut to {limit} characters over there"
    return Converter(clean, lambda value: None if value is None else say(str(value)) or UNCHANGED, note=note)


def clean(value: object) -> Value:
    return None if value is None else str(value).strip() or None


def _address_in(value: object) -> Value:
    """The first of several; one that is none of ours changes nothing here."""
    first = str(value or "").split(",")[0].strip()
    return (first if ADDRESS.fullmatch(first) else UNCHANGED) if first else None


def _address_out(value: Value) -> object:
    if value is None:
        return None
    text = str(value)
    fits = ADDRESS.fullmatch(text) and len(text) <= LONGEST_ADDRESS and not BEYOND_BASIC_PLANE.search(text)
    return value if fits else UNCHANGED


def _site_out(value: Value) -> object:
    """QuickBooks wants to read http at its beginning; a browser would put it there too."""
    if value is None:
        return None
    said = one_line(within_plane(str(value))).replace(" ", "%20")
    scheme = SCHEME.match(said)
    whole = said if scheme and scheme[2] else f"http://{said}"
    return whole if whole.lower().startswith("http") and len(whole) <= LONGEST_SITE else UNCHANGED


def _currency_out(value: Value) -> object:
    code = str(value or "").upper()
    return code if CURRENCY_CODE.fullmatch(code) else UNCHANGED


EMAIL = Converter(_address_in, _address_out, note="the first of several; left out over there if it is no address")
SITE = Converter(clean, _site_out, note="with http:// before it over there")
CURRENCY = Converter(clean, _currency_out)
