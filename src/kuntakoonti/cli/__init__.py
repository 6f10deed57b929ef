"""The command line: words become requests."""
