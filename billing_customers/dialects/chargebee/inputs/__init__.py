"""Chargebee's parameters: tables of what an operation takes, and how their wire forms are read."""
