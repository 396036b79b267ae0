"""Outbox: an event is recorded with the change, rendered then, and delivered until it arrives."""
