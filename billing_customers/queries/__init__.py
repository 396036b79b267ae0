"""Reads that are more than one queryset method. They never write and never lock."""
