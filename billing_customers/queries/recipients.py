"""Who receives which mail about a customer, and why, and who does not."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any, Literal, get_args

from billing_customers.matching import email_key
from billing_customers.models import BillingSite, Contact
from billing_customers.queries.standing import Above, Account, Setting, Standing, find_standing

Mail = Literal["subscription", "invoice", "payment"]
MAILS: tuple[Mail, ...] = get_args(Mail)

# Of a contact, the flag that lets a mail through: invoices and payments are billing, the rest is the account.
FLAGS: dict[Mail, str] = {
    "subscription": "send_account_email",
    "invoice": "send_billing_email",
    "payment": "send_billing_email",
}
_CONTACT_COLUMNS = ("public_id", "email", "enabled", "send_account_email", "send_billing_email")


@dataclass(frozen=True, slots=True)
class Reason:
    """Why an address gets a mail (``sends``) or does not, on account of whom: a customer, or one of its contacts."""

    code: str
    message: str
    sends: bool
    customer_id: str
    contact_id: str | None = None


@dataclass(frozen=True, slots=True)
class Recipient:
    """One address and one mail: it gets it once, however many reasons there are, or not at all.

    ``email`` is ``None`` where there is no address to send to.
    """

    mail: Mail
    email: str | None
    receives: bool
    reasons: tuple[Reason, ...]


def recipients_of(site: BillingSite, public_id: str) -> list[Recipient] | None:
    """Everybody who could receive mail about the customer, mail by mail; ``None`` without such a live customer.

    Of each mail the customer comes first, then its contacts, then the account above it that access settings are about,
    at its own address. Two queries; one more for a former id. Contract: "Link a customer", ``send_*_emails``.
    """
    standing = find_standing(site, public_id)
    if standing is None:
        return None
    contacts = Contact.objects.for_site(site).filter(customer_id=standing.account.pk).order_by("id")
    rows = list(contacts.values(*_CONTACT_COLUMNS))
    return [recipient for mail in MAILS for recipient in _merged(mail, _said(standing, rows, mail))]


def _said(standing: Standing, contacts: list[dict[str, Any]], mail: Mail) -> Iterator[tuple[str | None, Reason]]:
    """Each address with a reason for or against; an address may come more than once."""
    account, above, switch = standing.account, standing.above, f"send_{mail}_emails"
    own = above.setting("child_account_access", switch) if above else None
    yield account.email or None, _for_customer(account, own, mail)
    for contact in contacts:
        yield contact["email"] or None, _for_contact(account, own, contact, mail)
    if above is not None:
        setting = above.setting("parent_account_access", switch)
        yield above.account.email or None, _for_account_above(above, setting, mail)


def _for_customer(account: Account, setting: Setting | None, mail: Mail) -> Reason:
    if setting is not None and not setting.value:
        return Reason("switched_off", f"Gets no {mail} mail: {setting.because}.", False, account.public_id)
    if not account.email:
        return Reason("no_email", "The customer has no e-mail address.", False, account.public_id)
    return Reason("customer", "The e-mail address of the customer.", True, account.public_id)


def _for_contact(account: Account, setting: Setting | None, contact: dict[str, Any], mail: Mail) -> Reason:
    def reason(code: str, message: str, *, sends: bool = False) -> Reason:
        return Reason(code, message, sends, account.public_id, contact["public_id"])

    flag = FLAGS[mail]
    if not contact["enabled"]:
        return reason("contact_disabled", "The contact is disabled.")
    if not contact[flag]:
        return reason("flag_off", f"The contact has {flag}=false.")
    if setting is not None and not setting.value:
        return reason("switched_off", f"Gets no {mail} mail: {setting.because}.")
    if not contact["email"]:
        return reason("no_email", "The contact has no e-mail address.")
    return reason("contact", f"An enabled contact with {flag}=true.", sends=True)


def _for_account_above(above: Above, setting: Setting, mail: Mail) -> Reason:
    account = above.account
    if not setting.value:
        message = f"The {above.which} gets no {mail} mail: {setting.because}."
        return Reason("switched_off", message, False, account.public_id)
    if not account.email:
        return Reason("no_email", f"The {above.which} has no e-mail address.", False, account.public_id)
    return Reason("account_above", f"The {above.which}: {setting.because}.", True, account.public_id)


def _merged(mail: Mail, said: Iterator[tuple[str | None, Reason]]) -> Iterator[Recipient]:
    """A recipient for each address, however it is written; what has no address stands by itself."""
    found: dict[str | tuple[None, int], tuple[str | None, list[Reason]]] = {}
    for number, (email, reason) in enumerate(said):
        key = email_key(email) if email else (None, number)
        found.setdefault(key, (email, []))[1].append(reason)
    for email, reasons in found.values():
        yield Recipient(mail, email, any(reason.sends for reason in reasons), tuple(reasons))
