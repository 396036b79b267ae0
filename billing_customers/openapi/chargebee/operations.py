"""Chargebee's endpoints."""

from __future__ import annotations

from billing_customers.dialects.chargebee.viewsets import (
    ConfigurationViewSet,
    ContactViewSet,
    CustomerViewSet,
    EventViewSet,
    WebhookEndpointViewSet,
)
from billing_customers.dialects.faults import Kind
from billing_customers.openapi.chargebee import inputs
from billing_customers.openapi.chargebee.queries import (
    EVENT_FILTERS,
    EVENT_ORDER,
    EVENT_TIMES,
    FILTERS,
    FILTERS_NOTE,
    INCLUDE_DELETED,
    ORDER,
    PAGING,
)
from billing_customers.openapi.operation import Action, Operation
from billing_customers.openapi.schemas import ref
from billing_customers.operations.contacts import MAX_CONTACTS
from billing_customers.operations.webhooks import MAX_ENDPOINTS

_CUSTOMER = ref("ChargebeeCustomerAnswer")
_EVENT = ref("ChargebeeEventAnswer")
_ENDPOINT = ref("ChargebeeWebhookEndpointAnswer")
_NEW_SECRET = ref("ChargebeeNewWebhookEndpointAnswer")
_EMAIL_TAKEN = frozenset({Kind.DUPLICATE_EMAIL})

CUSTOMERS: dict[Action, Operation] = {
    (CustomerViewSet, "list"): Operation(
        "List customers",
        ref("ChargebeeCustomerList"),
        f"Oldest first unless sorted otherwise. {FILTERS_NOTE}",
        query=(*PAGING, *ORDER, INCLUDE_DELETED, *FILTERS),
    ),
    (CustomerViewSet, "create"): Operation(
        "Create a customer",
        _CUSTOMER,
        "Without an id, one is made. A card, a bank account or a payment method becomes the primary payment source.",
        body=inputs.NEW,
        faults=_EMAIL_TAKEN | {Kind.DUPLICATE_ID, Kind.DECLINED, Kind.NOT_FOUND},
    ),
    (CustomerViewSet, "retrieve"): Operation("Retrieve a customer", _CUSTOMER),
    (CustomerViewSet, "update"): Operation(
        "Update a customer",
        _CUSTOMER,
        "What is not sent stays; an empty value unsets. Billing info has an operation of its own.",
        body=inputs.CHANGES,
        versioned=True,
        faults=_EMAIL_TAKEN,
    ),
    (CustomerViewSet, "update_billing_info"): Operation(
        "Update billing info",
        _CUSTOMER,
        "Replaces the billing info whole: what is not sent is removed.",
        body=inputs.BILLING_INFO,
        versioned=True,
    ),
    (CustomerViewSet, "change_billing_date"): Operation(
        "Change the billing date", _CUSTOMER, body=inputs.BILLING_DATES, versioned=True
    ),
    (CustomerViewSet, "delete_customer"): Operation(
        "Delete a customer",
        _CUSTOMER,
        "Soon after: the answer still shows it. Its subscriptions are cancelled, its documents kept and hidden.",
        body=inputs.DELETION,
        versioned=True,
        faults=frozenset({Kind.STATE}),
    ),
    (CustomerViewSet, "clear_personal_data"): Operation(
        "Clear personal data of a customer",
        _CUSTOMER,
        "For good, and soon after: the answer still shows it. The key needs the scope pii:clear. From now on the "
        "customer can be deleted, and not be changed in any other way.",
        body=inputs.NOTHING,
        versioned=True,
        faults=frozenset({Kind.STATE}),
    ),
}
CONTACTS: dict[Action, Operation] = {
    (ContactViewSet, "list"): Operation("List contacts", ref("ChargebeeContactList"), query=PAGING),
    (ContactViewSet, "add"): Operation(
        "Add a contact",
        _CUSTOMER,
        f"A customer has at most {MAX_CONTACTS}.",
        body=inputs.NEW_CONTACT,
        versioned=True,
        faults=frozenset({Kind.DUPLICATE_ID, Kind.LIMIT}),
    ),
    (ContactViewSet, "update"): Operation(
        "Update a contact", _CUSTOMER, "What is not sent stays.", body=inputs.CONTACT_CHANGES, versioned=True
    ),
    (ContactViewSet, "delete_contact"): Operation(
        "Delete a contact", _CUSTOMER, body=inputs.CONTACT_ID, versioned=True
    ),
}
EVENTS: dict[Action, Operation] = {
    (EventViewSet, "list"): Operation(
        "List events",
        ref("ChargebeeEventList"),
        f"In the order they were recorded; test events are left out. {FILTERS_NOTE}",
        query=(*PAGING, *EVENT_ORDER, *EVENT_TIMES, *EVENT_FILTERS),
    ),
    (EventViewSet, "retrieve"): Operation("Retrieve an event", _EVENT),
}
WEBHOOK_ENDPOINTS: dict[Action, Operation] = {
    (WebhookEndpointViewSet, "list"): Operation(
        "List webhook endpoints", ref("ChargebeeWebhookEndpointList"), query=PAGING
    ),
    (WebhookEndpointViewSet, "create"): Operation(
        "Create a webhook endpoint",
        _NEW_SECRET,
        f"The signing secret is shown this once. A site has at most {MAX_ENDPOINTS}.",
        body=inputs.NEW_ENDPOINT,
        faults=frozenset({Kind.LIMIT}),
    ),
    (WebhookEndpointViewSet, "retrieve"): Operation("Retrieve a webhook endpoint", _ENDPOINT),
    (WebhookEndpointViewSet, "update"): Operation(
        "Update a webhook endpoint",
        _ENDPOINT,
        "What is not sent stays. disabled=false also enables what was disabled because its receiver failed.",
        body=inputs.ENDPOINT_CHANGES,
    ),
    (WebhookEndpointViewSet, "delete_endpoint"): Operation(
        "Delete a webhook endpoint", _ENDPOINT, "What waits for it is not sent any more.", body=inputs.NOTHING
    ),
    (WebhookEndpointViewSet, "rotate_secret"): Operation(
        "Rotate the signing secret",
        _NEW_SECRET,
        "The new secret is shown this once; the old one signs too until the overlap is over.",
        body=inputs.ROTATION,
    ),
    (WebhookEndpointViewSet, "ping"): Operation(
        "Send a test event", _EVENT, body=inputs.NOTHING, faults=frozenset({Kind.STATE})
    ),
}
OPERATIONS: dict[Action, Operation] = {
    (ConfigurationViewSet, "list"): Operation("Tell which site the key belongs to", ref("ChargebeeConfigurationList")),
    **CUSTOMERS,
    **CONTACTS,
    **EVENTS,
    **WEBHOOK_ENDPOINTS,
}
