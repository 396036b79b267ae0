import os
import sys
from importlib import import_module

import django

os.environ.setdefault("DATABASE_URL", "postgres://postgres@127.0.0.1:5432/postgres")
os.environ["DJANGO_SETTINGS_MODULE"] = "tests.benchmarks.settings"
django.setup()

# Its models can only be imported once the settings are there.
sys.exit(import_module("tests.benchmarks.command").main())
