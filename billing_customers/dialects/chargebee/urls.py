"""Chargebee's routes. Mount them at ``api/v2/``."""

from django.urls import path, re_path

from billing_customers.dialects.chargebee.viewsets import (
    CardViewSet,
    CollectingViewSet,
    ConfigurationViewSet,
    ContactViewSet,
    CustomerCreditViewSet,
    CustomerViewSet,
    EventViewSet,
    HierarchyViewSet,
    InvoiceViewSet,
    MergeViewSet,
    OutlookViewSet,
    PaymentSourceViewSet,
    PromotionalCreditViewSet,
    ResourceMigrationViewSet,
    SubscriptionViewSet,
    TransactionViewSet,
    UnknownRoute,
    WebhookEndpointViewSet,
)

urlpatterns = [
    path("configurations", ConfigurationViewSet.as_view({"get": "list"})),
    path("customers", CustomerViewSet.as_view({"get": "list", "post": "create"})),
    path("customers/merge", MergeViewSet.as_view({"post": "merge"})),
    # No customer has this id.
    path("customers/move", ResourceMigrationViewSet.as_view({"post": "move"})),
    path("customers/<str:public_id>", CustomerViewSet.as_view({"get": "retrieve", "post": "update"})),
    path("customers/<str:public_id>/update_billing_info", CustomerViewSet.as_view({"post": "update_billing_info"})),
    path("customers/<str:public_id>/change_billing_date", CustomerViewSet.as_view({"post": "change_billing_date"})),
    path("customers/<str:public_id>/update_payment_method", CustomerViewSet.as_view({"post": "update_payment_method"})),
    path("customers/<str:public_id>/assign_payment_role", CustomerViewSet.as_view({"post": "assign_payment_role"})),
    path("customers/<str:public_id>/delete", CustomerViewSet.as_view({"post": "delete_customer"})),
    path("customers/<str:public_id>/clear_personal_data", CustomerViewSet.as_view({"post": "clear_personal_data"})),
    path("customers/<str:public_id>/delete_card", CardViewSet.as_view({"post": "delete_card"})),
    path("customers/<str:public_id>/contacts", ContactViewSet.as_view({"get": "list"})),
    path("customers/<str:public_id>/add_contact", ContactViewSet.as_view({"post": "add"})),
    path("customers/<str:public_id>/update_contact", ContactViewSet.as_view({"post": "update"})),
    path("customers/<str:public_id>/delete_contact", ContactViewSet.as_view({"post": "delete_contact"})),
    *(
        path(f"customers/<str:public_id>/{action}", CustomerCreditViewSet.as_view({"post": action}))
        for action in ("add_promotional_credits", "deduct_promotional_credits", "set_promotional_credits")
    ),
    path(
        "customers/<str:public_id>/record_excess_payment", TransactionViewSet.as_view({"post": "record_excess_payment"})
    ),
    path("customers/<str:public_id>/collect_payment", CollectingViewSet.as_view({"post": "collect_payment"})),
    path("customers/<str:public_id>/invoices", InvoiceViewSet.as_view({"get": "list_of_customer"})),
    path("customers/<str:public_id>/transactions", TransactionViewSet.as_view({"get": "list_of_customer"})),
    *(
        path(f"customers/<str:public_id>/{action}", HierarchyViewSet.as_view({"post": action}))
        for action in ("relationships", "delete_relationship", "update_hierarchy_settings")
    ),
    path(
        "customers/<str:public_id>/hierarchy",
        HierarchyViewSet.as_view({"get": "hierarchy", "post": "ask_for_hierarchy"}),
    ),
    path("customers/<str:public_id>/hierarchy_detail", HierarchyViewSet.as_view({"get": "hierarchy_detail"})),
    *(
        path(f"customers/<str:public_id>/{action}", OutlookViewSet.as_view({"get": action}))
        for action in ("access", "recipients", "impact")
    ),
    path("customer_merges", MergeViewSet.as_view({"get": "list"})),
    path("customer_merges/<str:public_id>", MergeViewSet.as_view({"get": "retrieve"})),
    path("customer_merges/<str:public_id>/undo", MergeViewSet.as_view({"post": "undo"})),
    path("invoices", InvoiceViewSet.as_view({"get": "list"})),
    path("invoices/<str:public_id>", InvoiceViewSet.as_view({"get": "retrieve"})),
    path("subscriptions", SubscriptionViewSet.as_view({"get": "list"})),
    path("subscriptions/<str:public_id>", SubscriptionViewSet.as_view({"get": "retrieve"})),
    path("promotional_credits", PromotionalCreditViewSet.as_view({"get": "list"})),
    path("promotional_credits/add", PromotionalCreditViewSet.as_view({"post": "add_credits"})),
    path("promotional_credits/deduct", PromotionalCreditViewSet.as_view({"post": "deduct_credits"})),
    path("promotional_credits/set", PromotionalCreditViewSet.as_view({"post": "set_credits"})),
    path("promotional_credits/<str:public_id>", PromotionalCreditViewSet.as_view({"get": "retrieve"})),
    path("transactions", TransactionViewSet.as_view({"get": "list"})),
    path("transactions/<str:public_id>", TransactionViewSet.as_view({"get": "retrieve"})),
    path("cards/<str:customer_id>", CardViewSet.as_view({"get": "retrieve"})),
    path("payment_sources", PaymentSourceViewSet.as_view({"get": "list"})),
    *(
        path(f"payment_sources/{action}", PaymentSourceViewSet.as_view({"post": action}))
        for action in (
            "create_card",
            "create_bank_account",
            "create_using_permanent_token",
            "create_using_temp_token",
        )
    ),
    path("payment_sources/<str:public_id>", PaymentSourceViewSet.as_view({"get": "retrieve"})),
    path("payment_sources/<str:public_id>/delete", PaymentSourceViewSet.as_view({"post": "delete_source"})),
    path("payment_sources/<str:public_id>/delete_local", PaymentSourceViewSet.as_view({"post": "delete_local"})),
    path("resource_migrations/retrieve_latest", ResourceMigrationViewSet.as_view({"get": "retrieve_latest"})),
    path("events", EventViewSet.as_view({"get": "list"})),
    path("events/<str:public_id>", EventViewSet.as_view({"get": "retrieve"})),
    path("webhook_endpoints", WebhookEndpointViewSet.as_view({"get": "list", "post": "create"})),
    path("webhook_endpoints/<str:public_id>", WebhookEndpointViewSet.as_view({"get": "retrieve", "post": "update"})),
    path("webhook_endpoints/<str:public_id>/delete", WebhookEndpointViewSet.as_view({"post": "delete_endpoint"})),
    path("webhook_endpoints/<str:public_id>/rotate_secret", WebhookEndpointViewSet.as_view({"post": "rotate_secret"})),
    path("webhook_endpoints/<str:public_id>/ping", WebhookEndpointViewSet.as_view({"post": "ping"})),
    # Any character, line feeds too; not (?s:.*), which breaks reverse() for the whole host.
    re_path(r"^[\s\S]*\Z", UnknownRoute.as_view(dict.fromkeys(("get", "post", "delete"), "unknown_route"))),
]
