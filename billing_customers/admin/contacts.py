from __future__ import annotations

from typing import Any

from django.utils.translation import gettext_lazy as _

from billing_customers.admin.faults import OperationForm, blamed_on
from billing_customers.admin.inlines import Change, CustomerInline, kept_and_changed, note_outcome
from billing_customers.exceptions import InvalidInput
from billing_customers.models import Contact
from billing_customers.operations.attributes import ContactAttributes
from billing_customers.operations.cleaning import CONTACT_RULES, contact_columns
from billing_customers.operations.contacts import MAX_CONTACTS, add_contact, delete_contact, update_contact

# In characters, so that a contact fits into one row of the page.
WIDTHS = {"email": 22, "first_name": 9, "last_name": 9, "phone": 13, "label": 6}


class ContactForm(OperationForm):
    class Meta:
        model = Contact
        fields: tuple[str, ...] = ()
        help_texts = {
            "enabled": _("Only enabled contacts get e-mails."),
        }

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        for name in {"email", "phone"} & set(self.fields):
            self.fields[name].widget.attrs["dir"] = "ltr"
        for name, width in WIDTHS.items():
            if name in self.fields:
                self.fields[name].widget.attrs |= {"size": width, "class": "bc-narrow"}

    def clean(self) -> dict[str, Any]:
        cleaned = super().clean()
        try:
            contact_columns(self.attributes)
        except InvalidInput as error:
            self.show(error)
        return cleaned

    @property
    def attributes(self) -> ContactAttributes:
        """What was changed, as the operation takes it."""
        values, changed = self.cleaned_data, set(self.changed_data)
        named = (field for field in CONTACT_RULES if field in changed and field in values)
        return {field: values[field] for field in named}  # type: ignore[return-value]  # the keys are those of the rules

    def field_named(self, attribute: str) -> str:
        return attribute.removeprefix("contact.")


class ContactInline(CustomerInline):
    model = Contact
    form = ContactForm
    max_num = MAX_CONTACTS
    verbose_name_plural = _("contacts (at most 10)")
    fields = (
        "email",
        "first_name",
        "last_name",
        "phone",
        "label",
        "enabled",
        "send_billing_email",
        "send_account_email",
    )

    def save_rows(self, formset: Any, change: Change) -> None:
        """Delete first, so that ten contacts can be exchanged for ten others."""
        site, public_id = change.customer.site, change.customer.public_id
        who_and_when: dict[str, Any] = {"actor": change.actor, "at": change.at}
        gone = [form.instance for form in formset.deleted_forms if form.instance.pk]
        for contact in gone:
            delete_contact(site=site, public_id=public_id, contact_id=contact.public_id, **who_and_when)
        stored, new = kept_and_changed(formset)
        for form in stored:
            attributes: Any = {**form.attributes, "id": form.instance.public_id}
            with blamed_on(form):
                update_contact(site=site, public_id=public_id, attributes=attributes, **who_and_when)
        for form in new:
            with blamed_on(form):
                add_contact(site=site, public_id=public_id, attributes=form.attributes, **who_and_when)
        note_outcome(
            formset,
            new=_newest(change, len(new)),
            changed=[(form.instance, form.changed_data) for form in stored],
            deleted=gone,
        )


def _newest(change: Change, count: int) -> list[Contact]:
    if not count:
        return []
    contacts = Contact.objects.for_site(change.customer.site).filter(customer_id=change.customer.pk)
    return list(contacts.order_by("-id")[:count])
