"""Persons and cents: intake, figures, forecast, disclosure, preparation, in this order."""
