"""The Chargebee contract: form-encoded requests with bracketed keys, JSON answers."""
