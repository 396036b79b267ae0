from __future__ import annotations

from typing import Any

from django.utils.translation import gettext_lazy as _

from billing_customers.admin.faults import OperationForm, blamed_on
from billing_customers.admin.inlines import Change, CustomerInline, kept_and_changed, note_outcome
from billing_customers.models import CustomerUser
from billing_customers.operations.customer_users import link_user, unlink_user


class UserLinkForm(OperationForm):
    class Meta:
        model = CustomerUser
        fields: tuple[str, ...] = ()

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        if "user" in self.fields:
            # Another user is another link.
            self.fields["user"].disabled = self.instance.pk is not None


class UserLinkInline(CustomerInline):
    """Users of the host who may act for the customer."""

    model = CustomerUser
    form = UserLinkForm
    fields = ("user", "role")
    raw_id_fields = ("user",)
    verbose_name_plural = _("users who may act for this customer")

    def save_rows(self, formset: Any, change: Change) -> None:
        site, public_id = change.customer.site, change.customer.public_id
        gone = [form.instance for form in formset.deleted_forms if form.instance.pk]
        for link in gone:
            unlink_user(site=site, public_id=public_id, user=link.user)
        stored, new = kept_and_changed(formset)
        for form in (*stored, *new):
            with blamed_on(form):
                form.instance = link_user(
                    site=site,
                    public_id=public_id,
                    user=form.cleaned_data["user"],
                    role=form.cleaned_data["role"],
                    at=change.at,
                )
        note_outcome(
            formset,
            new=[form.instance for form in new],
            changed=[(form.instance, form.changed_data) for form in stored],
            deleted=gone,
        )
