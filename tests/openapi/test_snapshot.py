from tests.openapi.snapshot import REFRESH, current, frozen


def test_document_is_the_frozen_one() -> None:
    assert current() == frozen(), f"If the change is meant: {REFRESH}"
