"""Adapters of payment gateways: what stores cards and charges them."""
