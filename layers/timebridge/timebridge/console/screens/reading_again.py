"""Reading again: what changed on both sides since a day, whether it was carried over or not."""

from timebridge.console.screens import Answer, Refused, Screens, Visit, part

screens = Screens("reading again")


@screens.post("/<tenant>/problems/read-again")
def read_again(visit: Visit, tenant: str) -> Answer:
    connection, day = visit.form.get("connection"), visit.form.get("since")
    if not day:
        raise Refused(422, {"detail": "No day was chosen.", "remedy": "Choose the day from which to read again."})
    said = visit.api.post(f"connections/{part(connection)}/sync", {"since": day})
    words = "Both sides are read again from that day. What is solved by it leaves the problems by itself."
    run = said.get("run")
    return visit.back_to(f"runs/{part(connection)}/{part(run)}" if run else "runs", said=words)
