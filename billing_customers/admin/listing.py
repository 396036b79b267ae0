"""Lists of a table that may be large: a page shows whether there is a next one, and nothing is counted."""

from __future__ import annotations

from typing import Any

from django.contrib.admin.options import IncorrectLookupParameters
from django.contrib.admin.views.main import PAGE_VAR, ChangeList
from django.core.paginator import EmptyPage, InvalidPage, Page, PageNotAnInteger, Paginator
from django.http import HttpRequest
from django.utils.functional import cached_property
from django.utils.translation import gettext as _

# The database reads and drops every row before a page, so there is an end to turning pages; a search finds the rest.
MAX_PAGES = 1_000


class UncountedPage(Page):  # type: ignore[type-arg]  # generic for the type checker only
    """A page that knows whether another follows, because one row more was read."""

    def __init__(self, rows: list[Any], number: int, paginator: Paginator[Any], *, is_last: bool) -> None:
        super().__init__(rows, number, paginator)
        self.is_last = is_last

    def has_next(self) -> bool:
        return not self.is_last

    def next_page_number(self) -> int:
        return self.number + 1


class UncountedPaginator(Paginator):  # type: ignore[type-arg]  # generic for the type checker only
    """Reads ``per_page`` + 1 rows of a page, and never COUNTs more than the pages that can be reached."""

    @cached_property
    def count(self) -> int:
        """Rows up to the last page that can be reached. Django's history page asks for it, a changelist does not."""
        rows: Any = self.object_list
        return int(rows[: MAX_PAGES * self.per_page].count())

    def validate_number(self, number: Any) -> int:
        try:
            page = int(number)
        except (TypeError, ValueError) as error:
            raise PageNotAnInteger(_("That page number is not an integer")) from error
        if not 1 <= page <= MAX_PAGES:
            raise EmptyPage(_("That page contains no results"))
        return page

    def page(self, number: Any) -> UncountedPage:
        number = self.validate_number(number)
        start = (number - 1) * self.per_page
        rows = list(self.object_list[start : start + self.per_page + 1])
        is_last = len(rows) <= self.per_page or number == MAX_PAGES
        return UncountedPage(rows[: self.per_page], number, self, is_last=is_last)


class UncountedChangeList(ChangeList):
    """A changelist of one page, with links to the page before and after it."""

    def get_results(self, request: HttpRequest) -> None:
        paginator = self.model_admin.get_paginator(request, self.queryset, self.list_per_page)
        try:
            self.page = paginator.page(self.page_num)
        except InvalidPage as error:
            raise IncorrectLookupParameters from error
        if self.page.number > 1 and not self.page.object_list:
            raise IncorrectLookupParameters
        self.paginator = paginator
        self.result_list = self.page.object_list
        model_admin: Any = self.model_admin
        model_admin.complete_rows(self.page.object_list)
        self.result_count = len(self.page)
        self.full_result_count = None
        self.show_full_result_count = self.can_show_all = self.multi_page = False
        self.show_admin_actions = True

    @property
    def previous_page(self) -> str:
        """Query string of the page before this one."""
        return self.get_query_string({PAGE_VAR: self.page.previous_page_number()})

    @property
    def next_page(self) -> str:
        """Query string of the page after this one."""
        return self.get_query_string({PAGE_VAR: self.page.next_page_number()})
