"""What surrounds a customer: our own documents, and the models that hosts plug in.

Importable in a settings file: no model is imported with it.
"""

from billing_customers.neighbors.base import Blocker, Manifest, Neighbor, Operation, Receivable, Summary
from billing_customers.neighbors.model_neighbor import ModelNeighbor

__all__ = ["Blocker", "Manifest", "ModelNeighbor", "Neighbor", "Operation", "Receivable", "Summary"]
