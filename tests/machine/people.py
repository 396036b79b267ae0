"""The model's customers: what they are called, whom they belong to, and who may be written to."""

from __future__ import annotations

from typing import Any

from tests.machine.model import (
    MAX_CONTACTS,
    OPEN,
    Alias,
    Contact,
    Customer,
    Place,
    Refused,
    SiteModel,
    refuse_if,
)


def email_key(said: dict[str, Any]) -> str | None:
    return said["email"].casefold() if said.get("email") else None


KEYS = {
    "email": email_key,
    "phone": lambda said: said.get("phone"),
    "tax_id": lambda said: said.get("tax_id"),
}


class People(SiteModel):
    def create(self, public_id: str | None, **said: Any) -> Customer:
        self._check_email(said)
        if public_id is not None:
            self._check_id(public_id)
        customer = Customer(public_id, dict(said))
        self._keep_name(customer, said)
        self.customers.append(customer)
        customer.tell("customer_created")
        return customer

    def update(self, public_id: str, **said: Any) -> None:
        customer = self.opened(public_id)
        self._check_email(said, besides=customer)
        self._patch(customer, said)

    def upsert(self, identify_by: str, **said: Any) -> None:
        key_of = KEYS[identify_by]
        refuse_if(not key_of(said), "InvalidInput")
        found = [each for each in self.living if key_of(each.said) == key_of(said)]
        if found:
            refuse_if(found[-1].clearing != OPEN, "InvalidState")
            self._check_email(said, besides=found[-1])
            self._patch(found[-1], said)
            return
        refuse_if(not said.get("name"), "InvalidInput")
        self.create(None, **said)

    def rename(self, public_id: str, new_id: str) -> None:
        customer = self.opened(public_id)
        if new_id == customer.id:
            return
        alias = self.aliases.get(new_id)
        is_own = alias is not None and alias.customer is customer and alias.merged is None
        if not is_own:
            self._check_id(new_id)
        refuse_if(any(each.id == new_id for each in self.living), "DuplicateId")
        if is_own:
            del self.aliases[new_id]
        old, customer.id = customer.id, new_id
        assert old is not None
        self.aliases[old] = Alias(customer)
        customer.tell("customer_changed")

    def replace_billing_info(self, public_id: str, city: str | None, tax_id: str | None) -> None:
        self.update(public_id, city=city, tax_id=tax_id)

    def change_billing_date(self, public_id: str, day: int, *, by_default: bool) -> None:
        refuse_if(by_default, "InvalidInput")
        self.update(public_id, day=day)

    def add_contact(self, public_id: str, contact_id: str | None, email: str) -> None:
        customer = self.opened(public_id)
        refuse_if(len(customer.contacts) >= MAX_CONTACTS, "LimitReached")
        taken = contact_id is not None and any(each.id == contact_id for each in customer.contacts)
        refuse_if(taken, "DuplicateId")
        customer.contacts.append(Contact(contact_id, email))
        customer.canaries.add(email)
        customer.tell("customer_changed")

    def update_contact(self, public_id: str, contact_id: str, label: str | None) -> None:
        customer = self.opened(public_id)
        contact = self._contact(customer, contact_id)
        if contact.label != label:
            contact.label = label
            customer.tell("customer_changed")

    def delete_contact(self, public_id: str, contact_id: str) -> None:
        customer = self.opened(public_id)
        customer.contacts.remove(self._contact(customer, contact_id))
        customer.tell("customer_changed")

    def link_user(self, public_id: str, user: str) -> None:
        self.opened(public_id).users.add(user)

    def unlink_user(self, public_id: str, user: str) -> None:
        self.opened(public_id).users.discard(user)

    def link(
        self,
        public_id: str,
        parent_id: str,
        invoiced_id: str | None,
        pays_id: str | None,
        own_mail: bool | None,
    ) -> None:
        child, parent = self.named(public_id), self.named(parent_id)
        refuse_if(child.place, "InvalidState")
        refuse_if(child.clearing != OPEN or parent.clearing != OPEN, "InvalidState")
        up = [parent, *parent.above]
        refuse_if(child in up, "InvalidState")
        invoiced, pays = self._owners(child, up, invoiced_id, pays_id)
        refuse_if(len(up) + self._levels(child) > self.max_levels, "LimitReached")
        refuse_if(len(self.children(parent)) >= self.max_children, "LimitReached")
        child.place = Place(parent, invoiced, pays, own_mail is None, own_mail)
        child.tell("customer_changed", "hierarchy_created")

    def delink(self, public_id: str) -> None:
        child = self.named(public_id)
        refuse_if(child.place is None, "InvalidState")
        child.place = None
        for each in self.below(child):
            owners = [child, *self.below(child)]
            assert each.place is not None
            lost = [name for name in ("invoiced", "pays") if getattr(each.place, name) not in owners]
            for name in lost:
                setattr(each.place, name, child)
            if lost:
                each.tell("customer_changed")
        child.tell("customer_changed", "hierarchy_deleted")

    def change_access(self, public_id: str, own_mail: bool | None) -> None:
        """``None`` for the settings of the site."""
        place = self.opened(public_id).place
        if place is None:
            raise Refused("InvalidState")
        before = place.uses_default, place.mail
        place.uses_default, place.own_mail = own_mail is None, own_mail
        if (place.uses_default, place.mail) != before:
            self.named(public_id).tell("customer_changed")

    def _owners(
        self, child: Customer, up: list[Customer], invoiced_id: str | None, pays_id: str | None
    ) -> tuple[Customer, Customer]:
        given = {name: self.named(name) for name in (invoiced_id, pays_id) if name is not None}
        refuse_if(any(each not in {child, *up} for each in given.values()), "InvalidInput")
        invoiced = child if invoiced_id is None else given[invoiced_id]
        pays = invoiced if pays_id is None else given[pays_id]
        refuse_if(pays is not invoiced and invoiced is not child, "InvalidInput")
        return invoiced, pays

    def _levels(self, customer: Customer) -> int:
        return 1 + max((self._levels(each) for each in self.children(customer)), default=0)

    def _check_email(self, said: dict[str, Any], besides: Customer | None = None) -> None:
        key = email_key(said)
        others = [each for each in self.living if each is not besides and email_key(each.said) == key]
        refuse_if(self.forbids_duplicate_emails and key and others, "DuplicateEmail")

    def _check_id(self, public_id: str) -> None:
        alias = self.aliases.get(public_id)
        is_former = alias is not None and alias.customer.live
        refuse_if(is_former or any(each.id == public_id for each in self.living), "DuplicateId")

    def _patch(self, customer: Customer, said: dict[str, Any]) -> None:
        self._keep_name(customer, said)
        if any(customer.said.get(name) != value for name, value in said.items()):
            customer.said.update(said)
            customer.tell("customer_changed")

    @staticmethod
    def _keep_name(customer: Customer, said: dict[str, Any]) -> None:
        if said.get("name"):
            customer.canaries.add(said["name"])

    @staticmethod
    def _contact(customer: Customer, contact_id: str) -> Contact:
        found = next((each for each in customer.contacts if each.id == contact_id), None)
        if found is None:
            raise Refused("NotFound")
        return found
