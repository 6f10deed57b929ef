"""Intake: files to typed tables in a locked warehouse, and every problem at once."""

from kuntakoonti.intake.cells import Known
from kuntakoonti.intake.check import Intake, load
from kuntakoonti.intake.sentences import SENTENCES
from kuntakoonti.intake.typed import fingerprint
from kuntakoonti.intake.warehouse import open_warehouse

__all__ = ["SENTENCES", "Intake", "Known", "fingerprint", "load", "open_warehouse"]
