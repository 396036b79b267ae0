"""Writes: a function a use case, and the only code that changes rows.

Each is atomic, takes ``site`` first and ``at`` (aware UTC) last, raises the errors of
:mod:`billing_customers.exceptions`, and
says what happened with the signals of :mod:`billing_customers.signals` inside its transaction.
"""
