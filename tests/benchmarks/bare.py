"""What ``requests`` does alone: ``python -m tests.benchmarks.bare URL FILE`` posts what the file has, one by one."""

from __future__ import annotations

import json
import sys
from pathlib import Path

import requests


def post_all(url: str, path: Path) -> None:
    """Post each line of the file, ``[body, headers]`` in JSON, to ``url``."""
    posts = [(body.encode(), headers) for body, headers in map(json.loads, path.read_text("utf-8").splitlines())]
    with requests.Session() as session:
        for body, headers in posts:
            session.post(url, data=body, headers=headers, timeout=20).raise_for_status()


if __name__ == "__main__":
    post_all(sys.argv[1], Path(sys.argv[2]))
