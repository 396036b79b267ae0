"""The answer to a webhook, read within limits.

``http.client`` has none for headers and bodies together, and reads a chunk of size -1 until memory is full.
"""

from __future__ import annotations

import contextlib
import re
from collections.abc import Callable

MAX_HEAD = 32 * 1024
MAX_BODY = 64 * 1024
KEPT = 1024

_PIECE = 16 * 1024
_MAX_INTERIM = 8

_HEAD_END = re.compile(rb"\r?\n\r?\n")
_STATUS = re.compile(rb"HTTP/1\.([01]) ([1-9][0-9]{2})(?![^ \r\n])")
_FIELD = re.compile(
    rb"^(connection|content-length|retry-after|transfer-encoding):([^\r\n]*)", re.IGNORECASE | re.MULTILINE
)
_LENGTH = re.compile(rb"[0-9]{1,18}")
_CHUNK_SIZE = re.compile(rb"([0-9A-Fa-f]{1,15})[ \t]*(?:;.*)?\r?")


class Ended(ConnectionError):
    """The connection was closed in the middle of the answer."""


class NoAnswer(ConnectionError):
    """The connection was closed before the first byte of an answer."""


class BadAnswer(Exception):
    """What came is not HTTP/1.1."""


class HeadTooLarge(Exception):
    """The status and headers have more than 32 KiB."""


class Answer:
    """One answer, as far as it came; ``status`` is ``None`` until the headers are there.

    ``start`` is the first KiB of the body, still encoded as it was sent. ``is_reusable`` says that the answer is whole
    and that the connection may carry another request.
    """

    __slots__ = ("_fields", "_held", "_receive", "_room", "fault", "is_reusable", "retry_after", "start", "status")

    def __init__(self, receive: Callable[[int], bytes]) -> None:
        self._receive = receive
        self._held = bytearray()
        self._room = MAX_BODY
        self._fields: dict[bytes, bytes] = {}
        self.status: int | None = None
        self.retry_after: str | None = None
        self.start = b""
        self.is_reusable = False
        self.fault: Exception | None = None

    def read(self) -> None:
        """Read the head, and at most 64 KiB of the body.

        Raises :class:`NoAnswer`, :class:`Ended`, :class:`BadAnswer`, :class:`HeadTooLarge` and what ``receive`` raises.
        """
        self._begin()
        for _ in range(_MAX_INTERIM):
            version, status = self._head()
            if status >= 200 or status == 101:
                break
        else:
            raise BadAnswer("The answer consists of interim answers.")
        self.status = status
        self.retry_after = self._fields.get(b"retry-after", b"").decode("latin-1") or None
        self._room = MAX_BODY - len(self._held)
        is_whole = self._body(status)
        closes = version == b"0" or status == 101 or b"close" in self._fields.get(b"connection", b"").lower()
        # What is left over would be taken for the answer to the next request.
        self.is_reusable = is_whole and not closes and not self._held

    def _begin(self) -> None:
        try:
            piece = self._receive(_PIECE)
        except ConnectionError as error:
            raise NoAnswer("closed without an answer") from error
        if not piece:
            raise NoAnswer("closed without an answer")
        self._held += piece

    def _head(self) -> tuple[bytes, int]:
        """Take the status and the headers; return the minor version and the status."""
        searched = 0
        while (end := _HEAD_END.search(self._held, searched)) is None:
            if not b"HTTP/1.".startswith(self._held[:7]):
                raise BadAnswer("The answer does not begin with HTTP/1.")
            if len(self._held) > MAX_HEAD:
                raise HeadTooLarge("The headers of the answer have more than 32 KiB.")
            searched = max(len(self._held) - 3, 0)
            self._more()
        head = bytes(self._held[: end.end()])
        del self._held[: end.end()]
        match = _STATUS.match(head)
        if match is None:
            raise BadAnswer("The answer does not begin with a status of HTTP/1.1.")
        self._fields = {name.lower(): value.strip() for name, value in _FIELD.findall(head)}
        return match[1], int(match[2])

    def _body(self, status: int) -> bool:
        """Read the body; return whether that was all of it, and its end was plain."""
        if status in {101, 204, 304}:
            return True
        coding = self._fields.get(b"transfer-encoding")
        length = self._fields.get(b"content-length")
        if coding is not None and coding.lower() == b"chunked":
            return self._chunks() and length is None
        if coding is None and length is not None:
            if not _LENGTH.fullmatch(length):
                raise BadAnswer("The answer has a Content-Length that is no number.")
            return self._take(int(length))
        self._until_closed()
        return False

    def _chunks(self) -> bool:
        while (line := self._line()) is not None:
            match = _CHUNK_SIZE.fullmatch(line)
            if match is None:
                raise BadAnswer("The answer has a chunk without a size.")
            size = int(match[1], 16)
            if size == 0:
                return self._trailers()
            if not self._take(size):
                return False
            if self._line() not in {b"\r", b"", None}:
                raise BadAnswer("The answer has a chunk that is longer than its size.")
        return False

    def _trailers(self) -> bool:
        while (line := self._line()) is not None:
            if line in {b"\r", b""}:
                return True
        return False

    def _until_closed(self) -> None:
        with contextlib.suppress(Ended):
            self._take(MAX_BODY + _PIECE)

    def _take(self, size: int) -> bool:
        """Take so many bytes of the body; ``False`` when there is no room for all of them."""
        while len(self._held) < size:
            if self._room <= 0:
                self._keep(bytes(self._held[:KEPT]))
                return False
            try:
                self._more()
            except OSError:
                self._keep(bytes(self._held[:KEPT]))
                raise
        self._keep(bytes(self._held[: min(size, KEPT)]))
        del self._held[:size]
        return True

    def _line(self) -> bytes | None:
        """Take one line, without the line feed; ``None`` when there is no room for it."""
        while (end := self._held.find(b"\n")) < 0:
            if self._room <= 0:
                return None
            self._more()
        line = bytes(self._held[:end])
        del self._held[: end + 1]
        return line

    def _keep(self, piece: bytes) -> None:
        self.start += piece[: KEPT - len(self.start)]

    def _more(self) -> None:
        piece = self._receive(_PIECE)
        if not piece:
            raise Ended("closed in the middle of the answer")
        self._held += piece
        self._room -= len(piece)
