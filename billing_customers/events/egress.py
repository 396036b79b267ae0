"""Where a webhook may go. A receiver's URL, its DNS and its redirects are all in the hands of whoever set it up.

A URL is read once, by one strict pattern, so that no two parsers can disagree about its host. A name is judged by the
addresses that it has at the moment of connecting, by :mod:`billing_customers.events.dialing`.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import lru_cache
from ipaddress import AddressValueError, IPv4Address, IPv4Network, IPv6Address, IPv6Network, ip_address

MAX_URL = 2048

# Services that answer on these ports are never webhook receivers; some of them can be made to act by an HTTP request.
INTERNAL_PORTS = frozenset(
    {
        *(1433, 1434, 1521, 3306, 5432, 5433, 6432, 5984, 27017, 27018, 27019, 28015),  # databases
        *(6379, 6380, 11211, 26379),  # Redis, memcached
        *(9042, 7000, 7001, 7199, 8086, 9200, 9300, 50070),  # Cassandra, InfluxDB, Elasticsearch, Hadoop
        *(2181, 2379, 2380, 8300, 8301, 8500, 8600),  # ZooKeeper, etcd, Consul
        *(4369, 5671, 5672, 9092, 15672, 25672, 61613, 61616),  # message brokers
        *(2375, 2376, 6443, 10250, 10255, 10256),  # Docker, Kubernetes
        *(2049, 3389, 5900, 5985, 5986, 6000),  # NFS and remote desktops
        *(6665, 6666, 6667, 6668, 6669, 6697),  # IRC
    }
)

# Names that lead inside wherever they lead at all. RFC 6761, 6762, 8375, 9476, and the clouds' metadata services.
_INSIDE = re.compile(
    r"(?:.*\.)?(?:localhost|localdomain|local|internal|intranet|private|corp|home|lan|home\.arpa|metadata\.goog)"
)

# IANA's registries of special-purpose addresses; what is not listed is public.
_V4_SPECIAL = tuple(
    IPv4Network(text)
    for text in (
        "0.0.0.0/8",
        "10.0.0.0/8",
        "100.64.0.0/10",
        "127.0.0.0/8",
        "168.63.129.16/32",  # Azure's own services, on every machine there
        "169.254.0.0/16",
        "172.16.0.0/12",
        "192.0.0.0/24",
        "192.0.2.0/24",
        "192.88.99.0/24",
        "192.168.0.0/16",
        "198.18.0.0/15",
        "198.51.100.0/24",
        "203.0.113.0/24",
        "224.0.0.0/4",
        "240.0.0.0/4",
    )
)
# Only this third of IPv6 is given out. Mapped, compatible and NAT64 forms of IPv4 lie outside of it.
_V6_GLOBAL = IPv6Network("2000::/3")
_V6_SPECIAL = tuple(
    IPv6Network(text)
    for text in (
        "2001::/23",  # protocol assignments, Teredo among them
        "2001:db8::/32",
        "2002::/16",  # 6to4: an IPv4 address is embedded
        "3ffe::/16",
        "3fff::/20",
    )
)

_URL = re.compile(
    r"(?P<scheme>https?)://(?P<host>\[[0-9a-f:.]+\]|[a-z0-9._-]+)(?::(?P<port>[1-9][0-9]{0,4}))?(?P<path>[/?].*)?",
    re.IGNORECASE | re.ASCII,
)
_TEXT_FAULTS = (
    (re.compile(r"[^\x21-\x7e]"), "must be printable ASCII without blanks: punycode for the host, % for the rest."),
    (re.compile(r"\\"), "cannot contain a backslash."),
    (re.compile(r"#"), "cannot have a fragment."),
    (re.compile(r"\A[^/]*//[^/?]*@"), "cannot carry a user name or password."),
    (re.compile(r"\A[^/]*//[^/?]*%"), "cannot have a percent sign in its host."),
)
_LABEL = re.compile(r"(?!-)[a-z0-9_-]{1,63}(?<!-)", re.ASCII)
# What a resolver may take for an IPv4 address: its last part is a number.
_NUMBER = re.compile(r"[0-9]+|0x[0-9a-f]*", re.ASCII)


class ForbiddenAddress(Exception):
    """A webhook may not go there. The message is a sentence, which does not tell the address behind a name."""


@dataclass(frozen=True, slots=True)
class Target:
    """A URL that was found good: where to connect, and what to ask for there."""

    tls: bool
    host: str
    port: int
    authority: str  # as the Host header has it
    path: str  # with the query
    allow_private: bool

    @property
    def origin(self) -> tuple[bool, str, int, bool]:
        """What two targets must share to share a connection."""
        return (self.tls, self.host, self.port, self.allow_private)


def fault_of_url(url: str, *, allow_http: bool, allow_private: bool) -> str | None:
    """Why a webhook may not go to ``url``, as a sentence; ``None`` when it may.

    Asked when an endpoint is saved and before each request. It does not resolve names: where they lead is checked when
    a connection is made. ``allow_private`` also allows every port and names without a dot.
    """
    found = _read(url, allow_http, allow_private)
    return found if isinstance(found, str) else None


def target_of(url: str, *, allow_http: bool, allow_private: bool) -> Target:
    """Read a URL. Raises :class:`ForbiddenAddress` with what :func:`fault_of_url` answers."""
    found = _read(url, allow_http, allow_private)
    if isinstance(found, str):
        raise ForbiddenAddress(found)
    return found


def is_public(address: str) -> bool:
    """Whether an IP address, as a socket reports it, is one of the public internet. Anything else is not."""
    try:
        ip = ip_address(address)
    except ValueError:
        return False
    if isinstance(ip, IPv4Address):
        return not any(ip in network for network in _V4_SPECIAL)
    # ISATAP embeds an IPv4 address behind 0:5efe or 200:5efe.
    is_isatap = (int(ip) >> 32) & 0xFDFFFFFF == 0x5EFE
    return ip in _V6_GLOBAL and not is_isatap and not any(ip in network for network in _V6_SPECIAL)


@lru_cache(maxsize=4096)
def _read(url: str, allow_http: bool, allow_private: bool) -> Target | str:
    if len(url) > MAX_URL:
        return f"The URL has more than {MAX_URL} characters."
    for pattern, rule in _TEXT_FAULTS:
        if pattern.search(url):
            return f"The URL {rule}"
    match = _URL.fullmatch(url)
    if match is None:
        return "The URL must have the form https://host[:port]/path."
    tls = match["scheme"].lower() == "https"
    if not tls and not allow_http:
        return "The URL must begin with https://."
    host = match["host"].lower()
    port = int(match["port"] or (443 if tls else 80))
    fault = _fault_of_host(host, allow_private) or _fault_of_port(port, allow_private)
    if fault:
        return fault
    path = match["path"] or "/"
    return Target(
        tls=tls,
        host=host.strip("[]"),
        port=port,
        authority=f"{host}:{port}" if match["port"] else host,
        path=path if path[0] == "/" else f"/{path}",
        allow_private=allow_private,
    )


def _fault_of_port(port: int, allow_private: bool) -> str | None:
    if port > 65535:
        return f"The port {port} does not exist."
    if allow_private or port in {80, 443} or (port >= 1024 and port not in INTERNAL_PORTS):
        return None
    return f"The port {port} is not allowed: 80, 443 and those from 1024 on are, except for known internal services."


def _fault_of_host(host: str, allow_private: bool) -> str | None:
    labels = host.split(".")
    try:
        if host[0] == "[":
            return _fault_of_address(str(IPv6Address(host[1:-1])), allow_private)
        if _NUMBER.fullmatch(labels[-1]):
            return _fault_of_address(str(IPv4Address(host)), allow_private)
    except AddressValueError:
        return "An IP address must be four decimal numbers, or IPv6 in brackets."
    if len(host) > 253 or not all(map(_LABEL.fullmatch, labels)):
        return "The host is not a name: each part has 1 to 63 letters, digits, hyphens or underscores."
    if allow_private or (len(labels) > 1 and not _INSIDE.fullmatch(host)):
        return None
    return "The host is a name of an internal network."


def _fault_of_address(address: str, allow_private: bool) -> str | None:
    return None if allow_private or is_public(address) else "The address is not one of the public internet."
