from tests.dialects.clock import clock
from tests.dialects.wire import wire

__all__ = ["clock", "wire"]
