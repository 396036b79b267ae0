"""Run by the tox environment `package`, outside the checkout: is the installed wheel whole?

A flat layout lets every other test import the checkout, so a file that the wheel lacks would go unseen.
"""

import sys
from importlib.metadata import version
from importlib.util import find_spec
from pathlib import Path

CHECKOUT = Path(__file__).resolve().parents[2]


def check_files(package: Path) -> None:
    """Every file of the package in the checkout, and nothing else, is installed."""
    source = CHECKOUT / "billing_customers"
    expected = _files(source)
    installed = _files(package)
    assert not expected ^ installed, f"Not the same files: {sorted(expected ^ installed)}"
    assert "py.typed" in installed
    assert any(name.startswith("migrations/0001") for name in installed), "The wheel has no migrations."
    assert any(name.startswith("templates/") for name in installed), "The wheel has no templates."
    for name in ("tests", "example_project"):
        assert find_spec(name) is None, f"{name} must not be installed."


def check_start(expected_version: str) -> None:
    """The app starts and migrates in a host that has no setting for it."""
    import django  # noqa: PLC0415
    from django.conf import settings  # noqa: PLC0415
    from django.core.management import call_command  # noqa: PLC0415

    settings.configure(
        INSTALLED_APPS=["django.contrib.auth", "django.contrib.contenttypes", "billing_customers"],
        DATABASES={"default": {"ENGINE": "django.db.backends.sqlite3", "NAME": ":memory:"}},
        SECRET_KEY="not a secret: this check only",
        USE_TZ=True,
    )
    django.setup()
    call_command("check")
    call_command("migrate", verbosity=0)
    assert version("django-billing-customers") == expected_version


def _files(folder: Path) -> set[str]:
    found = (path.relative_to(folder) for path in folder.rglob("*") if path.is_file())
    return {path.as_posix() for path in found if "__pycache__" not in path.parts and path.suffix != ".pyc"}


def main() -> None:
    import billing_customers  # noqa: PLC0415

    package = Path(billing_customers.__file__).parent
    assert CHECKOUT not in package.parents or ".tox" in package.parts, f"{package} is the checkout."
    check_files(package)
    check_start(billing_customers.__version__)
    sys.stdout.write(f"{package}: {len(_files(package))} files, version {billing_customers.__version__}\n")


if __name__ == "__main__":
    main()
