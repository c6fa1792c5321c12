"""Sockets to mail servers: through the one door, with TLS that is verified; and their failures in words."""

import ipaddress
import socket
import ssl
from functools import lru_cache

import certifi
from django.conf import settings

from connectors import outbound
from connectors.addresses import networks
from connectors.clean import clean_text
from connectors.protocol import ConnectorError

READ_SECONDS = 15.0
# One command and its answer, however slowly it drips.
TOTAL_SECONDS = 30.0


def connected(host: str, port: int, security: str) -> socket.socket:
    """A connection to a mail server; with TLS where that comes first. Raises OSError, outbound.Refused and
    ConnectorError."""
    if not host:
        remedy = "Write the mail server's name into the channel's settings."
        raise ConnectorError("The channel names no mail server.", remedy=remedy, permanent=True)
    plain = outbound.connect(host, port)
    outbound.watch(plain)
    if security == "plain" and not _is_own(plain):
        plain.close()
        raise ConnectorError(
            f"{host} would get the password without encryption.",
            remedy="Choose TLS or STARTTLS. Without encryption only servers are used that OUTBOUND_ALLOW lists.",
            permanent=True,
        )
    plain.settimeout(READ_SECONDS)
    return secured(plain, host) if security == "tls" else plain


def secured(plain: socket.socket, host: str) -> ssl.SSLSocket:
    """The same connection with TLS. Raises OSError."""
    try:
        over = context().wrap_socket(plain, server_hostname=host, do_handshake_on_connect=False)
        outbound.watch(over)
        over.do_handshake()
    except (OSError, ValueError):
        plain.close()
        raise
    return over


@lru_cache(maxsize=1)
def context() -> ssl.SSLContext:
    """What the machine trusts (SSL_CERT_FILE adds an authority of one's own) and what browsers do."""
    made = ssl.create_default_context()
    made.load_verify_locations(certifi.where())
    return made


def _is_own(connection: socket.socket) -> bool:
    """Whether OUTBOUND_ALLOW lists the server."""
    address = ipaddress.ip_address(str(connection.getpeername()[0]).partition("%")[0])
    if isinstance(address, ipaddress.IPv6Address) and address.ipv4_mapped:
        address = address.ipv4_mapped
    return any(address in network for network in networks(settings.OUTBOUND_ALLOW))


def failure(error: Exception, server: str) -> ConnectorError:
    """What went wrong on the way to a server, or within its protocol, in words."""
    if isinstance(error, outbound.Refused):
        return ConnectorError(str(error), remedy=outbound.REMEDY, permanent=True)
    if isinstance(error, ssl.SSLCertVerificationError):
        return ConnectorError(
            f"The certificate of {server} cannot be trusted: {error.verify_message}.",
            remedy="Check the server's name. For a server of your own put its authority into SSL_CERT_FILE.",
            permanent=True,
        )
    if isinstance(error, ssl.SSLError):
        remedy = "Check the port and whether the server wants TLS or STARTTLS."
        return ConnectorError(f"No encrypted connection to {server} ({error.reason or 'TLS'}).", remedy=remedy)
    if isinstance(error, socket.gaierror):
        return ConnectorError(f"The name {server} is not known.", remedy="Check the server's name.")
    if isinstance(error, TimeoutError):
        return ConnectorError(
            f"{server} did not answer in time.", remedy="Check the port, and whether the server runs."
        )
    if isinstance(error, ConnectionRefusedError):
        remedy = "Check the name and the port, and whether the server runs."
        return ConnectorError(f"{server} takes no connections at this port.", remedy=remedy)
    words = clean_text(str(error))[:300]
    return ConnectorError(f"{server} broke off the conversation ({words or type(error).__name__}).")
