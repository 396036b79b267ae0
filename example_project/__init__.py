"""A host of billing_customers with nothing clever in it, and a demo that fills and serves it."""
