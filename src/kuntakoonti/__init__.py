"""kuntakoonti: what a municipality's invoice is made of, in counts and euros, never in persons."""

__version__ = "0.1.0"
