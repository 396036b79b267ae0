"""The customer of record for billing: one customer, two public wire contracts over it."""

__version__ = "0.1.0"
