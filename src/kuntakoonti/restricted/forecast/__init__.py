"""What the year will cost, and how complete the records are: exact, for the analyst."""
