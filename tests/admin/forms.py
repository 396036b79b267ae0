"""Forms of the admin, filled in as a browser would send them: read from the page, then changed."""

from __future__ import annotations

from html.parser import HTMLParser
from typing import Any

from django.test import Client

ADMIN = "/admin/billing_customers"


class _Form(HTMLParser):
    """The values that the page's main form would send."""

    def __init__(self, form_id: str) -> None:
        super().__init__()
        self.form_id = form_id
        self.values: dict[str, Any] = {}
        self.is_inside = False
        self.select = self.textarea = ""

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        given = dict(attrs)
        if tag == "form":
            self.is_inside = given.get("id") == self.form_id
        if not self.is_inside or "disabled" in given:
            return
        name = given.get("name") or ""
        if tag == "input":
            self._input(name, given)
        elif tag == "select":
            self.select = name
            self.values.setdefault(name, "")
        elif tag == "option" and self.select and "selected" in given:
            self.values[self.select] = given.get("value") or ""
        elif tag == "textarea":
            self.textarea = name
            self.values[name] = ""

    def handle_endtag(self, tag: str) -> None:
        if tag == "form":
            self.is_inside = False
        elif tag == "select":
            self.select = ""
        elif tag == "textarea":
            # The line break that a browser drops after the opening tag.
            self.values[self.textarea] = self.values[self.textarea].removeprefix("\n")
            self.textarea = ""

    def handle_data(self, data: str) -> None:
        if self.textarea:
            self.values[self.textarea] += data

    def _input(self, name: str, given: dict[str, str | None]) -> None:
        kind = given.get("type")
        if kind == "submit" or not name:
            return
        if kind == "checkbox":
            if "checked" in given:
                self.values.setdefault(name, []).append(given.get("value") or "on")
        else:
            self.values[name] = given.get("value") or ""


def filled_in(client: Client, path: str, form_id: str = "customer_form", **values: Any) -> dict[str, Any]:
    """What the form at ``path`` would send with these ``values`` entered; ``None`` clears a checkbox."""
    reader = _Form(form_id)
    answer = client.get(path)
    assert answer.status_code == 200
    reader.feed(answer.content.decode())
    return {name: value for name, value in {**reader.values, **values}.items() if value is not None}


def contact_row(number: int, **values: Any) -> dict[str, Any]:
    """The fields of one contact, with the count of rows that goes with it."""
    row = {f"contacts-{number}-{name}": value for name, value in values.items()}
    return {"contacts-TOTAL_FORMS": str(number + 1), f"contacts-{number}-id": "", **row}


def complaints(answer: Any) -> list[str]:
    """What the answered page says is wrong, in the order of the page."""
    forms = [answer.context["adminform"].form]
    for inline in answer.context["inline_admin_formsets"]:
        forms += inline.formset.forms
    return [str(error) for form in forms for errors in form.errors.values() for error in errors]
