"""The far sides: one folder each, loaded on first use, knowing neither each other nor the store."""
