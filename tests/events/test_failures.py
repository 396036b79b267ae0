"""What a receiver that fails costs: retries, the breaker, and the end of it."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest

from billing_customers.choices import DeliveryStatus, DisabledReason
from billing_customers.events.delivery import Courier
from billing_customers.events.transport import Reply
from billing_customers.models import BillingSite, Delivery, DeliveryAttempt, Lane, WebhookEndpoint
from billing_customers.operations.webhooks import enable_endpoint
from billing_customers.signals import webhook_endpoint_disabled, webhook_exhausted
from tests.events.sending import Clock, Receiver, customer_named, drain, rename
from tests.fixtures import NOW

pytestmark = pytest.mark.django_db


def failing(*names: str, status: int = 500) -> Any:
    """An answer that refuses the events of the customers with these ids."""
    return lambda body: status if body["data"].get("id") in names else 200


def test_a_failed_head_is_tried_again_after_five_seconds_and_not_before(
    site: BillingSite, endpoint: WebhookEndpoint, courier: Courier, receiver: Receiver, clock: Clock
) -> None:
    customer_named(site, "ana")
    receiver.answer = failing("ana")
    drain(courier)
    clock.pass_(seconds=4.9)

    assert drain(courier) == 0
    assert receiver.calls == 1

    receiver.answer = failing()
    clock.pass_(seconds=0.2)
    assert drain(courier) == 1


def test_a_new_event_does_not_hasten_the_head_it_waits_behind(
    site: BillingSite, endpoint: WebhookEndpoint, courier: Courier, receiver: Receiver
) -> None:
    customer_named(site, "ana")
    receiver.answer = failing("ana")
    drain(courier)

    rename(site, "ana", "Ana")
    drain(courier)

    assert receiver.calls == 1


def test_a_poison_event_holds_back_its_customer_alone(
    site: BillingSite, endpoint: WebhookEndpoint, courier: Courier, receiver: Receiver, clock: Clock
) -> None:
    receiver.answer = failing("ana")
    customer_named(site, "ana")
    for number in range(60):
        customer_named(site, f"other-{number}")
        drain(courier)
        clock.pass_(minutes=10)

    assert receiver.names() == [f"other-{number}" for number in range(60)]
    assert WebhookEndpoint.objects.get().opened_at is None


def test_a_poison_event_of_an_idle_endpoint_does_not_open_the_breaker(
    site: BillingSite, endpoint: WebhookEndpoint, courier: Courier, receiver: Receiver, clock: Clock
) -> None:
    receiver.answer = failing("ana")
    customer_named(site, "ana")
    for _ in range(24 * 6):
        drain(courier)
        clock.pass_(minutes=10)

    customer_named(site, "bob", at=clock())
    drain(courier)

    assert receiver.names() == ["bob"]
    assert WebhookEndpoint.objects.get().opened_at is None


def test_a_poison_event_is_given_up_after_ten_attempts_and_the_next_one_follows(
    site: BillingSite, endpoint: WebhookEndpoint, courier: Courier, receiver: Receiver, clock: Clock
) -> None:
    heard: list[dict[str, Any]] = []
    webhook_exhausted.connect(lambda **said: heard.append(said), weak=False, dispatch_uid="test")
    receiver.answer = lambda body: 500 if body["data"]["name"] == "ana" else 200
    customer_named(site, "ana")
    rename(site, "ana", "Ana")
    for hour in range(80):
        customer_named(site, f"other-{hour}", at=clock())
        drain(courier)
        clock.pass_(hours=1)
    webhook_exhausted.disconnect(dispatch_uid="test")

    poison = Delivery.objects.get(event__customer__public_id="ana", event__sequence=1)
    assert (poison.status, poison.attempts) == (DeliveryStatus.EXHAUSTED, 10)
    assert "Ana" in receiver.names()


def test_nothing_is_given_up_while_the_endpoint_takes_nothing(
    site: BillingSite, endpoint: WebhookEndpoint, courier: Courier, receiver: Receiver, clock: Clock
) -> None:
    receiver.answer = lambda body: 500
    customer_named(site, "ana")
    for _ in range(100):
        drain(courier)
        clock.pass_(hours=1)

    delivery = Delivery.objects.get()
    assert delivery.status == DeliveryStatus.PENDING
    assert delivery.attempts > 10


def test_five_failures_over_two_customers_open_the_breaker(
    site: BillingSite, endpoint: WebhookEndpoint, courier: Courier, receiver: Receiver
) -> None:
    receiver.answer = lambda body: 503
    for number in range(20):
        customer_named(site, f"cus-{number}")

    drain(courier)

    assert receiver.calls == 5
    row = WebhookEndpoint.objects.get()
    assert (row.failures, row.opened_at, row.probe_at) == (5, NOW, NOW + timedelta(seconds=5))


def test_an_open_breaker_lets_one_probe_through_at_a_time(
    site: BillingSite, endpoint: WebhookEndpoint, courier: Courier, receiver: Receiver, clock: Clock
) -> None:
    receiver.answer = lambda body: 503
    for number in range(20):
        customer_named(site, f"cus-{number}")
    drain(courier)
    clock.pass_(seconds=5)

    drain(courier)

    assert receiver.calls == 6
    row = WebhookEndpoint.objects.get()
    assert (row.probes, row.probe_at) == (1, clock() + timedelta(seconds=10))
    assert DeliveryAttempt.objects.latest("id").trigger == "probe"


def test_the_first_probe_that_arrives_closes_the_breaker_and_all_follows_at_once(
    site: BillingSite, endpoint: WebhookEndpoint, courier: Courier, receiver: Receiver, clock: Clock
) -> None:
    receiver.answer = lambda body: 503
    for number in range(20):
        customer_named(site, f"cus-{number}")
    drain(courier)
    receiver.answer = lambda body: 200
    clock.pass_(seconds=5)

    drain(courier)

    assert sorted(receiver.names()) == sorted(f"cus-{number}" for number in range(20))
    row = WebhookEndpoint.objects.get()
    assert (row.opened_at, row.failures, row.probes, row.probe_at) == (None, 0, 0, None)


def test_410_disables_the_endpoint_and_events_go_on_gathering(
    site: BillingSite, endpoint: WebhookEndpoint, courier: Courier, receiver: Receiver
) -> None:
    receiver.answer = lambda body: 410
    customer_named(site, "ana")
    drain(courier)

    customer_named(site, "bob")
    drain(courier)

    row = WebhookEndpoint.objects.get()
    assert (row.disabled_reason, row.disabled_at) == (DisabledReason.GONE, NOW)
    assert receiver.calls == 1
    assert Delivery.objects.filter(status=DeliveryStatus.PENDING).count() == 2


@pytest.mark.django_db(transaction=True)
def test_five_days_of_nothing_but_failures_disable_the_endpoint_and_hosts_are_told(
    site: BillingSite, endpoint: WebhookEndpoint, courier: Courier, receiver: Receiver, clock: Clock
) -> None:
    heard: list[Any] = []
    webhook_endpoint_disabled.connect(
        lambda **said: heard.append((said["endpoint"].public_id, said["reason"])), weak=False, dispatch_uid="test"
    )
    receiver.answer = lambda body: 500
    for number in range(10):
        customer_named(site, f"cus-{number}")
    for _ in range(130 * 2):
        drain(courier)
        clock.pass_(minutes=30)
    webhook_endpoint_disabled.disconnect(dispatch_uid="test")

    row = WebhookEndpoint.objects.get()
    assert row.disabled_reason == DisabledReason.FAILING
    assert NOW + timedelta(hours=120) <= (row.disabled_at or NOW) <= NOW + timedelta(hours=122)
    assert heard == [("we_1", "failing")]
    assert Delivery.objects.filter(status=DeliveryStatus.PENDING).count() == 10


@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize(("hours", "alerts"), [(23, 1), (24, 2)])
def test_hosts_are_told_of_an_endpoint_once_a_day_at_most(
    site: BillingSite,
    endpoint: WebhookEndpoint,
    courier: Courier,
    receiver: Receiver,
    clock: Clock,
    hours: int,
    alerts: int,
) -> None:
    heard: list[Any] = []
    webhook_endpoint_disabled.connect(lambda **said: heard.append(said["reason"]), weak=False, dispatch_uid="test")
    receiver.answer = lambda body: 410
    customer_named(site, "ana")
    drain(courier)
    clock.pass_(hours=hours)
    enable_endpoint(site=site, public_id=endpoint.public_id, at=clock())
    drain(courier)
    webhook_endpoint_disabled.disconnect(dispatch_uid="test")

    assert heard == ["gone"] * alerts
    assert WebhookEndpoint.objects.get().disabled_reason == DisabledReason.GONE
    assert receiver.calls == 2


def test_a_probe_waits_as_long_as_the_receiver_asks_up_to_an_hour(
    site: BillingSite, endpoint: WebhookEndpoint, courier: Courier, receiver: Receiver, clock: Clock
) -> None:
    receiver.answer = lambda body: Reply(429, "", "", 1, "", "60")
    for number in range(8):
        customer_named(site, f"cus-{number}")
    drain(courier)
    row = WebhookEndpoint.objects.get()
    assert (row.opened_at, row.probe_at, receiver.calls) == (NOW, NOW + timedelta(seconds=60), 5)

    receiver.answer = lambda body: Reply(429, "", "", 1, "", "86400")
    clock.pass_(seconds=60)
    drain(courier)

    assert WebhookEndpoint.objects.get().probe_at == clock() + timedelta(hours=1)


@pytest.mark.parametrize("asked", ["600", "Thu, 01 Jan 2026 00:00:08 GMT"])
def test_retry_after_is_honoured_within_its_bounds(
    site: BillingSite, endpoint: WebhookEndpoint, courier: Courier, receiver: Receiver, asked: str
) -> None:
    receiver.answer = lambda body: Reply(429, "", "", 1, "", asked)
    customer_named(site, "ana")

    drain(courier)

    assert Lane.objects.get().ready_at == NOW + timedelta(seconds=10 if asked == "600" else 8)


@pytest.mark.parametrize(
    "asked",
    [
        "soon",
        "-5",
        "\u0665",
        "9" * 400,
        "Thu, 99 Jan 2026 00:00:08 GMT",
        "Mon, 1 Jan 99999999999999999999 00:00:00 GMT",
        f"Mon, {'9' * 30} Jan 2026 00:00:00 GMT",
        "",
    ],
)
def test_a_retry_after_that_cannot_be_read_changes_nothing(
    site: BillingSite, endpoint: WebhookEndpoint, courier: Courier, receiver: Receiver, asked: str
) -> None:
    receiver.answer = lambda body: Reply(503, "", "", 1, "", asked)
    customer_named(site, "ana")

    drain(courier)

    assert Lane.objects.get().ready_at in (NOW + timedelta(seconds=5), NOW + timedelta(seconds=10))


def test_a_redirect_is_a_failure(
    site: BillingSite, endpoint: WebhookEndpoint, courier: Courier, receiver: Receiver
) -> None:
    receiver.answer = lambda body: 302
    customer_named(site, "ana")

    assert drain(courier) == 0
    assert Delivery.objects.get().failures == 1


def test_an_unreadable_secret_holds_events_back_instead_of_sending_them_unsigned(
    site: BillingSite, endpoint: WebhookEndpoint, courier: Courier, receiver: Receiver, settings: Any
) -> None:
    settings.SECRET_KEY = "another"
    customer_named(site, "ana")

    drain(courier)

    assert receiver.calls == 0
    assert DeliveryAttempt.objects.get().error == "configuration"


def test_three_days_of_outage_cost_few_calls_and_no_event(
    site: BillingSite, endpoint: WebhookEndpoint, courier: Courier, receiver: Receiver, clock: Clock
) -> None:
    """Each hour of the outage 30 customers change; an hour after it all has arrived, in order."""
    receiver.answer = lambda body: 503
    for number in range(30):
        customer_named(site, f"cus-{number}", at=clock())
    for hour in range(72):
        for number in range(30):
            rename(site, f"cus-{number}", f"{number} at {hour}", at=clock())
        for _ in range(60):
            drain(courier)
            clock.pass_(minutes=1)
    wasted = receiver.calls
    receiver.answer = lambda body: 200
    for _ in range(60):
        drain(courier)
        clock.pass_(minutes=1)

    assert wasted < 200
    assert len(receiver.arrived) == 30 * 73
    for number in range(30):
        names = [name for name in receiver.names() if name.split(" at ")[0] == str(number)]
        assert names == [f"{number} at {hour}" for hour in range(72)]
