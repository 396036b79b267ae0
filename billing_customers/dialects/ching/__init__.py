"""CHING's customers API: JSON, a bearer key, one envelope."""
