"""The public client libraries, unmodified, pointed at a live server."""

from __future__ import annotations

import fcntl
import hashlib
import json
import os
import shutil
import subprocess
from collections.abc import Callable
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import pytest
from chargebee import Chargebee

from billing_customers.work.jobs import run_due
from tests.conftest import require
from tests.fixtures import NOW

HERE = Path(__file__).resolve().parent


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    for item in items:
        if "tests/sdk/" in item.path.as_posix():
            item.add_marker(pytest.mark.sdk)


@pytest.fixture(autouse=True)
def no_proxy(monkeypatch: pytest.MonkeyPatch) -> None:
    """Both libraries would send even loopback requests to a proxy of the environment."""
    monkeypatch.setenv("NO_PROXY", "127.0.0.1,localhost")


@pytest.fixture
def port(live_server: Any) -> int:
    return urlsplit(str(live_server.url)).port or 0


@pytest.fixture
def connect(port: int, monkeypatch: pytest.MonkeyPatch) -> Any:
    """Make a Python client with a key."""
    # The library reads the scheme from this attribute of the class, and only then from its own argument.
    monkeypatch.setattr(Chargebee, "verify_ca_certs", False)

    def client(key: str) -> Any:
        return Chargebee(api_key=key, site="127", chargebee_domain=f"0.0.1:{port}", protocol="http")

    return client


@pytest.fixture
def client(connect: Any, key: str) -> Any:
    """The Python client of the site ``acme-test``."""
    return connect(key)


@pytest.fixture(scope="session")
def node_modules(request: pytest.FixtureRequest) -> Path:
    """The folder of chargebee for Node, as the lock file says, installed once for each lock file."""
    require(shutil.which("node") is not None and shutil.which("npm") is not None, "Node with npm")
    digest = hashlib.sha256((HERE / "package-lock.json").read_bytes()).hexdigest()[:16]
    cache: pytest.Cache = request.getfixturevalue("pytestconfig").cache
    folder = cache.mkdir(f"node-{digest}")
    with (folder / "lock").open("w") as lock:
        # The workers of xdist share the folder.
        fcntl.flock(lock, fcntl.LOCK_EX)
        if not (folder / "installed").exists():
            for name in ("package.json", "package-lock.json"):
                shutil.copy(HERE / name, folder)
            command = ["npm", "ci", "--ignore-scripts", "--no-audit", "--no-fund"]
            done = subprocess.run(command, cwd=folder, capture_output=True, text=True, check=False, timeout=300)
            require(done.returncode == 0, f"The Node package chargebee ({done.stderr.strip()[-300:]})")
            (folder / "installed").touch()
    return folder / "node_modules"


@pytest.fixture
def scenario(node_modules: Path, port: int, key: str) -> Callable[..., Any]:
    """Run a scenario of ``node/`` as the site ``acme-test``, with the key ``by`` of it if it is to be another one, and
    return its result.
    """

    def run(name: str, *, by: str = key) -> Any:
        environment = {**os.environ, "NODE_PATH": str(node_modules), "SDK_PORT": str(port), "SDK_KEY": by}
        command = ["node", str(HERE / "node" / "run.cjs"), name]
        done = subprocess.run(command, env=environment, capture_output=True, text=True, check=False, timeout=60)
        assert done.returncode == 0, done.stderr
        return json.loads(done.stdout)

    return run


@pytest.fixture
def run_jobs() -> Callable[[], None]:
    """Carry out what was put off, as a worker does, until nothing is left."""

    def run() -> None:
        while run_due(clock=lambda: NOW.replace(year=NOW.year + 50)):
            pass

    return run
