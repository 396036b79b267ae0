"""CHING's endpoints."""

from __future__ import annotations

from billing_customers.dialects.ching.viewsets import (
    LIST_LIMIT,
    CustomerViewSet,
    PaymentMethodViewSet,
    WebhookViewSet,
)
from billing_customers.dialects.faults import Kind
from billing_customers.openapi.ching import inputs
from billing_customers.openapi.headers import ETAG
from billing_customers.openapi.operation import Action, Operation
from billing_customers.openapi.schemas import ref
from billing_customers.operations.webhooks import MAX_ENDPOINTS

_EMAIL_TAKEN = frozenset({Kind.DUPLICATE_EMAIL})

CUSTOMERS: dict[Action, Operation] = {
    (CustomerViewSet, "list"): Operation(
        "List customers", ref("ChingCustomerList"), f"The {LIST_LIMIT} newest, newest first."
    ),
    (CustomerViewSet, "create"): Operation(
        "Create a customer",
        ref("ChingCustomerAnswer"),
        "An absent locale becomes the default one.",
        body=inputs.NEW,
        faults=_EMAIL_TAKEN,
        headers=(ETAG,),
    ),
    (CustomerViewSet, "upsert"): Operation(
        "Create or update a customer",
        ref("ChingUpsertAnswer"),
        "Updates the newest customer that has the same value in the field that identifyBy names, or creates one, which "
        "needs a name.",
        body=inputs.UPSERT,
        faults=_EMAIL_TAKEN,
        headers=(ETAG,),
    ),
    (CustomerViewSet, "retrieve"): Operation(
        "Retrieve a customer",
        ref("ChingCustomerOrDeletedAnswer"),
        "A deleted customer is a stub.",
        headers=(ETAG,),
    ),
    (CustomerViewSet, "update"): Operation(
        "Update a customer",
        ref("ChingCustomerAnswer"),
        "What is not sent stays; null and the empty string unset.",
        body=inputs.CHANGES,
        versioned=True,
        faults=_EMAIL_TAKEN,
        headers=(ETAG,),
    ),
    (CustomerViewSet, "destroy"): Operation(
        "Delete a customer",
        ref("ChingDeletedAnswer"),
        "Its records stay. Deleting it again changes nothing.",
        versioned=True,
        headers=(ETAG,),
    ),
}
PAYMENT_METHODS: dict[Action, Operation] = {
    (PaymentMethodViewSet, "retrieve"): Operation(
        "Retrieve a payment method", ref("ChingPaymentMethodAnswer"), "One that was detached is inactive."
    ),
    (PaymentMethodViewSet, "list"): Operation(
        "List the payment methods of a customer", ref("ChingPaymentMethodList"), f"The {LIST_LIMIT} newest."
    ),
    (PaymentMethodViewSet, "list_inactive"): Operation(
        "List the detached payment methods of a customer", ref("ChingPaymentMethodList"), f"The {LIST_LIMIT} newest."
    ),
    (PaymentMethodViewSet, "attach_test_card"): Operation(
        "Attach a test card",
        ref("ChingPaymentMethodAnswer"),
        "In test mode only. It becomes the default method of a customer without one.",
        body=inputs.TEST_CARD,
        faults=frozenset({Kind.STATE, Kind.NOT_FOUND}),
    ),
}
WEBHOOKS: dict[Action, Operation] = {
    (WebhookViewSet, "list"): Operation("List webhooks", ref("ChingWebhookList"), "In the order they were made."),
    (WebhookViewSet, "create"): Operation(
        "Create a webhook",
        ref("ChingNewWebhookAnswer"),
        f"The secret is shown this once. A site has at most {MAX_ENDPOINTS}.",
        body=inputs.NEW_WEBHOOK,
        faults=frozenset({Kind.LIMIT}),
    ),
    (WebhookViewSet, "destroy"): Operation(
        "Delete a webhook", ref("ChingDeletedWebhookAnswer"), "What waits for it is not sent any more."
    ),
    (WebhookViewSet, "rotate_secret"): Operation(
        "Rotate the secret of a webhook",
        ref("ChingWebhookSecretAnswer"),
        "The new secret is shown this once; the old one signs too until the overlap is over.",
        body=inputs.ROTATION,
    ),
    (WebhookViewSet, "ping"): Operation(
        "Send a test event to a webhook", ref("ChingPingAnswer"), body=inputs.NOTHING, faults=frozenset({Kind.STATE})
    ),
}
OPERATIONS: dict[Action, Operation] = {**CUSTOMERS, **PAYMENT_METHODS, **WEBHOOKS}
