from __future__ import annotations

from typing import Any

from django.core.management.base import BaseCommand
from django.utils import timezone

from billing_customers.operations.idempotency import purge


class Command(BaseCommand):
    help = "Removes stored responses whose idempotency window is over. Run it daily, as you run clearsessions."

    def handle(self, *args: Any, **options: Any) -> None:
        at, total = timezone.now(), 0
        while removed := purge(at=at):
            total += removed
        self.stdout.write(f"Removed {total} stored responses.")
