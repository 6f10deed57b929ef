"""Fictional data on real municipalities: everything about persons and money is invented.

Names, codes and populations of municipalities are real (Statistics Finland); clients, services,
residences, costs, invoices and budgets are random numbers, and no register was used to make them.
The flow: `plan` → `spells` and `courses` (what happened) → `people` and `residences` (to whom) →
`register` and `postings` (what was written down, and how late) → `billing` (what was invoiced) →
`tables` → `write`.
"""

from kuntakoonti.example.export import export_plan, write_export
from kuntakoonti.example.plan import ExamplePlan, areas
from kuntakoonti.example.tables import Tables, make
from kuntakoonti.example.write import write

__all__ = ["ExamplePlan", "Tables", "areas", "export_plan", "make", "write", "write_export"]
