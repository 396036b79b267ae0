"""Tax ids: their syntax, and what the authorities say of them."""
