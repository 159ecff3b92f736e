"""Names and values of the workspace as messages say them."""

LONGEST_SHOWN = 60


def spoken(name: str) -> str:
    return name.replace("_", " ")


def shown(value: object) -> str:
    text = str(value)
    return f"“{text[:LONGEST_SHOWN]}…”" if len(text) > LONGEST_SHOWN else f"“{text}”"
