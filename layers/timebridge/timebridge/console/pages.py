"""Rendering of the web pages. Everything put into a template is escaped."""

from functools import cache

from jinja2 import Environment, PackageLoader, StrictUndefined


def page(name: str, **values: object) -> str:
    """The template `console/templates/<name>.html`, filled in."""
    return _templates().get_template(f"{name}.html").render(values)


@cache
def _templates() -> Environment:
    return Environment(
        loader=PackageLoader("timebridge.console"), autoescape=True, undefined=StrictUndefined, trim_blocks=True
    )
