"""Chargebee "Merge customers" (chargebee-wire 3.14), and what it leaves unsaid: how merges are read and undone."""

from __future__ import annotations

from typing import Any

import pytest

from billing_customers.models import BillingSite, CustomerMerge
from billing_customers.operations.erasure import schedule_erasure
from billing_customers.operations.sites import update_site
from billing_customers.work.jobs import run_due
from tests.clients import ChargebeeClient, ChingClient
from tests.dialects.clock import START, Clock
from tests.dialects.expected import NO_SUCH_RESOURCE, SECONDS, chargebee_refusal
from tests.operations.families import link
from tests.operations.money import nothing_stored

pytestmark = pytest.mark.usefixtures("clock")

PATH = "/customers/merge"
PAIR = {"from_customer_id": "from", "to_customer_id": "to"}


@pytest.fixture
def target(chargebee: ChargebeeClient) -> dict[str, Any]:
    """The answer to the creation of ``to``; there is ``from``, too."""
    chargebee.post("/customers", {"id": "from", "first_name": "John"})
    answer: dict[str, Any] = chargebee.post("/customers", {"id": "to", "first_name": "Jane"}).json()
    return answer


def run_jobs() -> None:
    while run_due(clock=lambda: START, uniform=lambda low, high: low):
        pass


def shown(status: str, **more: Any) -> dict[str, Any]:
    return {
        "customer_merge": {
            "object": "customer_merge",
            "id": CustomerMerge.objects.get().public_id,
            "from_customer_id": "from",
            "to_customer_id": "to",
            "status": status,
            "moved": {},
            "created_at": SECONDS,
            "updated_at": SECONDS,
            **more,
        }
    }


def path_of_merge(suffix: str = "") -> str:
    return f"/customer_merges/{CustomerMerge.objects.get().public_id}{suffix}"


class TestMerge:
    def test_answer_shows_the_customer_that_stays(self, chargebee: ChargebeeClient, target: dict[str, Any]) -> None:
        response = chargebee.post(PATH, PAIR)

        assert (response.status_code, response.json()) == (200, target)

    def test_both_can_be_read_until_the_job_is_done(self, chargebee: ChargebeeClient, target: dict[str, Any]) -> None:
        chargebee.post(PATH, PAIR)

        assert [chargebee.get(f"/customers/{name}").status_code for name in ("from", "to")] == [200, 200]

    def test_from_customer_is_missing_afterwards(self, chargebee: ChargebeeClient, target: dict[str, Any]) -> None:
        chargebee.post(PATH, PAIR)
        run_jobs()

        response = chargebee.get("/customers/from")

        assert (response.status_code, response.json()) == (404, NO_SUCH_RESOURCE)
        deleted = chargebee.get("/customers", {"include_deleted": "true", "id[is]": "from"}).json()["list"]
        assert [entry["customer"]["deleted"] for entry in deleted] == [True]

    def test_from_customer_is_the_other_where_the_site_says_so(
        self, chargebee: ChargebeeClient, target: dict[str, Any], site: BillingSite
    ) -> None:
        update_site(site=site, follows_merged_ids=True)
        chargebee.post(PATH, PAIR)
        run_jobs()

        assert chargebee.get("/customers/from").json() == chargebee.get("/customers/to").json()

    def test_invoices_show_the_other(self, chargebee: ChargebeeClient, target: dict[str, Any]) -> None:
        payment = {
            "transaction[amount]": "500",
            "transaction[date]": str(SECONDS),
            "transaction[payment_method]": "cash",
        }
        chargebee.post("/customers/from/record_excess_payment", payment)
        chargebee.post(PATH, PAIR)
        run_jobs()

        [entry] = chargebee.get("/transactions").json()["list"]
        assert entry["transaction"]["customer_id"] == "to"
        assert chargebee.get("/customers/to").json()["customer"]["excess_payments"] == 500

    @pytest.mark.parametrize("name", ["from_customer_id", "to_customer_id"])
    @pytest.mark.parametrize("left_out", [True, False])
    def test_both_ids_are_required(
        self, chargebee: ChargebeeClient, target: dict[str, Any], name: str, left_out: bool
    ) -> None:
        said = {each: value for each, value in PAIR.items() if each != name} | ({} if left_out else {name: ""})
        with nothing_stored():
            response = chargebee.post(PATH, said)

        assert response.status_code == 400
        assert (response.json()["param"], response.json()["api_error_code"]) == (name, "param_wrong_value")

    @pytest.mark.parametrize("name", ["from_customer_id", "to_customer_id"])
    def test_unknown_customer_is_missing(self, chargebee: ChargebeeClient, target: dict[str, Any], name: str) -> None:
        with nothing_stored():
            response = chargebee.post(PATH, {**PAIR, name: "nobody"})

        assert response.status_code == 404
        assert (response.json()["param"], response.json()["api_error_code"]) == (name, "resource_not_found")

    def test_itself_is_refused(self, chargebee: ChargebeeClient, target: dict[str, Any]) -> None:
        with nothing_stored():
            response = chargebee.post(PATH, {**PAIR, "to_customer_id": "from"})

        assert response.status_code == 400
        assert response.json()["param"] == "to_customer_id"

    def test_hierarchy_is_refused(self, chargebee: ChargebeeClient, target: dict[str, Any], site: BillingSite) -> None:
        chargebee.post("/customers", {"id": "hq"})
        link(site, "from", "hq")
        with nothing_stored():
            response = chargebee.post(PATH, PAIR)

        assert response.status_code == 409
        assert response.json() == chargebee_refusal(
            409,
            "invalid_state_for_request",
            "The customer has a parent in an account hierarchy.",
            param="from_customer_id",
        )

    def test_idempotency_key_makes_it_one(self, chargebee: ChargebeeClient, target: dict[str, Any]) -> None:
        key = {"chargebee-idempotency-key": "k"}

        first, second = (chargebee.post(PATH, PAIR, **key) for _ in range(2))

        assert (second.content, second.headers["chargebee-idempotency-replayed"]) == (first.content, "true")
        assert CustomerMerge.objects.count() == 1


class TestReading:
    def test_merge_is_followed(self, chargebee: ChargebeeClient, target: dict[str, Any]) -> None:
        chargebee.post(PATH, PAIR)
        assert chargebee.get(path_of_merge()).json() == shown("scheduled")

        run_jobs()

        assert chargebee.get(path_of_merge()).json() == shown("merged", merged_at=SECONDS)

    def test_failure_says_why(self, chargebee: ChargebeeClient, target: dict[str, Any], site: BillingSite) -> None:
        chargebee.post(PATH, PAIR)
        chargebee.post("/customers", {"id": "hq"})
        link(site, "from", "hq")
        run_jobs()

        why = "The customer has a parent in an account hierarchy."
        assert chargebee.get(path_of_merge()).json() == shown("failed", error=why)

    @pytest.mark.parametrize(("asked", "found"), [({}, 2), ({"customer_id": "c"}, 1), ({"customer_id": "to"}, 2)])
    def test_list_is_of_the_site_or_of_a_customer(
        self, chargebee: ChargebeeClient, target: dict[str, Any], asked: dict[str, str], found: int
    ) -> None:
        chargebee.post("/customers", {"id": "c"})
        for name in ("from", "c"):
            chargebee.post(PATH, {**PAIR, "from_customer_id": name})

        entries = chargebee.get("/customer_merges", asked).json()["list"]

        assert len(entries) == found
        assert entries[0]["customer_merge"]["from_customer_id"] == "c"

    def test_list_goes_on_by_offset(self, chargebee: ChargebeeClient, target: dict[str, Any], clock: Clock) -> None:
        for name in ("a", "b", "c"):
            chargebee.post("/customers", {"id": name})
            chargebee.post(PATH, {**PAIR, "from_customer_id": name})
            clock.forward(seconds=1)
        pages, offset = [], None
        for _ in range(3):
            page = chargebee.get("/customer_merges", {"limit": "1", **({"offset": offset} if offset else {})}).json()
            pages += [entry["customer_merge"]["from_customer_id"] for entry in page["list"]]
            offset = page.get("next_offset")

        assert (pages, offset) == (["c", "b", "a"], None)

    def test_failed_merge_says_why_once_its_customer_was_cleared_too(
        self, chargebee: ChargebeeClient, target: dict[str, Any], site: BillingSite
    ) -> None:
        chargebee.post(PATH, PAIR)
        schedule_erasure(site=site, public_id="from", at=START)
        run_jobs()

        said = chargebee.get(path_of_merge()).json()["customer_merge"]

        assert (said["status"], said["error"]) == (
            "failed",
            "Why it failed was cleared with the personal data of a customer.",
        )

    def test_unknown_merge_is_missing(self, chargebee: ChargebeeClient) -> None:
        response = chargebee.get("/customer_merges/nope")

        assert (response.status_code, response.json()) == (404, NO_SUCH_RESOURCE)


class TestUndo:
    def test_undo_is_scheduled_and_done(self, chargebee: ChargebeeClient, target: dict[str, Any]) -> None:
        chargebee.post(PATH, PAIR)
        run_jobs()

        response = chargebee.post(path_of_merge("/undo"))

        assert (response.status_code, response.json()) == (200, shown("undo_scheduled", merged_at=SECONDS))
        run_jobs()
        assert chargebee.get(path_of_merge()).json() == shown("undone", merged_at=SECONDS, undone_at=SECONDS)
        assert chargebee.get("/customers/from").json()["customer"]["first_name"] == "John"

    def test_merge_that_is_not_done_is_not_undone(self, chargebee: ChargebeeClient, target: dict[str, Any]) -> None:
        chargebee.post(PATH, PAIR)
        with nothing_stored():
            response = chargebee.post(path_of_merge("/undo"))

        assert response.status_code == 409
        assert response.json() == chargebee_refusal(
            409, "invalid_state_for_request", "The merge is scheduled: there is nothing to undo."
        )

    def test_unknown_merge_is_missing(self, chargebee: ChargebeeClient) -> None:
        assert chargebee.post("/customer_merges/nope/undo").status_code == 404


class TestChing:
    """CHING has no call that merges; a customer that was merged is a stub which says so."""

    def test_stub_names_the_other(self, chargebee: ChargebeeClient, ching: ChingClient, target: dict[str, Any]) -> None:
        chargebee.post(PATH, PAIR)
        run_jobs()

        response = ching.get("/customers/from")

        assert response.status_code == 200
        assert response.json() == {
            "success": True,
            "data": {"id": "from", "object": "customer", "deleted": True, "merged_into": "to"},
        }
        assert ching.post("/customers/from", {"name": "x"}).status_code == 404

    def test_deleting_it_answers_the_stub_and_leaves_the_other(
        self, chargebee: ChargebeeClient, ching: ChingClient, target: dict[str, Any], site: BillingSite
    ) -> None:
        update_site(site=site, follows_merged_ids=True)
        chargebee.post(PATH, PAIR)
        run_jobs()

        response = ching.delete("/customers/from")

        assert response.json()["data"] == {"id": "from", "object": "customer", "deleted": True, "merged_into": "to"}
        assert "deleted" not in ching.get("/customers/to").json()["data"]
