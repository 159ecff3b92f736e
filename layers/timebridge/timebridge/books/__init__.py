"""What the books hold of a client, as people read it."""
