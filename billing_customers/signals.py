"""What happened to customers, said to hosts.

**Inside the transaction** of the change: ``customer_created``, ``customer_updated``, ``customer_deleted``. They are
sent with ``.send``: a receiver that raises rolls the change back. Each carries

- ``sender``: the :class:`~billing_customers.models.Customer` class,
- ``customer``: the row after the change,
- ``site``: its :class:`~billing_customers.models.BillingSite`,
- ``actor``: an :class:`~billing_customers.actors.Actor`,
- ``at``: the aware UTC time of the change.

**After the commit**: ``after_customer_created``, ``after_customer_updated``, ``after_customer_deleted``, with the same
arguments. They are sent with ``.send_robust``: a receiver that raises is logged and breaks nothing. A process that dies
between the commit and the receiver has told it nothing; what must never be lost is a webhook.

**About webhooks**, after the commit and robustly: ``webhook_endpoint_disabled`` and ``webhook_exhausted``.
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

# The same three, once they are committed.
after_customer_created = Signal()
after_customer_updated = Signal()
after_customer_deleted = Signal()

# An endpoint was disabled because its receiver failed. Sender: WebhookEndpoint; ``endpoint``, ``reason`` (a value of
# ``DisabledReason``), ``at``.
webhook_endpoint_disabled = Signal()

# A delivery used up its schedule while others of its endpoint arrived. Sender: Delivery; ``delivery_pk``, ``event_id``
# (the webhook-id), ``endpoint``, ``at``.
webhook_exhausted = Signal()
