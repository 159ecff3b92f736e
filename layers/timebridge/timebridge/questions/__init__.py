"""What waits for a person, and what becomes of their answer."""
