"""Which addresses outgoing connections may reach. Pure."""

import ipaddress
from collections.abc import Iterable

Address = ipaddress.IPv4Address | ipaddress.IPv6Address
Network = ipaddress.IPv4Network | ipaddress.IPv6Network

# Outside of it lie loopback, link-local, site-local, unique local, multicast, NAT64 and every spelling of an IPv4 one.
_UNICAST = ipaddress.IPv6Network("2000::/3")
# Global by `is_global` of some Python, and yet tunnels, relays or documentation: what they lead to can't be checked.
_MISLEADING: tuple[Network, ...] = tuple(
    map(ipaddress.ip_network, ("192.88.99.0/24", "192.0.0.0/24", "2001::/23", "2002::/16", "3fff::/20"))
)


def networks(listed: Iterable[str]) -> tuple[Network, ...]:
    """The networks that OUTBOUND_ALLOW lists, in CIDR notation or as single addresses. Raises ValueError."""
    return tuple(ipaddress.ip_network(text, strict=False) for text in listed)


def is_reachable(text: str, allowed: tuple[Network, ...] = ()) -> bool:
    """Whether a connection to the address `text` may be made: it is public, or in one of the `allowed` networks."""
    try:
        address: Address = ipaddress.ip_address(text.partition("%")[0])
    except ValueError:
        return False
    if isinstance(address, ipaddress.IPv6Address) and address.ipv4_mapped:
        address = address.ipv4_mapped
    if any(address in network for network in allowed):
        return True
    if isinstance(address, ipaddress.IPv6Address) and address not in _UNICAST:
        return False
    return address.is_global and not address.is_multicast and not any(address in network for network in _MISLEADING)
