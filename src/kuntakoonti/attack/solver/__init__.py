"""Whether a target holds: by intervals, by known tables, by integer programming."""
