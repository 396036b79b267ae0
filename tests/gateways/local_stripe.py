"""Localstripe in a process of its own, on loopback, with what Stripe documents and localstripe leaves out.

``python -m tests.gateways.local_stripe`` prints its port. What is added here: idempotency keys, lists by customer, a
customer's payment methods, tokens, cancelling with a reason, errors that carry their PaymentIntent, the refusal of
methods that lead away, and faults of the network that a test orders.
"""

from __future__ import annotations

import asyncio
import json
from typing import Any

from aiohttp import web
from localstripe import resources
from localstripe.errors import UserError
from localstripe.resources import Customer, List, PaymentIntent, PaymentMethod, Token

# Stripe declines it off session, where localstripe waits for the card holder as it does for the other cards with 3DS.
DECLINED_OFF_SESSION = "4000002500003155"

_BRANDS = {"5": "mastercard", "3": "amex", "6": "discover"}
_create_method = PaymentMethod._api_create
_last_error = PaymentIntent.last_payment_error


def _create_payment_method(card: Any = None, **data: Any) -> PaymentMethod:
    if isinstance(card, dict) and "token" in card:
        source = Token._api_retrieve(card["token"]).card
        card = {"number": source._card_number, "exp_month": source.exp_month, "exp_year": source.exp_year}
    if isinstance(card, dict):
        card = {"cvc": "000", **card}
    method: Any = _create_method(card=card, **data) if card else _create_method(**data)
    if method.type == "card":
        method.card["brand"] = _BRANDS.get(method._card_number[0], "visa")
    return method


def _create_intent(
    confirm: Any = None,
    off_session: Any = None,
    automatic_payment_methods: Any = None,
    return_url: Any = None,
    description: Any = None,
    **data: Any,
) -> PaymentIntent:
    if (automatic_payment_methods or {}).get("allow_redirects") != "never" and return_url is None:
        raise UserError(400, "A `return_url` must be specified because this Payment Intent may lead away.")
    intent: Any = PaymentIntent(**data)
    intent.description, intent.cancellation_reason = description, None
    if confirm == "true":
        try:
            _confirm(intent, is_off_session=off_session == "true")
        except UserError as error:
            error.body["error"] |= {"type": "card_error", "payment_intent": intent._export()}
            raise
    return intent


def _confirm(intent: Any, *, is_off_session: bool) -> None:
    method: Any = PaymentMethod._api_retrieve(intent.payment_method)
    if method.customer != intent.customer:
        raise UserError(400, "The PaymentMethod does not belong to the Customer.")
    if is_off_session and getattr(method, "_card_number", "") == DECLINED_OFF_SESSION:
        intent._off_session_refused, intent.payment_method = True, None
        raise UserError(402, "Your card was declined.", {"code": "authentication_required"})
    intent._confirm(on_failure_now=intent._report_failure)


def _error_of(intent: Any) -> Any:
    refused = getattr(intent, "_off_session_refused", False)
    return {"code": "authentication_required"} if refused else _last_error.fget(intent)


def _intents(url: str, customer: str | None = None, limit: Any = None, starting_after: Any = None) -> List:
    found: Any = List(url, limit=limit, starting_after=starting_after)
    intents = [each for each in resources.store.values() if isinstance(each, PaymentIntent)]
    # The newest first.
    found._list = [each for each in reversed(intents) if customer in {None, each.customer}]
    return found


def _cancel(id: str, cancellation_reason: Any = None) -> PaymentIntent:  # noqa: A002
    intent: Any = PaymentIntent._api_cancel.__func__(PaymentIntent, id)
    intent.cancellation_reason = cancellation_reason
    return intent


def _methods_of_customer(id: str, limit: Any = None, starting_after: Any = None) -> List:  # noqa: A002
    Customer._api_retrieve(id)
    found: Any = List(f"/v1/customers/{id}/payment_methods", limit=limit, starting_after=starting_after)
    found._list = [each for each in resources.store.values() if isinstance(each, PaymentMethod) and each.customer == id]
    return found


def _complete() -> None:
    # It would keep its data in one file for the whole machine.
    resources.Store.dump_to_disk = lambda store: None
    PaymentMethod._api_create = staticmethod(_create_payment_method)
    PaymentIntent._api_create = staticmethod(_create_intent)
    PaymentIntent._api_list_all = staticmethod(_intents)
    PaymentIntent.last_payment_error = property(_error_of)
    cancel = "/v1/payment_intents/{id}/cancel"
    kept = [each for each in resources.extra_apis if each[1] != cancel]
    resources.extra_apis[:] = [
        *kept,
        ("POST", cancel, _cancel),
        ("GET", "/v1/customers/{id}/payment_methods", _methods_of_customer),
    ]


class Faults:
    """What happens to the next requests that a test has named: one fault for one request."""

    def __init__(self) -> None:
        self.waiting: list[dict[str, Any]] = []
        # A client repeats a request on its own when the connection had been used before.
        self.keeps_alive = False
        self.seen: list[dict[str, Any]] = []

    def take(self, request: web.Request) -> dict[str, Any]:
        for fault in self.waiting:
            if fault["method"] == request.method and request.path.startswith(fault["path"]):
                self.waiting.remove(fault)
                return fault
        return {"what": "none"}

    @web.middleware
    async def middleware(self, request: web.Request, handler: Any) -> web.StreamResponse:
        if request.path.startswith("/_config/"):
            return await handler(request)
        self.seen.append({"method": request.method, "path": request.path_qs, "headers": dict(request.headers)})
        response = await self._answer(request, handler, self.take(request))
        if not self.keeps_alive:
            response.force_close()
        return response

    async def _answer(self, request: web.Request, handler: Any, fault: dict[str, Any]) -> web.StreamResponse:
        match fault["what"]:
            case "unreached":
                return _hung_up(request)
            case "lost":
                await handler(request)
                return _hung_up(request)
            case "slow":
                response = await handler(request)
                await asyncio.sleep(fault["seconds"])
                return response
            case "answer":
                return web.Response(status=fault["status"], text=fault["body"], content_type="application/json")
        answer: web.StreamResponse = await handler(request)
        return answer


def _hung_up(request: web.Request) -> web.Response:
    assert request.transport is not None
    request.transport.abort()
    return web.Response()


class Idempotency:
    """https://docs.stripe.com/api/idempotent_requests: the first answer is the answer, if the request was begun."""

    def __init__(self) -> None:
        self.answers: dict[str, tuple[bytes, web.Response | None]] = {}

    @web.middleware
    async def middleware(self, request: web.Request, handler: Any) -> web.StreamResponse:
        key = request.headers.get("Idempotency-Key")
        if request.method != "POST" or key is None:
            return await handler(request)
        asked = request.path.encode() + b"?" + await request.read()
        known, answer = self.answers.get(key, (asked, None))
        if known != asked:
            return _error(400, "idempotency_error", "Keys can only be used with the same parameters.")
        if answer is not None:
            return web.Response(status=answer.status, body=answer.body, content_type="application/json")
        if key in self.answers:
            return _error(409, "invalid_request_error", "The key is being used.", code="idempotency_key_in_use")
        self.answers[key] = (asked, None)
        # Long enough for a second request to come meanwhile.
        await asyncio.sleep(0.02)
        answer = await handler(request)
        if answer.status in {200, 402}:
            self.answers[key] = (asked, answer)
        else:
            del self.answers[key]
        return answer


def _error(status: int, kind: str, message: str, **more: str) -> web.Response:
    return web.json_response({"error": {"type": kind, "message": message, **more}}, status=status)


def _taken(request: web.Request) -> web.Response:
    """How often money was taken for a key of ours, as the store has it."""
    key = request.query["key"]
    intents = [each for each in resources.store.values() if isinstance(each, PaymentIntent)]
    return web.json_response(
        sum(each.metadata.get("billing_customers_key") == key and each.status == "succeeded" for each in intents)
    )


async def _serve() -> None:
    _complete()
    from localstripe.server import app  # noqa: PLC0415 - it reads the list of routes once

    faults, idempotency = Faults(), Idempotency()

    async def order(request: web.Request) -> web.Response:
        fault = await request.json()
        if fault["what"] == "keep_alive":
            faults.keeps_alive = True
        else:
            faults.waiting.append(fault)
        return web.Response()

    async def forget(request: web.Request) -> web.Response:
        resources.store.clear()
        idempotency.answers.clear()
        faults.waiting.clear()
        faults.keeps_alive = False
        faults.seen.clear()
        return web.Response()

    app.middlewares[:0] = [faults.middleware, idempotency.middleware]
    app.router.add_post("/_config/faults", order)
    app.router.add_post("/_config/forget", forget)
    app.router.add_get("/_config/taken", _taken)
    app.router.add_get("/_config/seen", lambda _: web.json_response(faults.seen))
    runner = web.AppRunner(app)
    await runner.setup()
    site = web.TCPSite(runner, "127.0.0.1", 0)
    await site.start()
    print(json.dumps(runner.addresses[0][1]), flush=True)  # noqa: T201
    await asyncio.Event().wait()


if __name__ == "__main__":
    asyncio.run(_serve())
