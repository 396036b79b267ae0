"""Cards come to their end: 30 days before it and after it, each told once."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from billing_customers import signals
from billing_customers.actors import Actor
from billing_customers.choices import PaymentRole, PaymentSourceStatus
from billing_customers.models import BillingSite, Customer, Event, Job, PaymentSource
from billing_customers.operations import expiries
from billing_customers.operations.expiries import due_sources, refresh_expiries, refresh_expiry
from billing_customers.work.handlers import handlers
from billing_customers.work.recurring import ensure_recurring
from tests.operations import acts, paying
from tests.operations.watching import nothing_changes

pytestmark = pytest.mark.usefixtures("acme")

# The cards of these tests are good to the end of October 2030.
END = datetime(2030, 11, 1, tzinfo=UTC)
NOTICE = END - timedelta(days=30)
INSTANT = timedelta(microseconds=1)


def status() -> str:
    return PaymentSource.objects.values_list("status", flat=True).get()


def run_job(at: datetime) -> Any:
    ensure_recurring(at=at)
    return paying.run(Job.objects.get(kind="payment_sources.expiries"), at=at)


@pytest.mark.parametrize(
    ("at", "expected"),
    [
        (NOTICE - INSTANT, "valid"),
        (NOTICE, "expiring"),
        (END - INSTANT, "expiring"),
        (END, "expired"),
        (END.replace(year=2040), "expired"),
    ],
)
def test_status_follows_the_time(site: BillingSite, at: datetime, expected: str) -> None:
    paying.attach(site)

    refresh_expiries(site=site, at=at)

    assert status() == expected


@pytest.mark.parametrize(("month", "expected"), [(5, "expired"), (6, "expiring"), (7, "valid")])
def test_status_of_a_card_that_is_sent_again_is_that_of_its_date(site: BillingSite, month: int, expected: str) -> None:
    at = datetime(2026, 6, 15, tzinfo=UTC)
    paying.attach(site, expiry_month=month, expiry_year=2026)

    paying.attach(site, expiry_month=month, expiry_year=2026, at=at)

    assert status() == expected


def test_card_that_has_ended_stays_so_when_it_is_sent_again(site: BillingSite) -> None:
    paying.attach(site)
    refresh_expiries(site=site, at=END)

    with paying.hearing() as heard:
        paying.attach(site, at=END)

    assert (status(), paying.names(heard)) == ("expired", [])
    assert refresh_expiries(site=site, at=END) == 0


def test_card_that_was_renewed_is_valid_again(site: BillingSite) -> None:
    paying.attach(site)
    refresh_expiries(site=site, at=END)

    paying.attach(site, at=END, expiry_year=2035)

    assert status() == "valid"


@pytest.mark.parametrize("kept", ["invalid", "pending_verification"])
def test_what_is_not_good_anyway_does_not_end(site: BillingSite, kept: str) -> None:
    paying.attach(site, status=kept, expiry_month=12, expiry_year=2025)

    assert (status(), refresh_expiries(site=site, at=END)) == (kept, 0)


@pytest.mark.parametrize(
    ("month", "year", "at", "expected"),
    [
        (2, 2028, datetime(2028, 1, 31, tzinfo=UTC), "expiring"),
        (2, 2028, datetime(2028, 1, 30, 23, 59, 59, tzinfo=UTC), "valid"),
        (12, 2029, datetime(2029, 12, 1, 23, 59, 59, tzinfo=UTC), "valid"),
        (12, 2029, datetime(2029, 12, 2, tzinfo=UTC), "expiring"),
        (12, 2029, datetime(2030, 1, 1, tzinfo=UTC), "expired"),
        (1, 2030, datetime(2030, 1, 1, tzinfo=UTC), "valid"),
        (1, 2030, datetime(2030, 1, 2, tzinfo=UTC), "expiring"),
    ],
)
def test_last_day_of_the_month_is_the_last_day_of_the_card(
    site: BillingSite, month: int, year: int, at: datetime, expected: str
) -> None:
    paying.attach(site, expiry_month=month, expiry_year=year)

    refresh_expiries(site=site, at=at)

    assert status() == expected


def test_each_change_is_told_once(site: BillingSite) -> None:
    paying.attach(site)

    with paying.hearing() as heard:
        changed = [refresh_expiries(site=site, at=at) for at in (NOTICE, NOTICE, END, END)]

    assert changed == [1, 0, 1, 0]
    assert paying.names(heard) == ["source expiring", "source expired"]


def test_card_that_is_long_past_its_end_is_told_as_expired_alone(site: BillingSite) -> None:
    paying.attach(site)

    with paying.hearing() as heard:
        refresh_expiries(site=site, at=END)

    assert paying.names(heard) == ["source expired"]


def test_signal_carries_the_rows_as_they_are_then(site: BillingSite, acme: Customer) -> None:
    source = paying.attach(site, role=PaymentRole.PRIMARY)

    with paying.hearing() as heard:
        refresh_expiries(site=site, at=NOTICE)

    said = heard[0][1]
    assert (said["customer"], said["site"], said["payment_source"], said["at"]) == (acme, site, source, NOTICE)
    assert said["actor"] == Actor("scheduled_job", "payment_sources.expiries")
    assert said["payment_source"].status == "expiring"
    assert said["customer"].resource_version == acts.stored(acme).resource_version


def test_version_of_the_source_rises_and_that_of_the_customer_who_shows_it(site: BillingSite, acme: Customer) -> None:
    paying.attach(site, role=PaymentRole.PRIMARY)

    refresh_expiries(site=site, at=NOTICE)

    version = int(NOTICE.timestamp() * 1000)
    assert PaymentSource.objects.values_list("resource_version", "updated_at").get() == (version, NOTICE)
    assert acts.stored(acme).resource_version == version


def test_source_that_is_not_the_primary_one_is_no_change_of_the_customer(site: BillingSite, acme: Customer) -> None:
    paying.attach(site, role=PaymentRole.BACKUP)
    before = acts.stored(acme).resource_version

    refresh_expiries(site=site, at=NOTICE)

    assert acts.stored(acme).resource_version == before


@pytest.mark.parametrize("kept", [PaymentSourceStatus.INVALID, PaymentSourceStatus.PENDING_VERIFICATION])
def test_other_statuses_stay(site: BillingSite, kept: PaymentSourceStatus) -> None:
    paying.attach(site, status=kept)

    with nothing_changes():
        assert refresh_expiries(site=site, at=END) == 0


def test_source_without_an_expiry_stays_valid(site: BillingSite) -> None:
    paying.attach(site, expiry_month=None, expiry_year=None)

    with nothing_changes():
        assert refresh_expiries(site=site, at=END) == 0


def test_source_that_was_detached_is_left_alone(site: BillingSite) -> None:
    source = paying.attach(site)
    PaymentSource.objects.update(deleted_at=acts.LATER)

    with nothing_changes():
        assert (refresh_expiries(site=site, at=END), refresh_expiry(source.pk, at=END)) == (0, False)


def test_one_site_is_looked_at_alone(site: BillingSite, other_site: BillingSite) -> None:
    acts.create(other_site, "acme")
    paying.attach(other_site)

    assert [refresh_expiries(site=each, at=END) for each in (site, other_site)] == [0, 1]


def test_batches_leave_none_out(site: BillingSite, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(expiries, "BATCH", 2)
    sources = [paying.attach(site, reference=f"tok_{number}") for number in range(5)]

    assert due_sources(site=site, at=END) == [source.pk for source in sources[:2]]
    assert refresh_expiries(site=site, at=END) == 5


def test_job_runs_daily_over_all_sites(site: BillingSite, other_site: BillingSite) -> None:
    acts.create(other_site, "acme")
    paying.attach(site)
    paying.attach(other_site)

    assert run_job(END) == {"changed": 2, "failed": 0}
    assert run_job(END) == {"changed": 0, "failed": 0}
    assert handlers()["payment_sources.expiries"].every == timedelta(days=1)
    assert (
        list(Event.objects.filter(type="payment_source_expired").values_list("source", "user"))
        == [("scheduled_job", "payment_sources.expiries")] * 2
    )


def test_receiver_that_raises_keeps_no_other_source_from_its_turn(
    site: BillingSite, caplog: pytest.LogCaptureFixture
) -> None:
    stubborn = paying.attach(site, reference="a")
    paying.attach(site, reference="b")

    def refuse(sender: type[PaymentSource], payment_source: PaymentSource, **said: Any) -> None:
        if payment_source == stubborn:
            raise ValueError

    signals.payment_source_expired.connect(refuse)
    try:
        result = run_job(END)
    finally:
        signals.payment_source_expired.disconnect(refuse)

    assert result == {"changed": 1, "failed": 1}
    assert list(PaymentSource.objects.order_by("pk").values_list("status", flat=True)) == ["valid", "expired"]
    assert f"the expiry of payment source {stubborn.pk} could not be noted" in caplog.messages
