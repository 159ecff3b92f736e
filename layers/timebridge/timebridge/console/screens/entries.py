"""One time entry: everything it holds, and what may become of it."""

from typing import Any

from timebridge.console.cells import HINT, hours_of
from timebridge.console.screens import Answer, Refused, Screens, Visit, part
from timebridge.console.screens.my_time import labour_codes, place_of, places_found

screens = Screens("entries")


@screens.get("/<tenant>/time/entries/<entry>")
def show_entry(visit: Visit, tenant: str, entry: str) -> Answer:
    return _page(visit, entry, {})


def _page(visit: Visit, id: str, errors: dict[str, str], status: int = 200) -> Answer:
    """`typed`: what stands in the form: what was typed, else what is kept."""
    record = visit.api.get(f"time-entries/{part(id)}")
    values = record["values"]
    sheet = visit.api.get("time-sheet", staff=values["staff"], week=values["work_date"])
    found = [(row, each) for row in sheet["rows"] for c in row["cells"] for each in c["entries"] if each["id"] == id]
    row, entry = found[0] if found else ({"path": [], "labour": None}, {**record, "locked": "It was taken away."})
    form = visit.form
    typed = {**values, **{name: form[name] for name in form}} | ({"billable": form.is_on("billable")} if form else {})
    shown = {"entry": entry, "row": row, "sheet": sheet, "typed": typed, "errors": errors, "codes": labour_codes(visit)}
    return visit.page("time/entry.html", title="Time entry", status=status, **shown, **places_found(visit, []))


@screens.post("/<tenant>/time/entries/<entry>")
def save_entry(visit: Visit, tenant: str, entry: str) -> Answer:
    try:
        values = _values(visit)
        record = visit.api.patch(f"time-entries/{part(entry)}", {"values": values, "revision": _revision(visit)})
    except ValueError:
        return _page(visit, entry, {"hours": HINT}, 422)
    except Refused as error:
        errors = {name.removeprefix("values."): said for name, said in error.errors.items()}
        return _page(visit, entry, errors | {"": f"{error.detail} {error.remedy}"}, 422)
    return _done(visit, record)


def _done(visit: Visit, record: dict[str, Any]) -> Answer:
    """Saved, and handed in if that is wanted."""
    week, said = record["values"]["work_date"], "The entry is saved."
    if visit.form.get("then") == "submit":
        visit.api.post(f"time-entries/{part(record['id'])}/submit", {"revision": record["revision"]})
        said = "The entry is submitted."
    return visit.back_to("time", week=week, said=said)


def _revision(visit: Visit) -> int:
    said = visit.form.get("revision")
    return int(said) if said.isdecimal() else 0


def _values(visit: Visit) -> dict[str, Any]:
    """Raises ValueError for hours that are none."""
    form, hours = visit.form, hours_of(visit.form.get("hours"))
    return {
        **place_of(form.get("place")),
        "work_date": form.get("work_date"),
        "hours": None if hours is None else float(hours),
        "labour_code": form.get("labour_code") or None,
        "notes": form.get("notes") or None,
        "billable": form.is_on("billable"),
    }


@screens.post("/<tenant>/time/entries/<entry>/remove")
def remove_entry(visit: Visit, tenant: str, entry: str) -> Answer:
    record = visit.api.post(f"time-entries/{part(entry)}/archive", {"revision": _revision(visit)})
    return visit.back_to("time", week=record["values"]["work_date"], said="The entry is removed.")
