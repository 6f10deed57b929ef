"""The independent attacker: everything published, read as an adversary would read it."""

from kuntakoonti.attack.evidence.public_facts import Facts, Price
from kuntakoonti.attack.group import Finding
from kuntakoonti.attack.proof.witness_files import check_witnesses, write_witnesses
from kuntakoonti.attack.verdict import Verdict, attack, render

__all__ = [
    "Facts",
    "Finding",
    "Price",
    "Verdict",
    "attack",
    "check_witnesses",
    "render",
    "write_witnesses",
]
