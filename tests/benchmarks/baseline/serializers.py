from __future__ import annotations

from rest_framework import serializers

from tests.benchmarks.baseline.models import PlainContact, PlainCustomer


class ContactSerializer(serializers.ModelSerializer):  # type: ignore[type-arg]
    class Meta:
        model = PlainContact
        exclude = ["site", "customer"]


class CustomerSerializer(serializers.ModelSerializer):  # type: ignore[type-arg]
    """The whole customer with its contacts: what Chargebee's answers show."""

    contacts = ContactSerializer(many=True, read_only=True)

    class Meta:
        model = PlainCustomer
        exclude = ["site", "is_live", "email_key", "tax_id_key", "tax_id_evidence", "referral_urls"]
        read_only_fields = ["public_id"]
        extra_kwargs = {"preferred_currency_code": {"default": "USD"}}


class SlimCustomerSerializer(serializers.ModelSerializer):  # type: ignore[type-arg]
    """The few fields that CHING's answers show."""

    class Meta:
        model = PlainCustomer
        fields = ["public_id", "name", "email", "phone", "locale", "tax_id", "metadata", "created_at"]
        read_only_fields = ["public_id"]
