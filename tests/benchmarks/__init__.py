"""How fast it is, next to a plain Django REST framework project: ``python -m tests.benchmarks --help``."""
