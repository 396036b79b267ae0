from __future__ import annotations

from typing import Any

from django.contrib import admin, messages
from django.core.exceptions import PermissionDenied
from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext, ngettext
from django.utils.translation import gettext_lazy as _

from billing_customers.admin import customer_page
from billing_customers.admin.base import Link, acting
from billing_customers.admin.confirming import ObjectButton, Question, ask, is_confirmed
from billing_customers.admin.contacts import ContactInline
from billing_customers.admin.customer_forms import CustomerForm
from billing_customers.admin.customer_search import matching_customers, needs_a_site
from billing_customers.admin.erasing import ErasureAction
from billing_customers.admin.filters import (
    PARENT_PARAMETER,
    SITE_PARAMETER,
    STATE_PARAMETER,
    CustomerStateFilter,
    ParentFilter,
    SiteFilter,
)
from billing_customers.admin.hierarchy_pages import HierarchyPages
from billing_customers.admin.hierarchy_section import HierarchySection
from billing_customers.admin.inlines import Change
from billing_customers.admin.merge_pages import MergePages
from billing_customers.admin.merge_section import MergeSection
from billing_customers.admin.money_base import may_view
from billing_customers.admin.money_pages import MoneyPages
from billing_customers.admin.money_section import MoneySection
from billing_customers.admin.outlook_cells import FIELDS, impacts_of_deletion
from billing_customers.admin.user_links import UserLinkInline
from billing_customers.choices import PiiCleared
from billing_customers.exceptions import BillingError
from billing_customers.models import BillingSite, Customer
from billing_customers.operations.customers import create_customer, rename_customer, update_customer
from billing_customers.operations.deletion import delete_customer

DELETE = Question(
    action="delete_customers",
    title=_("Delete customers?"),
    warning=_(
        "Each becomes a tombstone: it can be found and read, but no longer changed, and API clients no longer get it. "
        "Its id is free for a new customer. This cannot be undone."
    ),
    button=_("Delete now"),
)


@admin.register(Customer)
class CustomerAdmin(customer_page.CustomerCells, HierarchyPages, MoneyPages, MergePages, ErasureAction):
    """Customers of all sites. Each save is one transaction of operations; a tombstone can only be looked at, and so
    can a customer whose personal data is cleared.
    """

    form = CustomerForm
    inlines = (ContactInline, UserLinkInline)
    list_display = (
        "id_cell",
        "name_cell",
        "state_cell",
        "email_cell",
        "phone_cell",
        "company_cell",
        "site_cell",
        "created_cell",
    )
    list_filter = (SiteFilter, CustomerStateFilter, ParentFilter)
    list_select_related = ("site",)
    allowed_lookups = frozenset({SITE_PARAMETER, STATE_PARAMETER, PARENT_PARAMETER})
    # Only says that there is a search box; customer_search knows what is compared.
    search_fields = ("public_id",)
    search_help_text = _(
        "The beginning of an id, e-mail, name or company; a former id; a phone number in any format; a tax id in any "
        "spelling; or metadata as key=value. At most 200 matches of each kind are found."
    )
    sortable_by = ()
    actions = ("delete_customers", "clear_personal_data")

    def get_ordering(self, request: HttpRequest) -> tuple[str, ...]:
        """Newest first: within a site by the index on its times, else by the primary key."""
        return ("-created_at", "-id") if SITE_PARAMETER in request.GET else ("-id",)

    def get_search_results(
        self, request: HttpRequest, queryset: QuerySet[Customer], search_term: str
    ) -> tuple[QuerySet[Customer], bool]:
        term = search_term.strip()
        if not term:
            return queryset, False
        slug = request.GET.get(SITE_PARAMETER)
        sites = [site for site in BillingSite.objects.all() if slug in (None, site.slug)]
        if needs_a_site(term, sites):
            self.message_user(request, gettext("Choose a site to search metadata."), messages.WARNING)
        return matching_customers(queryset, term, sites), False

    def has_change_permission(self, request: HttpRequest, obj: Customer | None = None) -> bool:
        may = self.has_own_permission(request, "change")
        return may and (obj is None or (bool(obj.is_live) and obj.pii_cleared == PiiCleared.ACTIVE))

    def has_view_permission(self, request: HttpRequest, obj: Customer | None = None) -> bool:
        return any(self.has_own_permission(request, action) for action in ("view", "change"))

    def has_tombstone_permission(self, request: HttpRequest, obj: Customer | None = None) -> bool:
        """Whether the user may delete customers, or this one."""
        return self.has_own_permission(request, "delete")

    def get_fieldsets(self, request: HttpRequest, obj: Customer | None = None) -> list[Any]:
        if obj is None:
            return customer_page.add_fieldsets()
        if self.has_change_permission(request, obj):
            return customer_page.change_fieldsets()
        return customer_page.view_fieldsets()

    def get_readonly_fields(self, request: HttpRequest, obj: Customer | None = None) -> tuple[str, ...]:
        return ("site", *customer_page.TAX_AUDIT, *FIELDS, *customer_page.AUDIT) if obj else ()

    def save_model(self, request: HttpRequest, obj: Customer, form: Any, change: bool) -> None:
        at, actor = timezone.now(), acting(request)
        if change:
            customer = update_customer(
                site=obj.site,
                public_id=obj.public_id,
                attributes=form.attributes,
                expected_version=form.cleaned_data["expected_version"],
                actor=actor,
                at=at,
            )
            if "public_id" in form.changed_data:
                new_id = form.cleaned_data["public_id"]
                customer = rename_customer(
                    site=obj.site, public_id=obj.public_id, new_public_id=new_id, actor=actor, at=at
                )
        else:
            customer = create_customer(
                site=form.cleaned_data["site"],
                attributes=form.attributes,
                public_id=form.cleaned_data["public_id"] or None,
                actor=actor,
                at=at,
            )
        form.change_made = Change(customer, actor, at)

    def save_related(self, request: HttpRequest, form: Any, formsets: Any, change: bool) -> None:
        inlines: dict[Any, Any] = {inline.model: inline for inline in self.get_inline_instances(request, form.instance)}
        for formset in formsets:
            inlines[formset.model].save_rows(formset, form.change_made)
        # What Django logs and says next is about the customer as it is now.
        form.instance.pk = form.change_made.customer.pk
        form.instance.refresh_from_db()

    def render_change_form(
        self, request: HttpRequest, context: dict[str, Any], *args: Any, **options: Any
    ) -> HttpResponse:
        stored = context["original"]
        if stored is not None:
            context["hierarchy"] = HierarchySection(request, stored, self.admin_site.name).shown()
            merges = MergeSection(request, stored, self.admin_site.name)
            context["merges"], context["merged_into"] = merges.part(), merges.merged_into()
            context["money"] = MoneySection(request, stored, self.admin_site.name).parts()
        return super().render_change_form(request, context, *args, **options)

    def get_object_links(self, request: HttpRequest, obj: Customer) -> list[Link]:
        links: list[Link] = [("#hierarchy", _("Hierarchy"))]
        if MergeSection(request, obj, self.admin_site.name).is_seen():
            links.append(("#merges", _("Merges")))
        if MoneySection(request, obj, self.admin_site.name).seen():
            links.append(("#money", _("Money")))
        if may_view(request, "event"):
            events = reverse(f"{self.admin_site.name}:billing_customers_event_changelist")
            links.append((f"{events}?customer={obj.pk}", _("Events")))
        return [*links, *self.certificate_links(request, obj)]

    def get_object_buttons(self, request: HttpRequest, obj: Customer) -> list[ObjectButton]:
        erasure = self.erasure_buttons(request, obj)
        if not obj.is_live or not self.has_tombstone_permission(request, obj):
            return erasure
        return [ObjectButton("delete_customers", _("Delete (leave a tombstone)…"), is_danger=True), *erasure]

    @admin.action(description=_("Delete (leave a tombstone)…"), permissions=["tombstone"])
    def delete_customers(self, request: HttpRequest, queryset: QuerySet[Customer]) -> HttpResponse | None:
        # A tombstone's id may be a new customer's now, so tombstones are left out before anything goes by id.
        customers = list(queryset.select_related("site").filter(is_live=True))
        if not all(self.has_tombstone_permission(request, customer) for customer in customers):
            raise PermissionDenied
        if not customers:
            self.message_user(request, gettext("Nothing to delete: they are tombstones already."), messages.WARNING)
            return None
        if not is_confirmed(request):
            return ask(self, request, customers, DELETE, impacts_of_deletion(customers))
        deleted = sum(self._delete(request, customer) for customer in customers)
        if deleted:
            done = ngettext("%(count)d customer was deleted.", "%(count)d customers were deleted.", deleted)
            self.message_user(request, done % {"count": deleted}, messages.SUCCESS)
        return None

    def _delete(self, request: HttpRequest, customer: Customer) -> bool:
        try:
            delete_customer(
                site=customer.site,
                public_id=customer.public_id,
                expected_version=customer.resource_version,
                actor=acting(request),
                at=timezone.now(),
            )
        except BillingError as error:
            self.message_user(request, f"{customer.public_id}: {error.message}", messages.ERROR)
            return False
        self.log_change(request, customer, "Deleted: a tombstone is left.")
        return True
