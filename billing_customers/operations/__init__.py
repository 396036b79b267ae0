"""Writes: a function a use case, and the only code that changes rows.

Each is atomic, takes keywords with ``site`` first and ``at`` (aware UTC) last, and raises the errors of
:mod:`billing_customers.exceptions`. Those that change a customer send the signals of :mod:`billing_customers.signals`
inside their transaction.
"""
