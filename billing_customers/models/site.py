from __future__ import annotations

from django.core.validators import RegexValidator
from django.db import models
from django.utils.translation import gettext_lazy as _

from billing_customers.models.access import child_defaults, parent_defaults


class BillingSite(models.Model):
    """A tenant: CHING's project and mode, and Chargebee's site, are the same row.

    The project ``acme`` has the sites ``acme`` (live) and ``acme-test``. An API key belongs to one site, so the key
    alone selects the data.
    """

    slug = models.SlugField(
        _("slug"), max_length=50, unique=True, help_text=_("Chargebee's site name, such as acme or acme-test.")
    )
    project = models.SlugField(
        _("project"), max_length=50, help_text=_("CHING's project. Its live and its test site share it.")
    )
    livemode = models.BooleanField(
        _("live mode"), default=False, help_text=_("Real money. It cannot be changed after the site is made.")
    )
    default_currency = models.CharField(
        _("default currency"),
        max_length=3,
        default="USD",
        validators=[RegexValidator(r"\A[A-Z]{3}\Z")],
        help_text=_("ISO 4217. New customers get it unless they are given a preferred currency."),
    )
    phone_region = models.CharField(
        _("phone region"),
        max_length=2,
        default="IL",
        validators=[RegexValidator(r"\A[A-Z]{2}\Z")],
        help_text=_("ISO 3166 country by which phone numbers without a + are read."),
    )
    forbids_duplicate_emails = models.BooleanField(
        _("forbid duplicate e-mails"),
        default=False,
        help_text=_("Refuse a second live customer with the same e-mail address (EMAIL_EXISTS)."),
    )
    follows_merged_ids = models.BooleanField(
        _("follow merged ids"),
        default=False,
        help_text=_("Let the id of a customer that was merged into another one answer with that one, instead of 404."),
    )
    parent_account_access = models.JSONField(
        _("access of parents"),
        default=parent_defaults,
        help_text=_("What the account above a customer may do and gets, unless the customer has settings of its own."),
    )
    child_account_access = models.JSONField(
        _("access of children"),
        default=child_defaults,
        help_text=_("The same of a customer with an account above it."),
    )
    created_at = models.DateTimeField(_("created at"), editable=False)

    class Meta:
        verbose_name = _("site")
        verbose_name_plural = _("sites")
        ordering = ["slug"]
        constraints = [
            models.UniqueConstraint(
                fields=["project", "livemode"],
                name="bc_site_project_mode",
                violation_error_message=_("This project has a site of this mode already."),
            )
        ]

    def __str__(self) -> str:
        return self.slug


class SiteLock(models.Model):
    """A row to lock where the database has no advisory locks; see ``operations/locks.py``."""

    site = models.OneToOneField(BillingSite, primary_key=True, on_delete=models.CASCADE, related_name="+")
    taken = models.BigIntegerField(default=0)

    class Meta:
        verbose_name = _("site lock")
        verbose_name_plural = _("site locks")

    def __str__(self) -> str:
        return str(self.pk)
