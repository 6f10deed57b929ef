"""Words, periods, money, files and errors: knows no domain."""
