"""Empty what is personal in all rows of a customer, as ``personal.py`` says, inside the transaction of erasure."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from django.db.models import QuerySet

from billing_customers.choices import DialectName, JobStatus
from billing_customers.models import BillingSite, Customer, IdempotencyRecord, Job, LedgerEntry
from billing_customers.models.job import ALIVE
from billing_customers.models.ledger import LedgerEntryQuerySet
from billing_customers.neighbors.builtin import BUILT_IN
from billing_customers.neighbors.registry import neighbors
from billing_customers.operations import locks
from billing_customers.operations.erasure_scan import Said, ids_of, texts_in
from billing_customers.operations.owned_rows import OWNERS, chunks, rows_of, text_columns
from billing_customers.personal import Treated, blanks, treated
from billing_customers.redaction import ACTORS, personal_values, redact

# Its own functions, or those of its caller, empty these.
_OTHERWISE = {"Customer", "Job", "LedgerEntry"}
# Sentences of ours, of a gateway or of a receiver: emptied like the rest, but nothing that the customer has said.
_NOT_SAID = {
    "CustomerMerge": {"manifest", "error", "done_by"},
    "DeliveryAttempt": {"detail", "response_text"},
    "IdempotencyRecord": {"key"},
    "Job": {"error"},
    "Transaction": {"error_text"},
}


@dataclass
class Gathered:
    """What there was before: the texts, and how many values each column had, by table."""

    said: Said
    counts: dict[str, dict[str, int]] = field(default_factory=dict)


def gather(site: BillingSite, customer: Customer) -> Gathered:
    """Read everything personal that the customer has. It is written nowhere."""
    texts: set[str] = set()
    counts: dict[str, dict[str, int]] = {}
    for name in OWNERS:
        emptied = blanks(name)
        shown, gone = set(treated(name, Treated.REDACTED)), treated(name, Treated.ROW_REMOVED)
        if name == "IdempotencyRecord":
            shown.add("response_body")
        gone = tuple(column for column in gone if column in text_columns(name))
        columns = tuple({*emptied, *shown, *gone})
        if not columns:
            continue
        counted: Counter[str] = Counter()
        for row in chunks(rows_of(name, site, customer), *columns):
            for column in columns:
                if row[column] in (None, "", emptied.get(column)):
                    continue
                found = list(personal_values(row[column]) if column in shown else texts_in(row[column]))
                if column not in _NOT_SAID.get(name, ()):
                    texts.update(found)
                counted[column] += bool(found) if column in shown else 1
        counts[name] = {column: count for column, count in counted.items() if count}
    return Gathered(Said(texts, ids_of(site, customer)), counts)


def blank_rows(site: BillingSite, customer: Customer, said: Said, *, own_job: int, at: datetime) -> dict[str, int]:
    """Empty all but the customer's own row, whose personal data must be scheduled for clearing.

    Returns how many rows each neighbour of the host's had, by its label.
    """
    counts = {}
    for neighbor in neighbors():
        count = neighbor.erase(site, customer, at=at)
        if neighbor not in BUILT_IN:
            counts[neighbor.label] = count
    for name in OWNERS:
        if treated(name, Treated.ROW_REMOVED):
            rows_of(name, site, customer).delete()
        elif name not in _OTHERWISE and blanks(name):
            rows_of(name, site, customer).update(**blanks(name))
    _blank_entries(site, customer, said)
    redact_events(rows_of("Event", site, customer), said)
    _remove_answers(site, customer, said)
    _empty_jobs(site, customer, said, own_job)
    return counts


def detaching(site: BillingSite, said: Said) -> Iterator[tuple[int, dict[str, str]]]:
    """The jobs that have gateways forget a source of the customer's: their primary keys and arguments."""
    for row in chunks(_detaching_jobs(site), "arguments"):
        if said.is_in(row["arguments"].get("reference")):
            yield row["pk"], row["arguments"]


def empty_detaching(site: BillingSite, said: Said) -> None:
    """These jobs are over, since the gateways have forgotten, and now they forget too."""
    over = {"status": JobStatus.SUCCEEDED, "result": "detached", "run_at": None, "lease_until": None}
    for pk, _ in list(detaching(site, said)):
        _detaching_jobs(site).filter(pk=pk).update(arguments={}, error="", token="", key=None, **over)


def _detaching_jobs(site: BillingSite) -> QuerySet[Job]:
    return Job.objects.using(locks.database()).for_site(site).filter(kind="payment_sources.detach")


def _blank_entries(site: BillingSite, customer: Customer, said: Said) -> None:
    entries: LedgerEntryQuerySet = LedgerEntry.objects.using(locks.database()).for_site(site).filter(customer=customer)
    entries.blank_texts(*blanks("LedgerEntry"))
    matching = [row["pk"] for row in chunks(entries, "done_by") if said.is_in(row["done_by"])]
    entries.filter(pk__in=matching).blank_texts("done_by")


def redact_events(events: Any, said: Said) -> None:
    """Take what is personal from a queryset of events; their ids, amounts, times and codes stay."""
    shown = treated("Event", Treated.REDACTED)
    for row in chunks(events, "user", "ching_payload", "chargebee_payload"):
        besides = ACTORS if said.is_in(row["user"]) else ()
        written: dict[str, Any] = {"user": ""} if besides else {}
        for dialect in DialectName:
            payload = row[f"{dialect}_payload"]
            if payload is None or f"{dialect}_payload" not in shown:
                continue
            redacted = redact(payload, keeps_keys=dialect == DialectName.CHING, besides=besides)
            if said.is_in(redacted):
                # An entry's text of who did it, most likely.
                redacted = redact(payload, keeps_keys=dialect == DialectName.CHING, besides=ACTORS)
            written[f"{dialect}_payload"] = redacted
        events.filter(pk=row["pk"]).update(**written)


def _remove_answers(site: BillingSite, customer: Customer, said: Said) -> None:
    """Stored answers without a customer's key that name the customer or its data, such as refusals, go too."""
    if not treated("IdempotencyRecord", Treated.ROW_REMOVED):
        return
    records = IdempotencyRecord.objects.using(locks.database()).for_site(site)
    strangers = records.filter(customer=None, response_status__isnull=False)
    for row in chunks(strangers, "key", "response_body"):
        if said.tells_in(row["key"], row["response_body"]) or customer.public_id in texts_in(row["response_body"]):
            records.filter(pk=row["pk"]).delete()


def _empty_jobs(site: BillingSite, customer: Customer, said: Said, own_job: int) -> None:
    jobs = Job.objects.using(locks.database()).for_site(site)
    mine = jobs.filter(customer=customer)
    mine.update(error="")
    mine.exclude(pk=own_job).exclude(status__in=ALIVE).update(arguments={}, result=None)
    for row in chunks(jobs.filter(customer=None), "arguments", "result", "error", "status"):
        if said.tells_in(row["arguments"], row["result"], row["error"]):
            is_alive = row["status"] in ALIVE
            emptied: dict[str, Any] = {"error": ""} if is_alive else {"arguments": {}, "result": None, "error": ""}
            jobs.filter(pk=row["pk"]).update(**emptied)
