"""System checks: each setting that would surprise, with an id and a hint."""
from __future__ import annotations
