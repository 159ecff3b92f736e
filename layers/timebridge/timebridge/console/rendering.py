"""Rendering of the web pages. Everything put into a template is escaped."""

from functools import cache

from jinja2 import Environment, PackageLoader, StrictUndefined

from timebridge.console import wording
from timebridge.console.places import static


def render(template: str, **values: object) -> str:
    """The template `console/templates/<template>`, filled in."""
    return _templates().get_template(template).render(values)


@cache
def _templates() -> Environment:
    made = Environment(
        loader=PackageLoader("timebridge.console"),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
        extensions=["jinja2.ext.do", "jinja2.ext.loopcontrols"],
    )
    made.filters |= wording.FILTERS
    made.globals |= {"static": static}
    return made
