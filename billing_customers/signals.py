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
# None before it was added and after it was removed; ``id`` changes when the customer is renamed; ``relationship`` is a
# dict of the ids that the contract names, None without a parent.
customer_updated = Signal()

# A customer was deleted: the row is a tombstone now.
customer_deleted = Signal()

# A customer was made from that of another site, with its contacts and payment sources; and, in the site that it was
# copied from, that it was: there it has not changed.
customer_moved_in = Signal()
customer_moved_out = Signal()

# Money, and what it is paid with. Each also carries the row that it is about, by the name given here.
payment_source_added = Signal()  # payment_source
payment_source_updated = Signal()  # payment_source
payment_source_deleted = Signal()  # payment_source: it was detached
payment_source_expiring = Signal()  # payment_source: it ends within 30 days
payment_source_expired = Signal()  # payment_source
promotional_credits_added = Signal()  # promotional_credit: a LedgerEntry
promotional_credits_deducted = Signal()  # promotional_credit: a LedgerEntry
transaction_created = Signal()  # transaction: a payment that was recorded by hand
payment_initiated = Signal()  # transaction: it will be settled later
payment_succeeded = Signal()  # transaction
payment_failed = Signal()  # transaction
invoice_generated = Signal()  # invoice
invoice_updated = Signal()  # invoice
subscription_created = Signal()  # subscription
subscription_changed = Signal()  # subscription

# Account hierarchies. ``customer`` is the child; who stood above it is in ``changes`` of its ``customer_updated``.
hierarchy_created = Signal()
hierarchy_deleted = Signal()

# Merges. ``customer`` is the one that stays; there is no event of its own beside ``customer_updated`` and
# ``customer_deleted``.
customer_merged = Signal()  # merged: the Customer that is a tombstone now
customer_merge_undone = Signal()  # parted: the Customer that is live again

# The same, once they are committed.
after_customer_created = Signal()
after_customer_updated = Signal()
after_customer_deleted = Signal()
after_customer_moved_in = Signal()
after_customer_moved_out = Signal()
after_payment_source_added = Signal()
after_payment_source_updated = Signal()
after_payment_source_deleted = Signal()
after_payment_source_expiring = Signal()
after_payment_source_expired = Signal()
after_promotional_credits_added = Signal()
after_promotional_credits_deducted = Signal()
after_transaction_created = Signal()
after_payment_initiated = Signal()
after_payment_succeeded = Signal()
after_payment_failed = Signal()
after_invoice_generated = Signal()
after_invoice_updated = Signal()
after_subscription_created = Signal()
after_subscription_changed = Signal()
after_hierarchy_created = Signal()
after_hierarchy_deleted = Signal()
after_customer_merged = Signal()
after_customer_merge_undone = Signal()

# An endpoint was disabled because its receiver failed. Sender: WebhookEndpoint; ``endpoint``, ``reason`` (a value of
# ``DisabledReason``), ``at``.
webhook_endpoint_disabled = Signal()

# A delivery used up its schedule while others of its endpoint arrived. Sender: Delivery; ``delivery_pk``, ``event_id``
# (the webhook-id), ``endpoint``, ``at``.
webhook_exhausted = Signal()
