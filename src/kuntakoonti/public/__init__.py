"""The door: what may be known outside, its files, and the ledger of all that was approved."""
