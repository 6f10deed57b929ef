"""Intake: files to typed tables in a locked warehouse, and every problem at once."""

from kuntakoonti.restricted.intake.cells import Known
from kuntakoonti.restricted.intake.check import Intake, load
from kuntakoonti.restricted.intake.declared import Declared
from kuntakoonti.restricted.intake.sentences import SENTENCES
from kuntakoonti.restricted.intake.typed_tables import fingerprint
from kuntakoonti.restricted.intake.warehouse import open_warehouse

__all__ = ["SENTENCES", "Declared", "Intake", "Known", "fingerprint", "load", "open_warehouse"]
