"""Witnesses: explicit tables that show what stays undecided, and their plain check."""
