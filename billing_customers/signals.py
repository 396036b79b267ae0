"""What happened to customers, said inside the transaction of the change.

Each is sent with ``.send``: a receiver that raises rolls the change back. Every signal carries

- ``sender``: the :class:`~billing_customers.models.Customer` class,
- ``customer``: the row after the change,
- ``site``: its :class:`~billing_customers.models.BillingSite`,
- ``actor``: an :class:`~billing_customers.actors.Actor`,
- ``at``: the aware UTC time of the change.
"""

from django.dispatch import Signal

# A customer was made.
customer_created = Signal()

# A customer, its billing address or its contacts changed. Also ``changes``, never empty: {attribute: (before, after)},
# by the canonical names. ``billing_address`` is a dict of its parts or None; ``contacts`` is one contact, as a dict,
# None before it was added and after it was removed; ``id`` changes when the customer is renamed.
customer_updated = Signal()

# A customer was deleted: the row is a tombstone now.
customer_deleted = Signal()
