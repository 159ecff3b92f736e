"""What a tenant makes of the flows: lines and choices as data, edited, tried and compared."""
