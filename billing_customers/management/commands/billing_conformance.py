from __future__ import annotations

import json
import os
from collections.abc import Iterator
from contextlib import closing, contextmanager
from typing import Any

import requests
from django.core.management.base import BaseCommand, CommandError, CommandParser
from django.utils import timezone

from billing_customers.conformance import report
from billing_customers.conformance.calls import Installation, Transport
from billing_customers.conformance.cases import Dialect, all_cases
from billing_customers.conformance.judging import Verdict
from billing_customers.conformance.run import Run
from billing_customers.conformance.transports import HttpTransport, InProcessTransport, temporary_key

KEY_VARIABLE = "BILLING_CONFORMANCE_KEY"


class Command(BaseCommand):
    help = (
        "Sends the requests that the pages of both contracts show and compares the answers with theirs. Without --url "
        "it runs in this process, in a temporary site that is rolled back. Exits 1 if a difference is unexplained."
    )

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument(
            "--url", help="An installation, such as http://127.0.0.1:8000. Its customers are removed again."
        )
        parser.add_argument(
            "--key",
            default=os.environ.get(KEY_VARIABLE),
            help=f"A test key with the scopes write and pii:clear. Default: {KEY_VARIABLE}.",
        )
        parser.add_argument(
            "--allow-live", action="store_true", help="Accept a live key: it makes and deletes customers."
        )
        parser.add_argument("--dialect", choices=[dialect.value for dialect in Dialect], help="Only this contract.")
        parser.add_argument("--ching-prefix", default="/ching/v1", help="Where CHING is mounted. Default: /ching/v1.")
        parser.add_argument(
            "--chargebee-prefix", default="/api/v2", help="Where Chargebee is mounted. Default: /api/v2."
        )
        formats = parser.add_mutually_exclusive_group()
        formats.add_argument("--json", action="store_true", help="Print JSON.")
        formats.add_argument("--markdown", action="store_true", help="Print tables for a page of documentation.")

    def handle(self, *args: Any, **options: Any) -> None:
        cases = [case for case in all_cases() if options["dialect"] in {None, case.dialect}]
        try:
            with _installation(options) as installation:
                run = Run(installation)
                results = list(run.results(cases))
        except requests.RequestException as error:
            raise CommandError(f"{options['url']} cannot be reached: {error}") from error
        if options["json"]:
            self.stdout.write(json.dumps(report.as_data(results, run.left_behind), indent=2, ensure_ascii=False))
        elif options["markdown"]:
            self.stdout.write(report.as_markdown(results))
        else:
            self.stdout.write(report.as_text(results, run.left_behind))
        if any(result.verdict is Verdict.UNEXPLAINED for result in results):
            raise SystemExit(1)


@contextmanager
def _installation(options: dict[str, Any]) -> Iterator[Installation]:
    if options["url"] is None:
        with temporary_key(timezone.now()) as key:
            yield _mounted(InProcessTransport(), key, options)
        return
    key = _checked_key(options)
    with closing(HttpTransport(options["url"])) as transport:
        yield _mounted(transport, key, options)


def _mounted(transport: Transport, key: str, options: dict[str, Any]) -> Installation:
    prefixes = {dialect: options[f"{dialect}_prefix"].strip("/") for dialect in Dialect}
    return Installation(transport, key, {dialect: prefix and f"/{prefix}" for dialect, prefix in prefixes.items()})


def _checked_key(options: dict[str, Any]) -> str:
    key: str | None = options["key"]
    if not key:
        raise CommandError(f"Give a key of a test site, with --key or in {KEY_VARIABLE}.")
    if "_live_" in key and not options["allow_live"]:
        raise CommandError(
            "This is a live key. The run makes and deletes customers; --allow-live says that you mean it."
        )
    return key
