"""Plain web pages that show the records of a sandbox server, so that a person can look into it."""

from typing import Any, Protocol

from jinja2 import DictLoader, Environment
from starlette.requests import Request
from starlette.responses import HTMLResponse, Response
from starlette.routing import Route

PAGE_SIZE = 100

STYLE = """
:root { --ink: #1c2430; --soft: #5a6675; --line: #d5dbe3; --paper: #fff; --wash: #f3f6fa; --mark: #0b5cab; }
@media (prefers-color-scheme: dark) {
  :root { --ink: #e6ebf2; --soft: #a3afbf; --line: #38424f; --paper: #141a22; --wash: #1d2530; --mark: #7ab8ff; }
}
* { box-sizing: border-box; }
body { margin: 0; font: 16px/1.5 system-ui, sans-serif; color: var(--ink); background: var(--paper); }
a { color: var(--mark); }
a:focus-visible, button:focus-visible, input:focus-visible, select:focus-visible { outline: 3px solid var(--mark); }
header { padding: .75rem 1.5rem; background: var(--wash); border-bottom: 1px solid var(--line); }
header p { margin: 0; color: var(--soft); }
header strong { font-size: 1.1rem; }
.skip { position: absolute; left: -99rem; }
.skip:focus { left: 1rem; top: 1rem; background: var(--paper); padding: .5rem; }
.columns { display: grid; grid-template-columns: 15rem minmax(0, 1fr); }
nav.tables { padding: 1rem 1.5rem; border-right: 1px solid var(--line); min-height: 80vh; }
nav.tables ul { list-style: none; margin: 0; padding: 0; }
nav.tables li { display: flex; justify-content: space-between; gap: .5rem; padding: .2rem 0; }
nav.tables .group { font-weight: 700; margin-top: .6rem; }
nav.tables [aria-current] { font-weight: 700; color: var(--ink); text-decoration: none; }
.count { color: var(--soft); font-variant-numeric: tabular-nums; }
main { padding: 1rem 1.5rem 3rem; }
h1 { font-size: 1.5rem; margin: .25rem 0 1rem; }
form { display: flex; flex-wrap: wrap; gap: .5rem; align-items: center; margin-bottom: 1rem; }
input, button, select { font: inherit; padding: .35rem .6rem; border: 1px solid var(--line); border-radius: .3rem;
  color: inherit; background: var(--paper); }
button { background: var(--mark); color: var(--paper); border-color: var(--mark); cursor: pointer; }
button.quiet { background: var(--paper); color: var(--ink); border-color: var(--line); }
.wide { overflow-x: auto; border: 1px solid var(--line); border-radius: .4rem; }
table { border-collapse: collapse; width: 100%; font-size: .9rem; }
th, td { text-align: left; padding: .4rem .7rem; border-bottom: 1px solid var(--line); vertical-align: top; }
thead th { background: var(--wash); white-space: nowrap; }
td { max-width: 26rem; overflow-wrap: anywhere; }
td.short { white-space: nowrap; }
tr.deleted td { text-decoration: line-through; color: var(--soft); }
.card { max-width: 34rem; margin: 3rem auto; padding: 1.5rem 2rem; border: 1px solid var(--line);
  border-radius: .6rem; }
@media (max-width: 45rem) { .columns { grid-template-columns: 1fr; } nav.tables { border-right: 0; min-height: 0; } }
"""

LAYOUT = """<!doctype html>
<html lang="en"><head><meta charset="utf-8"><meta name="viewport" content="width=device-width, initial-scale=1">
<title>{% block title %}{{ title }}{% endblock %}</title><style>{{ style|safe }}</style></head><body>
<a class="skip" href="#main">Skip to content</a>
<header><strong>{{ title }}</strong>
<p>A local stand-in for tests and demonstrations. Nothing here leaves this machine.</p>
</header>{% block body %}{% endblock %}</body></html>"""

SHELF = """{% extends "layout" %}{% block title %}{{ heading }} | {{ title }}{% endblock %}{% block body %}
<div class="columns"><nav class="tables" aria-label="Objects"><ul>
{% for name, count in tables.items() %}{% set group, _, short = name.rpartition(": ") %}
{% if group and loop.changed(group) %}<li class="group">{{ group }}</li>{% endif %}
<li><a href="/tables/{{ name|urlencode }}"
{%- if name == table %} aria-current="page"{% endif %}>{{ short }}</a>
<span class="count">{{ count }}</span></li>{% endfor %}
</ul></nav><main id="main"><h1>{{ heading }}</h1>{% block content %}{% endblock %}</main></div>{% endblock %}"""

HOME = """{% extends "shelf" %}{% block content %}
<p>{{ tables.values()|sum }} records in {{ tables|length }} objects. Choose an object on the left.</p>
<div class="wide"><table><thead><tr><th scope="col">Fact</th><th scope="col">Value</th></tr></thead><tbody>
{% for name, value in facts.items() %}<tr><th scope="row">{{ name }}</th><td>{{ value }}</td></tr>{% endfor %}
</tbody></table></div>{% endblock %}"""

TABLE = """{% extends "shelf" %}{% block content %}
<form role="search"><label for="search">Find in {{ table }}</label>
<input id="search" name="search" value="{{ search }}" type="search"><button>Find</button></form>
<p>{% if total %}{{ offset + 1 }} to {{ offset + rows|length }} of {{ total }}{% else %}No records.{% endif %}</p>
{% if rows %}<div class="wide" tabindex="0" role="region" aria-label="{{ table }} records"><table><thead><tr>
{% for column in columns %}<th scope="col">{{ column }}</th>{% endfor %}</tr></thead><tbody>
{% for id, row in rows %}<tr{% if row.get("IsDeleted") %} class="deleted"{% endif %}>
{% for column in columns %}<td{% if row[column]|string|length < 40 %} class="short"{% endif %}>{% if loop.first -%}
<a href="/tables/{{ table|urlencode }}/{{ id|urlencode }}">{{ row[column] }}</a>
{%- else %}{{ row[column]|shown }}{% endif %}</td>{% endfor %}</tr>{% endfor %}</tbody></table></div>{% endif %}
<p>{% if offset %}
<a rel="prev" href="?search={{ search|urlencode }}&amp;offset={{ [offset - size, 0]|max }}">Previous</a>
{% endif %}{% if offset + rows|length < total %}
<a rel="next" href="?search={{ search|urlencode }}&amp;offset={{ offset + size }}">Next</a>
{% endif %}</p>{% endblock %}"""

RECORD = """{% extends "shelf" %}{% block content %}
<p><a href="/tables/{{ table|urlencode }}">All of {{ table }}</a></p>
<div class="wide"><table><thead><tr><th scope="col">Field</th><th scope="col">Value</th></tr></thead><tbody>
{% for name, value in row.items() %}<tr><th scope="row">{{ name }}</th><td>{{ value|shown }}</td></tr>{% endfor %}
</tbody></table></div>{% endblock %}"""

CARD = """{% extends "layout" %}{% block title %}{{ heading }}{% endblock %}{% block body %}
<main id="main" class="card"><h1>{{ heading }}</h1>{{ content|safe }}</main>{% endblock %}"""


class Shelf(Protocol):
    """What a provider shows of itself. Rows are flat or nested JSON values; the first column becomes the link."""

    title: str

    def facts(self) -> dict[str, str]:
        """A few lines for the first page: company, ids, addresses."""
        ...

    def tables(self) -> dict[str, int]:
        """Name of each table and how many records it holds."""
        ...

    def rows(self, table: str, search: str, offset: int, limit: int) -> tuple[list[tuple[str, dict[str, Any]]], int]:
        """One page as (id, row) pairs, and how many match in all; KeyError if there is no such table."""
        ...

    def row(self, table: str, id: str) -> dict[str, Any]:
        """One record with everything it has; KeyError if there is none."""
        ...


def shown(value: Any) -> str:
    return "" if value is None else str(value)


templates = Environment(
    loader=DictLoader({"layout": LAYOUT, "shelf": SHELF, "home": HOME, "table": TABLE, "record": RECORD, "card": CARD}),
    autoescape=True,
)
templates.globals["style"] = STYLE
templates.filters["shown"] = shown


def card(title: str, heading: str, content: str, status: int = 200) -> HTMLResponse:
    """A single-message page. `content` is trusted HTML: escape what comes from outside."""
    return HTMLResponse(templates.get_template("card").render(title=title, heading=heading, content=content), status)


def page_routes(shelf: Shelf) -> list[Route]:
    """`/`, `/tables/{table}` and `/tables/{table}/{id}`. They are not counted as calls."""

    async def home(_: Request) -> Response:
        return page(shelf, "home", shelf.title, facts=shelf.facts())

    async def table(request: Request) -> Response:
        name, search = request.path_params["table"], request.query_params.get("search", "")
        offset = max(int(request.query_params.get("offset", "0") or 0), 0)
        try:
            rows, total = shelf.rows(name, search, offset, PAGE_SIZE)
        except KeyError:
            return card(shelf.title, "Not found", "<p>There is no such object.</p>", 404)
        columns = list(rows[0][1]) if rows else []
        view = {"search": search, "offset": offset, "size": PAGE_SIZE, "columns": columns, "rows": rows, "total": total}
        return page(shelf, "table", name, table=name, **view)

    async def record(request: Request) -> Response:
        name, id = request.path_params["table"], request.path_params["id"]
        try:
            row = shelf.row(name, id)
        except KeyError:
            return card(shelf.title, "Not found", "<p>There is no such record.</p>", 404)
        return page(shelf, "record", f"{name} {id}", table=name, row=row)

    return [
        Route("/", home),
        Route("/tables/{table}", table),
        Route("/tables/{table}/{id:path}", record),
    ]


def page(shelf: Shelf, template: str, heading: str, **view: Any) -> HTMLResponse:
    text = templates.get_template(template).render(title=shelf.title, heading=heading, tables=shelf.tables(), **view)
    return HTMLResponse(text)
