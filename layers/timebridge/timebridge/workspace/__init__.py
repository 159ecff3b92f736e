"""The timesheet side: kinds of records as data, what they refuse, and what follows from them."""
