"""What the worker does besides the road itself: feeds, checks, imports and tests of whole connections."""
