from __future__ import annotations

from typing import Any

from django.core.management.base import BaseCommand, CommandError

from billing_customers.conf import billing_settings
from billing_customers.work import engines, stints


class Command(BaseCommand):
    help = (
        "Tells the engine (Celery or django.tasks) of all that is due. Run it every minute where nothing else sweeps, "
        "and once after a deployment where the backend of django.tasks can put tasks off: it then goes on by itself."
    )

    def handle(self, *args: Any, **options: Any) -> None:
        if billing_settings.work_engine == engines.WORKER:
            raise CommandError("WORK_ENGINE is 'worker': run billing_worker, which looks for itself.")
        try:
            found = self._sweep()
        except Exception as error:
            raise CommandError(f"The engine cannot be reached: {type(error).__name__}") from error
        self.stdout.write(found)

    def _sweep(self) -> str:
        if billing_settings.work_engine == "tasks":
            from billing_customers.work import tasks  # noqa: PLC0415 - the package may be missing

            tasks.sweep.enqueue()
            return "Queued a sweep."
        return f"Found {stints.sweep()} endpoints with something due."
