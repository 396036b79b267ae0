"""``python -m tests.faults.hoarder``: the worker, except that it reads all that waits in order to send some of it."""

from __future__ import annotations

from typing import Any

import django
from django.core.management import call_command


def main() -> None:
    django.setup()
    from billing_customers.events import lanes  # noqa: PLC0415 - models need settings

    lanes.heads = all_heads
    call_command("billing_worker", "--deliveries-only", threads=1)


def all_heads(held: Any, *, most: int) -> list[Any]:
    from billing_customers.events.lanes import Head  # noqa: PLC0415
    from billing_customers.models import Delivery  # noqa: PLC0415

    of_event = ("event__public_id", "event__sequence", "event__ching_payload")
    waiting = Delivery.objects.filter(endpoint=held.endpoint, status="pending").order_by("lane", "pk")
    rows = waiting.values_list("pk", "lane", "event", *of_event, "is_manual", "attempts")
    return [head for head in [Head(*row) for row in rows] if head.lane in held.lanes]


if __name__ == "__main__":
    main()
