"""Rules of customers, contacts, users and hierarchies."""

from __future__ import annotations

from functools import partial
from typing import Any

from billing_customers.choices import IdentifyBy
from billing_customers.operations import billing_info, contacts, customer_users, customers, hierarchy
from billing_customers.operations.access import AccessSettings
from billing_customers.queries.customers import find_customer
from tests.machine.model import OPEN
from tests.machine.steps import MAX_LIVING, SITES, WHO, Steps, Tenant, chosen, step

# The same in both sites.
NAMES = (None, "ada", "bob", "cleo", "dan", "eve")
EMAILS = (None, "one@example.com", "ONE@example.com", "two@example.com", "three@example.com")
PHONES = (None, "+972549876543", "+972541234567")
TAX_IDS = (None, "IL516179157", "GB980780684")
CONTACTS = (None, None, "c1", "c2", "c3")
LABELS = (None, "CFO")
# Whether the parent gets invoices; ``None`` for the settings of the site.
MAIL = (None, False, True)
OWNERS = ("", "", "child", "parent", "top", "top", "top", "another")


def access(own_mail: bool | None) -> AccessSettings:
    said = {} if own_mail is None else {"send_invoice_emails": own_mail}
    return AccessSettings(uses_default=own_mail is None, parent_account_access=said)


class PeopleRules(Steps):
    @step(4, second=SITES, name=NAMES, email=EMAILS, phone=PHONES)
    def create(self, second: bool, name: str | None, email: str | None, phone: str | None) -> None:
        tenant = self.tenant(second)
        if len(tenant.model.living) >= MAX_LIVING:
            return
        said = {"name": self._canary(tenant), "email": email, "phone": phone}
        self.act(
            tenant,
            lambda: tenant.model.create(name, **said),
            customers.create_customer,
            public_id=name,
            attributes=said,
        )

    @step(second=SITES, who=WHO, email=EMAILS, tax_id=TAX_IDS)
    def update(self, second: bool, who: int, email: str | None, tax_id: str | None) -> None:
        self._change(second, who, customers.update_customer, {"email": email, "tax_id": tax_id})

    @step(second=SITES, who=WHO, renamed=(False, True), phone=PHONES)
    def call_otherwise(self, second: bool, who: int, renamed: bool, phone: str | None) -> None:
        name = self._canary(self.tenant(second)) if renamed else "Anonymous"
        self._change(second, who, customers.update_customer, {"name": name, "phone": phone})

    @step(
        second=SITES,
        by=("email", "phone", "tax_id"),
        email=EMAILS,
        phone=PHONES,
        tax_id=TAX_IDS,
        named=(False, True),
    )
    def upsert(
        self, second: bool, by: str, email: str | None, phone: str | None, tax_id: str | None, named: bool
    ) -> None:
        tenant = self.tenant(second)
        said = {"email": email, "phone": phone, "tax_id": tax_id}
        said = {key: value for key, value in said.items() if value is not None}
        if named:
            said["name"] = self._canary(tenant)
        if len(tenant.model.living) >= MAX_LIVING:
            return
        self.act(
            tenant,
            lambda: tenant.model.upsert(by, **said),
            customers.upsert_customer,
            identify_by=IdentifyBy(by),
            attributes=said,
        )

    @step(second=SITES, who=WHO, name=NAMES, other=WHO)
    def rename(self, second: bool, who: int, name: str | None, other: int) -> None:
        tenant = self.tenant(second)
        public_id, new_id = self.who(tenant, who), name or self.who(tenant, other)
        self.act(
            tenant,
            lambda: tenant.model.rename(public_id, new_id),
            customers.rename_customer,
            public_id=public_id,
            new_public_id=new_id,
        )

    @step(second=SITES, who=WHO, city=(None, "Haifa", "Jaffa"), tax_id=TAX_IDS)
    def replace_billing_info(self, second: bool, who: int, city: str | None, tax_id: str | None) -> None:
        tenant = self.tenant(second)
        public_id = self.who(tenant, who)
        attributes: dict[str, Any] = {"tax_id": tax_id} | ({"billing_address": {"city": city}} if city else {})
        self.act(
            tenant,
            lambda: tenant.model.replace_billing_info(public_id, city, tax_id),
            billing_info.replace_billing_info,
            public_id=public_id,
            attributes=attributes,
        )

    @step(second=SITES, who=WHO, day=range(1, 4), by_default=(False, False, True))
    def change_billing_date(self, second: bool, who: int, day: int, by_default: bool) -> None:
        tenant = self.tenant(second)
        public_id = self.who(tenant, who)
        mode = {"billing_date_mode": "using_defaults"} if by_default else {}
        self.act(
            tenant,
            lambda: tenant.model.change_billing_date(public_id, day, by_default=by_default),
            billing_info.change_billing_date,
            public_id=public_id,
            attributes={"billing_date": day, **mode},
        )

    @step(second=SITES, who=WHO, contact=CONTACTS)
    def add_contact(self, second: bool, who: int, contact: str | None) -> None:
        tenant = self.tenant(second)
        public_id, email = self.who(tenant, who), f"{self._canary(tenant)}@example.com"
        self.act(
            tenant,
            lambda: tenant.model.add_contact(public_id, contact, email),
            contacts.add_contact,
            public_id=public_id,
            attributes={"email": email} | ({"id": contact} if contact else {}),
        )

    @step(second=SITES, who=WHO, place=range(5), label=LABELS)
    def update_contact(self, second: bool, who: int, place: int, label: str | None) -> None:
        tenant = self.tenant(second)
        public_id = self.who(tenant, who, having=lambda one: one.contacts)
        contact = self._contact(tenant, public_id, place)
        self.act(
            tenant,
            lambda: tenant.model.update_contact(public_id, contact, label),
            contacts.update_contact,
            public_id=public_id,
            attributes={"id": contact, "label": label},
        )

    @step(second=SITES, who=WHO, place=range(5))
    def delete_contact(self, second: bool, who: int, place: int) -> None:
        tenant = self.tenant(second)
        public_id = self.who(tenant, who, having=lambda one: one.contacts)
        contact = self._contact(tenant, public_id, place)
        self.act(
            tenant,
            lambda: tenant.model.delete_contact(public_id, contact),
            contacts.delete_contact,
            public_id=public_id,
            contact_id=contact,
        )

    @step(second=SITES, who=WHO, number=range(2), linked=(True, True, False))
    def link_user(self, second: bool, who: int, number: int, linked: bool) -> None:
        tenant, user = self.tenant(second), self.users[number]
        public_id = self.who(tenant, who)
        expected = tenant.model.link_user if linked else tenant.model.unlink_user
        act = customer_users.link_user if linked else _unlink
        self.act(tenant, lambda: expected(public_id, user.pk), act, public_id=public_id, user=user)

    @step(12, second=SITES, child=WHO, parent=WHO, invoiced=OWNERS, pays=OWNERS, mail=MAIL)
    def link(self, second: bool, child: int, parent: int, invoiced: str, pays: str, mail: bool | None) -> None:
        tenant = self.tenant(second)
        child_id = self.who(tenant, child, having=lambda one: one.place is None and one.clearing == OPEN)
        # So that hierarchies become high.
        parent_id = self.who(tenant, parent, having=lambda one: one.place and parent % 2)
        above = tenant.model.find(parent_id)
        top = str(above.top.id) if above else parent_id
        owner = {
            "": None,
            "child": child_id,
            "parent": parent_id,
            "top": top,
            "another": self.who(tenant, self.steps % 16),
        }
        self.act(
            tenant,
            lambda: tenant.model.link(child_id, parent_id, owner[invoiced], owner[pays], mail),
            hierarchy.link_customer,
            public_id=child_id,
            parent_id=parent_id,
            invoice_owner_id=owner[invoiced],
            payment_owner_id=owner[pays],
            access=access(mail),
        )

    @step(second=SITES, who=WHO)
    def delink(self, second: bool, who: int) -> None:
        tenant = self.tenant(second)
        public_id = self._child(tenant, who)
        self.act(tenant, lambda: tenant.model.delink(public_id), hierarchy.delink_customer, public_id=public_id)

    @step(second=SITES, who=WHO, mail=MAIL)
    def change_access(self, second: bool, who: int, mail: bool | None) -> None:
        tenant = self.tenant(second)
        public_id = self._child(tenant, who)
        self.act(
            tenant,
            lambda: tenant.model.change_access(public_id, mail),
            hierarchy.change_access,
            public_id=public_id,
            access=access(mail),
        )

    @step(second=SITES, who=WHO, deleted_too=(False, True))
    def read(self, second: bool, who: int, deleted_too: bool) -> None:
        """Whoever has an id from long ago."""
        tenant = self.tenant(second)
        public_id = self.who(tenant, who)
        found = find_customer(tenant.site, public_id, ("id",), include_deleted=deleted_too)
        expected = tenant.model.shown(public_id, deleted_too=deleted_too)
        assert (found and found["id"]) == (expected and expected.pk), public_id

    def _change(self, second: bool, who: int, operation: Any, said: dict[str, Any]) -> None:
        tenant = self.tenant(second)
        public_id = self.who(tenant, who)
        expected = partial(tenant.model.update, public_id, **said)
        self.act(tenant, expected, operation, public_id=public_id, attributes=said)

    def _canary(self, tenant: Tenant) -> str:
        return f"zq7kanarie{tenant.site.pk:04}{self.steps:06}q"

    def _contact(self, tenant: Tenant, public_id: str, place: int) -> str:
        customer = tenant.model.find(public_id)
        known = [str(each.id) for each in customer.contacts] if customer else []
        return chosen(known, place) if place < 4 else "c9"

    def _child(self, tenant: Tenant, number: int) -> str:
        """One that has a parent, and at times children of its own."""
        middle = number < 6
        return self.who(tenant, number, lambda one: one.place and (not middle or tenant.model.children(one)))


def _unlink(*, at: object, **named: Any) -> None:
    """Of all operations this one does not ask when."""
    customer_users.unlink_user(**named)
