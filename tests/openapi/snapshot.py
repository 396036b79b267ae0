"""The document, frozen. After a change that is meant, write it anew and read the difference before it is committed::

python -m tests.openapi.snapshot
"""

from __future__ import annotations

import json
import os
from pathlib import Path
from typing import Any

PATH = Path(__file__).with_name("snapshot.json")
REFRESH = "python -m tests.openapi.snapshot"


def frozen() -> dict[str, Any]:
    """The document as it was when it was last frozen."""
    document: dict[str, Any] = json.loads(PATH.read_text("utf-8"))
    return document


def current() -> dict[str, Any]:
    """The document of today, without the version of the package, which says nothing of the wire."""
    from billing_customers.openapi.document import build_document  # noqa: PLC0415 - needs Django's settings
    from tests.urls import urlpatterns  # noqa: PLC0415

    document: dict[str, Any] = json.loads(json.dumps(build_document(urlpatterns)))
    del document["info"]["version"]
    return document


def main() -> None:
    import django  # noqa: PLC0415

    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "tests.settings")
    django.setup()
    PATH.write_text(json.dumps(current(), indent=1, ensure_ascii=False) + "\n", "utf-8")


if __name__ == "__main__":
    main()
