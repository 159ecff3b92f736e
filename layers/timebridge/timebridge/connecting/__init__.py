"""Opening a connection, setting it up, and keeping its access alive."""
