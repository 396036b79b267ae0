"""The enumerations of the domain, spelled as the two contracts spell them."""

from __future__ import annotations

from django.db.models import TextChoices
from django.utils.translation import gettext_lazy as _


class Scope(TextChoices):
    """What an API key may do. ``write`` includes ``read``; ``pii:clear`` is granted on its own."""

    READ = "read", _("read")
    WRITE = "write", _("write")
    PII_CLEAR = "pii:clear", _("clear personal data")


class AutoCollection(TextChoices):
    ON = "on", _("on")
    OFF = "off", _("off")


class Taxability(TextChoices):
    TAXABLE = "taxable", _("taxable")
    EXEMPT = "exempt", _("exempt")


class CustomerType(TextChoices):
    RESIDENTIAL = "residential", _("residential")
    BUSINESS = "business", _("business")
    SENIOR_CITIZEN = "senior_citizen", _("senior citizen")
    INDUSTRIAL = "industrial", _("industrial")


class TaxjarExemptionCategory(TextChoices):
    WHOLESALE = "wholesale", _("wholesale")
    GOVERNMENT = "government", _("government")
    OTHER = "other", _("other")


class EntityCode(TextChoices):
    FEDERAL_GOVERNMENT = "a", _("a: federal government")
    STATE_GOVERNMENT = "b", _("b: state government")
    TRIBE = "c", _("c: tribe, status Indian or Indian band")
    FOREIGN_DIPLOMAT = "d", _("d: foreign diplomat")
    CHARITY = "e", _("e: charitable or benevolent organization")
    RELIGIOUS = "f", _("f: religious organization")
    RESALE = "g", _("g: resale")
    AGRICULTURE = "h", _("h: commercial agricultural production")
    INDUSTRY = "i", _("i: industrial production or manufacturer")
    DIRECT_PAY = "j", _("j: direct pay permit")
    DIRECT_MAIL = "k", _("k: direct mail")
    OTHER = "l", _("l: other or custom")
    EDUCATION = "m", _("m: educational organization")
    LOCAL_GOVERNMENT = "n", _("n: local government")
    AQUACULTURE = "p", _("p: commercial aquaculture")
    FISHERY = "q", _("q: commercial fishery")
    NON_RESIDENT = "r", _("r: non-resident")
    MEDICAL_EXEMPT = "med1", _("med1: US medical device excise tax with exempt sales tax")
    MEDICAL_TAXABLE = "med2", _("med2: US medical device excise tax with taxable sales tax")


class OfflinePaymentMethod(TextChoices):
    NO_PREFERENCE = "no_preference", _("no preference")
    CASH = "cash", _("cash")
    CHECK = "check", _("check")
    BANK_TRANSFER = "bank_transfer", _("bank transfer")
    ACH_CREDIT = "ach_credit", _("ACH credit")
    SEPA_CREDIT = "sepa_credit", _("SEPA credit")


class FraudFlag(TextChoices):
    """``suspicious`` is set by a gateway only; callers may set the other two."""

    SAFE = "safe", _("safe")
    SUSPICIOUS = "suspicious", _("suspicious")
    FRAUDULENT = "fraudulent", _("fraudulent")


class BillingDateMode(TextChoices):
    USING_DEFAULTS = "using_defaults", _("using defaults")
    MANUALLY_SET = "manually_set", _("manually set")


class DayOfWeek(TextChoices):
    SUNDAY = "sunday", _("Sunday")
    MONDAY = "monday", _("Monday")
    TUESDAY = "tuesday", _("Tuesday")
    WEDNESDAY = "wednesday", _("Wednesday")
    THURSDAY = "thursday", _("Thursday")
    FRIDAY = "friday", _("Friday")
    SATURDAY = "saturday", _("Saturday")


class PiiCleared(TextChoices):
    ACTIVE = "active", _("active")
    SCHEDULED_FOR_CLEAR = "scheduled_for_clear", _("scheduled for clear")
    CLEARED = "cleared", _("cleared")


class ValidationStatus(TextChoices):
    """Of a billing address."""

    NOT_VALIDATED = "not_validated", _("not validated")
    VALID = "valid", _("valid")
    PARTIALLY_VALID = "partially_valid", _("partially valid")
    INVALID = "invalid", _("invalid")


class TaxIdStatus(TextChoices):
    VALID = "valid", _("valid")
    INVALID = "invalid", _("invalid")
    NOT_VALIDATED = "not_validated", _("not validated")
    UNDETERMINED = "undetermined", _("undetermined")


class IdentifyBy(TextChoices):
    """Which attribute an upsert matches on; the values are canonical attribute names."""

    EMAIL = "email", _("e-mail")
    TAX_ID = "tax_id", _("tax id")
    PHONE = "phone", _("phone")


class CustomerUserRole(TextChoices):
    OWNER = "owner", _("owner")
    BILLING = "billing", _("billing")
    VIEWER = "viewer", _("viewer")


class DialectName(TextChoices):
    """Which contract an endpoint's events are written in."""

    CHING = "ching", _("CHING")
    CHARGEBEE = "chargebee", _("Chargebee")


class ResponseSchema(TextChoices):
    """Which product catalog an endpoint's receiver expects; kept for Chargebee's clients."""

    PLANS_ADDONS = "plans_addons", _("plans and addons")
    ITEMS = "items", _("items")
    COMPAT = "compat", _("compatible")


class EventType(TextChoices):
    """What can happen, by Chargebee's names; ``ping`` is the test of one endpoint."""

    CUSTOMER_CREATED = "customer_created", _("customer created")
    CUSTOMER_CHANGED = "customer_changed", _("customer changed")
    CUSTOMER_DELETED = "customer_deleted", _("customer deleted")
    CUSTOMER_MOVED_IN = "customer_moved_in", _("copied from another site")
    CUSTOMER_MOVED_OUT = "customer_moved_out", _("copied to another site")
    PAYMENT_SOURCE_ADDED = "payment_source_added", _("payment source added")
    PAYMENT_SOURCE_UPDATED = "payment_source_updated", _("payment source changed")
    PAYMENT_SOURCE_DELETED = "payment_source_deleted", _("payment source deleted")
    PAYMENT_SOURCE_EXPIRING = "payment_source_expiring", _("payment source expires soon")
    PAYMENT_SOURCE_EXPIRED = "payment_source_expired", _("payment source expired")
    PROMOTIONAL_CREDITS_ADDED = "promotional_credits_added", _("promotional credits added")
    PROMOTIONAL_CREDITS_DEDUCTED = "promotional_credits_deducted", _("promotional credits deducted")
    TRANSACTION_CREATED = "transaction_created", _("transaction recorded")
    PAYMENT_SUCCEEDED = "payment_succeeded", _("payment succeeded")
    PAYMENT_FAILED = "payment_failed", _("payment failed")
    PAYMENT_INITIATED = "payment_initiated", _("payment under way")
    INVOICE_GENERATED = "invoice_generated", _("invoice generated")
    INVOICE_UPDATED = "invoice_updated", _("invoice changed")
    SUBSCRIPTION_CREATED = "subscription_created", _("subscription created")
    SUBSCRIPTION_CHANGED = "subscription_changed", _("subscription changed")
    HIERARCHY_CREATED = "hierarchy_created", _("linked to a parent")
    HIERARCHY_DELETED = "hierarchy_deleted", _("delinked from its parent")
    PING = "ping", _("test ping")


class EventSource(TextChoices):
    """Where a change came from, as Chargebee's events spell it; see :data:`billing_customers.actors.Source`."""

    API = "api", _("API")
    ADMIN_CONSOLE = "admin_console", _("admin")
    SCHEDULED_JOB = "scheduled_job", _("job")
    SYSTEM = "system", _("system")
    NONE = "none", _("unknown")


class DeliveryStatus(TextChoices):
    """What became of the delivery of an event to an endpoint. Only ``pending`` changes by itself."""

    PENDING = "pending", _("pending")
    SUCCEEDED = "succeeded", _("succeeded")
    EXHAUSTED = "exhausted", _("gave up")
    EXPIRED = "expired", _("expired")
    CANCELLED = "cancelled", _("cancelled")


class WebhookStatus(TextChoices):
    """How far an event has come on its way to receivers, as Chargebee's events spell it."""

    NOT_CONFIGURED = "not_configured", _("nobody wants it")
    SCHEDULED = "scheduled", _("scheduled")
    SUCCEEDED = "succeeded", _("succeeded")
    RE_SCHEDULED = "re_scheduled", _("will be tried again")
    FAILED = "failed", _("failed")
    SKIPPED = "skipped", _("skipped")
    NOT_APPLICABLE = "not_applicable", _("not applicable")
    DISABLED = "disabled", _("the endpoint is disabled")
    RATE_LIMITED = "rate_limited", _("rate limited")


class DisabledReason(TextChoices):
    """Why an endpoint gets nothing. Events go on gathering for all but ``manual``."""

    MANUAL = "manual", _("by hand")
    GONE = "gone", _("the receiver answered 410 Gone")
    FAILING = "failing", _("nothing but failures for five days")


class AttemptTrigger(TextChoices):
    SCHEDULE = "schedule", _("schedule")
    PROBE = "probe", _("probe of a failing endpoint")
    MANUAL = "manual", _("sent by hand")


class JobStatus(TextChoices):
    PENDING = "pending", _("waiting")
    RUNNING = "running", _("running")
    SUCCEEDED = "succeeded", _("succeeded")
    FAILED = "failed", _("failed")
    CANCELLED = "cancelled", _("cancelled")


class GatewayBackend(TextChoices):
    """The adapters that ship; see ``docs/adding_a_gateway.md``."""

    TEST = "test", _("test gateway")
    STRIPE = "stripe", _("Stripe")


class PaymentMethodType(TextChoices):
    """What a payment source is, as Chargebee's ``payment_method[type]`` spells it."""

    CARD = "card", _("card")
    DIRECT_DEBIT = "direct_debit", _("direct debit")
    PAYPAL = "paypal_express_checkout", _("PayPal Express Checkout")
    AMAZON = "amazon_payments", _("Amazon Payments")
    GENERIC = "generic", _("generic")
    ALIPAY = "alipay", _("Alipay")
    UNIONPAY = "unionpay", _("UnionPay")
    APPLE_PAY = "apple_pay", _("Apple Pay")
    WECHAT_PAY = "wechat_pay", _("WeChat Pay")
    IDEAL = "ideal", _("iDEAL")
    GOOGLE_PAY = "google_pay", _("Google Pay")
    SOFORT = "sofort", _("Sofort")
    BANCONTACT = "bancontact", _("Bancontact")
    GIROPAY = "giropay", _("giropay")
    DOTPAY = "dotpay", _("Dotpay")


class PaymentSourceStatus(TextChoices):
    VALID = "valid", _("valid")
    EXPIRING = "expiring", _("expires soon")
    EXPIRED = "expired", _("expired")
    INVALID = "invalid", _("invalid")
    PENDING_VERIFICATION = "pending_verification", _("waits for verification")


class FundingType(TextChoices):
    CREDIT = "credit", _("credit")
    DEBIT = "debit", _("debit")
    PREPAID = "prepaid", _("prepaid")
    NOT_KNOWN = "not_known", _("not known")
    NOT_APPLICABLE = "not_applicable", _("not applicable")


class BankAccountType(TextChoices):
    CHECKING = "checking", _("checking")
    SAVINGS = "savings", _("savings")
    BUSINESS_CHECKING = "business_checking", _("business checking")
    CURRENT = "current", _("current")


class AccountHolderType(TextChoices):
    INDIVIDUAL = "individual", _("individual")
    COMPANY = "company", _("company")


class PaymentRole(TextChoices):
    PRIMARY = "primary", _("primary")
    BACKUP = "backup", _("backup")
    NONE = "none", _("none")


class SubscriptionStatus(TextChoices):
    """As CHING spells them. The first three keep a customer from being deleted."""

    ACTIVE = "active", _("active")
    TRIALING = "trialing", _("trialing")
    PAST_DUE = "past_due", _("past due")
    INCOMPLETE = "incomplete", _("incomplete")
    INCOMPLETE_EXPIRED = "incomplete_expired", _("incomplete, expired")
    CANCELED = "canceled", _("canceled")


LIVE_SUBSCRIPTION_STATUSES = (SubscriptionStatus.ACTIVE, SubscriptionStatus.TRIALING, SubscriptionStatus.PAST_DUE)


class InvoiceStatus(TextChoices):
    PAID = "paid", _("paid")
    POSTED = "posted", _("posted")
    PAYMENT_DUE = "payment_due", _("payment due")
    NOT_PAID = "not_paid", _("not paid")
    VOIDED = "voided", _("voided")
    PENDING = "pending", _("pending")


# Payments are collected for these alone.
COLLECTABLE_INVOICE_STATUSES = (InvoiceStatus.PAYMENT_DUE, InvoiceStatus.NOT_PAID)


class CreditNoteStatus(TextChoices):
    ADJUSTED = "adjusted", _("adjusted")
    REFUNDED = "refunded", _("refunded")
    REFUND_DUE = "refund_due", _("refund due")
    VOIDED = "voided", _("voided")


class CreditNoteType(TextChoices):
    ADJUSTMENT = "adjustment", _("adjustment")
    REFUNDABLE = "refundable", _("refundable")
    STORE = "store", _("store")


class TransactionType(TextChoices):
    AUTHORIZATION = "authorization", _("authorization")
    PAYMENT = "payment", _("payment")
    REFUND = "refund", _("refund")
    PAYMENT_REVERSAL = "payment_reversal", _("payment reversal")


class TransactionStatus(TextChoices):
    """``in_progress`` and ``timeout`` may still change: the gateway is asked what became of them."""

    IN_PROGRESS = "in_progress", _("under way")
    SUCCESS = "success", _("success")
    VOIDED = "voided", _("voided")
    FAILURE = "failure", _("failure")
    TIMEOUT = "timeout", _("no answer in time")
    NEEDS_ATTENTION = "needs_attention", _("needs attention")
    LATE_FAILURE = "late_failure", _("failed later")


class OfflineMethod(TextChoices):
    """How a payment that no gateway made came in. Contract: "Record an excess payment"."""

    CASH = "cash", _("cash")
    CHECK = "check", _("check")
    BANK_TRANSFER = "bank_transfer", _("bank transfer")
    OTHER = "other", _("other")


class Bucket(TextChoices):
    """The four balances that a customer has in each currency, none of them ever negative."""

    PROMOTIONAL_CREDITS = "promotional_credits", _("promotional credits")
    REFUNDABLE_CREDITS = "refundable_credits", _("refundable credits")
    EXCESS_PAYMENTS = "excess_payments", _("excess payments")
    UNBILLED_CHARGES = "unbilled_charges", _("unbilled charges")


class CreditType(TextChoices):
    """Of promotional credits."""

    LOYALTY_CREDITS = "loyalty_credits", _("loyalty credits")
    REFERRAL_REWARDS = "referral_rewards", _("referral rewards")
    GENERAL = "general", _("general")


class PortalAccess(TextChoices):
    """What an account may do with documents of a child."""

    YES = "yes", _("view and change or download")
    VIEW_ONLY = "view_only", _("view")
    NO = "no", _("nothing")


class OwnSubscriptionAccess(TextChoices):
    """What a child may do with its own subscriptions: it sees them in any case."""

    YES = "yes", _("view and change")
    VIEW_ONLY = "view_only", _("view")


class HierarchyPart(TextChoices):
    """Which part of a hierarchy is asked for, as Chargebee spells it."""

    COMPLETE = "complete_hierarchy", _("the whole hierarchy")
    SUBORDINATES = "subordinates", _("the customer and all below it")
    PATH_TO_ROOT = "path_to_root", _("from the customer to the top")
    IMMEDIATE_CHILDREN = "immediate_children", _("its children")
