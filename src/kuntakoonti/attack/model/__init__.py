"""Integer unknowns and the relations that the published figures imply."""
