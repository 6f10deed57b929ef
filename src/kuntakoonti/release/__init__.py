"""A release in OUTPUT: draft, attack, approve, correct, send, status, index."""
