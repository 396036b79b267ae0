"""Actions that have a gateway store a payment source first."""

from __future__ import annotations

from billing_customers.dialects.base import BillingViewSet
from billing_customers.operations.payment_sources import Newcomer, PreparedSource, discard_prepared, prepare_source
from billing_customers.operations.source_inputs import GivenSource


class PreparesSources(BillingViewSet):
    """A view with such actions: its ``prepare`` calls :meth:`prepare_given`. What comes to nothing is discarded."""

    prepared: PreparedSource | None = None

    def prepare_given(
        self,
        given: GivenSource,
        customer_id: str | None,
        request_key: str | None,
        *,
        newcomer: Newcomer | None = None,
    ) -> None:
        """Have it stored for the customer, or for a ``newcomer`` that is yet to be made."""
        self.prepared = prepare_source(
            site=self.site,
            customer_public_id=customer_id,
            given=given.source,
            gateway_account_id=given.gateway_account_id,
            request_key=request_key,
            within=given.within,
            newcomer=newcomer,
            at=self.at,
        )

    def source_prepared(self) -> PreparedSource:
        """What :meth:`prepare_given` had stored, for an action that cannot do without."""
        if self.prepared is None:
            raise RuntimeError("The action needs a payment source, and none was prepared.")
        return self.prepared

    def abandon(self) -> None:
        prepared, self.prepared = self.prepared, None
        if prepared is not None:
            discard_prepared(site=self.site, prepared=prepared, at=self.at)
