"""A schema class of the host that no view of this package may ever meet."""

from typing import NoReturn

from rest_framework.schemas.inspectors import ViewInspector


class Refuse(ViewInspector):
    def __init__(self) -> NoReturn:
        raise AssertionError("A view was described by the host's schema class.")
