"""The statements of ``verification.py``. Each gives rule, customer, currency, subject, expected and found."""

from __future__ import annotations

from billing_customers.choices import Bucket

_END = "ORDER BY 1, 2, 3, 4 LIMIT %(limit)s"

# A balance once for each bucket, so that it can be set against entries.
_EACH_BUCKET = "\n".join(
    f"""
    UNION ALL SELECT 'balance_sum', customer_id, currency, '{bucket}', 0, {bucket}
    FROM billing_customers_balance WHERE site_id = %(site)s"""  # noqa: S608 - names of ours
    for bucket in Bucket.values
)

# An entry with a reference was made for a document, and so was its reversal; one without was made by hand.
SUMS = f"""
SELECT said.rule, customer.public_id, said.currency, said.bucket, SUM(said.expected), SUM(said.found)
FROM (
    SELECT 'balance_sum' AS rule, customer_id, currency, bucket, delta AS expected, 0 AS found
    FROM billing_customers_ledgerentry WHERE site_id = %(site)s
    {_EACH_BUCKET}
    UNION ALL SELECT 'unbilled_charges', customer_id, currency, 'unbilled_charges', amount, 0
    FROM billing_customers_unbilledcharge WHERE site_id = %(site)s AND closed_at IS NULL
    UNION ALL SELECT 'unbilled_charges', customer_id, currency, 'unbilled_charges', 0, unbilled_charges
    FROM billing_customers_balance WHERE site_id = %(site)s
    UNION ALL SELECT 'refundable_credits', customer_id, currency, 'refundable_credits', amount_available, 0
    FROM billing_customers_creditnote WHERE site_id = %(site)s AND type = 'refundable' AND status <> 'voided'
    UNION ALL SELECT 'excess_payments', customer_id, currency, 'excess_payments', amount_unused, 0
    FROM billing_customers_transaction WHERE site_id = %(site)s AND type = 'payment' AND status = 'success'
    UNION ALL SELECT entry.bucket, entry.customer_id, entry.currency, entry.bucket, 0, entry.delta
    FROM billing_customers_ledgerentry entry
    LEFT JOIN billing_customers_ledgerentry undone ON undone.id = entry.reverses_id
    WHERE entry.site_id = %(site)s AND entry.bucket IN ('refundable_credits', 'excess_payments')
        AND COALESCE(entry.reference, undone.reference) IS NOT NULL
) said JOIN billing_customers_customer customer ON customer.id = said.customer_id
GROUP BY said.rule, customer.id, customer.public_id, said.currency, said.bucket
HAVING SUM(said.expected) <> SUM(said.found)
{_END}
"""  # noqa: S608 - names of ours

CHAIN = f"""
SELECT 'entry_chain', customer.public_id, entry.currency, entry.public_id, entry.before_it + entry.delta,
    entry.balance_after
FROM (
    SELECT customer_id, currency, public_id, delta, balance_after,
        COALESCE(LAG(balance_after) OVER (PARTITION BY customer_id, currency, bucket ORDER BY id), 0) AS before_it
    FROM billing_customers_ledgerentry WHERE site_id = %(site)s
) entry JOIN billing_customers_customer customer ON customer.id = entry.customer_id
WHERE entry.before_it + entry.delta <> entry.balance_after
{_END}
"""  # noqa: S608 - names of ours

ENTRIES = f"""
SELECT 'reference_once', customer.public_id, MIN(entry.currency), entry.reference, 1, COUNT(*)
FROM billing_customers_ledgerentry entry JOIN billing_customers_customer customer ON customer.id = entry.customer_id
WHERE entry.site_id = %(site)s AND entry.reference IS NOT NULL
GROUP BY customer.id, customer.public_id, entry.bucket, entry.reference HAVING COUNT(*) > 1
UNION ALL
SELECT 'reversal', customer.public_id, entry.currency, entry.public_id, -undone.delta, entry.delta
FROM billing_customers_ledgerentry entry JOIN billing_customers_ledgerentry undone ON undone.id = entry.reverses_id
JOIN billing_customers_customer customer ON customer.id = entry.customer_id
WHERE entry.site_id = %(site)s AND (entry.delta <> -undone.delta OR entry.customer_id <> undone.customer_id
    OR entry.bucket <> undone.bucket OR entry.currency <> undone.currency)
{_END}
"""  # noqa: S608 - names of ours

_OUTSIDE = "\n".join(
    f"""
    UNION ALL SELECT 'balance_bounds', customer_id, currency, '{bucket}', 0, {bucket}
    FROM billing_customers_balance WHERE site_id = %(site)s AND ({bucket} < 0 OR {bucket} > %(most)s)"""  # noqa: S608
    for bucket in Bucket.values
)
BALANCES = f"""
SELECT balance.rule, customer.public_id, balance.currency, balance.subject, balance.expected, balance.found
FROM (
    SELECT 'balance_mark' AS rule, balance.customer_id, balance.currency, '' AS subject, 1 AS expected, 0 AS found
    FROM billing_customers_balance balance JOIN billing_customers_customer owner ON owner.id = balance.customer_id
    WHERE balance.site_id = %(site)s AND NOT owner.has_balances
    {_OUTSIDE}
) balance JOIN billing_customers_customer customer ON customer.id = balance.customer_id
{_END}
"""  # noqa: S608 - names of ours

PAYMENTS = f"""
SELECT CASE WHEN COALESCE(used.allocated, 0) > payment.amount THEN 'payment_allocated' ELSE 'payment_amount' END,
    customer.public_id, payment.currency, payment.public_id, payment.amount,
    CASE WHEN COALESCE(used.allocated, 0) > payment.amount THEN used.allocated
        ELSE COALESCE(used.applied, 0) + payment.amount_unused END
FROM billing_customers_transaction payment
JOIN billing_customers_customer customer ON customer.id = payment.customer_id
LEFT JOIN (
    SELECT transaction_id, SUM(amount) AS allocated,
        SUM(CASE WHEN applied_at IS NULL THEN 0 ELSE amount END) AS applied
    FROM billing_customers_allocation WHERE site_id = %(site)s AND transaction_id IS NOT NULL GROUP BY transaction_id
) used ON used.transaction_id = payment.id
WHERE payment.site_id = %(site)s AND (COALESCE(used.allocated, 0) > payment.amount
    OR (payment.type = 'payment' AND payment.status = 'success'
        AND COALESCE(used.applied, 0) + payment.amount_unused <> payment.amount))
{_END}
"""  # noqa: S608 - names of ours

CREDIT_NOTES = f"""
SELECT 'credit_note', customer.public_id, note.currency, note.public_id, COALESCE(used.applied, 0),
    note.amount_allocated
FROM billing_customers_creditnote note
JOIN billing_customers_customer customer ON customer.id = note.customer_id
LEFT JOIN (
    SELECT credit_note_id, SUM(amount) AS applied FROM billing_customers_allocation
    WHERE site_id = %(site)s AND credit_note_id IS NOT NULL AND applied_at IS NOT NULL GROUP BY credit_note_id
) used ON used.credit_note_id = note.id
WHERE note.site_id = %(site)s AND COALESCE(used.applied, 0) <> note.amount_allocated
{_END}
"""  # noqa: S608 - names of ours

INVOICES = f"""
SELECT CASE WHEN COALESCE(used.paid, 0) <> invoice.amount_paid THEN 'invoice_paid' ELSE 'invoice_credited' END,
    customer.public_id, invoice.currency, invoice.public_id,
    CASE WHEN COALESCE(used.paid, 0) <> invoice.amount_paid THEN COALESCE(used.paid, 0) ELSE used.credited END,
    CASE WHEN COALESCE(used.paid, 0) <> invoice.amount_paid THEN invoice.amount_paid ELSE invoice.credits_applied END
FROM billing_customers_invoice invoice
JOIN billing_customers_customer customer ON customer.id = invoice.customer_id
LEFT JOIN (
    SELECT invoice_id, SUM(CASE WHEN transaction_id IS NULL THEN 0 ELSE amount END) AS paid,
        SUM(CASE WHEN credit_note_id IS NULL THEN 0 ELSE amount END) AS credited
    FROM billing_customers_allocation WHERE site_id = %(site)s AND applied_at IS NOT NULL GROUP BY invoice_id
) used ON used.invoice_id = invoice.id
WHERE invoice.site_id = %(site)s
    AND (COALESCE(used.paid, 0) <> invoice.amount_paid OR COALESCE(used.credited, 0) > invoice.credits_applied)
{_END}
"""  # noqa: S608 - names of ours

OPEN_PAYMENTS = f"""
SELECT 'one_open_payment', customer.public_id, invoice.currency, invoice.public_id, 1, COUNT(*)
FROM billing_customers_allocation part
JOIN billing_customers_transaction payment ON payment.id = part.transaction_id
JOIN billing_customers_invoice invoice ON invoice.id = part.invoice_id
JOIN billing_customers_customer customer ON customer.id = invoice.customer_id
WHERE part.site_id = %(site)s AND payment.status IN ('in_progress', 'timeout')
GROUP BY invoice.id, invoice.public_id, invoice.currency, customer.public_id HAVING COUNT(*) > 1
UNION ALL
SELECT 'payment_holds', customer.public_id, payment.currency, payment.public_id,
    CASE WHEN payment.status IN ('in_progress', 'timeout') THEN 1 ELSE 0 END, CASE WHEN part.is_open THEN 1 ELSE 0 END
FROM billing_customers_allocation part
JOIN billing_customers_transaction payment ON payment.id = part.transaction_id
JOIN billing_customers_customer customer ON customer.id = payment.customer_id
WHERE part.site_id = %(site)s AND CASE WHEN payment.status IN ('in_progress', 'timeout') THEN 1 ELSE 0 END
    <> CASE WHEN part.is_open THEN 1 ELSE 0 END
{_END}
"""  # noqa: S608 - names of ours

_ROLE = """
SELECT 'role', customer.public_id, '', customer.{column}, 1, 0
FROM billing_customers_customer customer LEFT JOIN billing_customers_paymentsource source
    ON source.site_id = customer.site_id AND source.public_id = customer.{column}
    AND source.customer_id = customer.id AND source.deleted_at IS NULL
WHERE customer.site_id = %(site)s AND customer.{column} IS NOT NULL AND source.id IS NULL
UNION ALL
"""
ROLES = f"""
{_ROLE.format(column="primary_payment_source_id")}
{_ROLE.format(column="backup_payment_source_id")}
SELECT 'role', public_id, '', primary_payment_source_id, 1, 2 FROM billing_customers_customer
WHERE site_id = %(site)s AND primary_payment_source_id = backup_payment_source_id
{_END}
"""  # noqa: S608 - names of ours

_FOREIGN = """
SELECT 'site', customer.public_id, '', owned.{name}, owned.site_id, customer.site_id
FROM billing_customers_{table} owned JOIN billing_customers_customer customer ON customer.id = owned.customer_id
WHERE owned.site_id = %(site)s AND customer.site_id <> %(site)s
UNION ALL
"""
_OWNED = ("ledgerentry", "transaction", "invoice", "creditnote", "unbilledcharge", "subscription", "paymentsource")
SITES = f"""
{_FOREIGN.format(table="balance", name="currency")}
{"".join(_FOREIGN.format(table=table, name="public_id") for table in _OWNED)}
SELECT 'allocation', customer.public_id, invoice.currency, invoice.public_id, 1, 0
FROM billing_customers_allocation part JOIN billing_customers_invoice invoice ON invoice.id = part.invoice_id
JOIN billing_customers_customer customer ON customer.id = invoice.customer_id
LEFT JOIN billing_customers_transaction payment ON payment.id = part.transaction_id
LEFT JOIN billing_customers_creditnote note ON note.id = part.credit_note_id
WHERE part.site_id = %(site)s AND (invoice.site_id <> %(site)s OR COALESCE(payment.site_id, note.site_id) <> %(site)s
    OR COALESCE(payment.currency, note.currency) <> invoice.currency)
{_END}
"""  # noqa: S608 - names of ours

STATEMENTS = (SUMS, CHAIN, ENTRIES, BALANCES, PAYMENTS, CREDIT_NOTES, INVOICES, OPEN_PAYMENTS, ROLES, SITES)
