"""What a call over HTTP without an answer means, for every network."""

from connectors import outbound
from connectors.http import AddressRefused, RequestException, Timeout, TooLarge, TooManyRedirects, never_sent
from connectors.protocol import ConnectorError


class Dropped(ConnectorError):
    """The connection broke before the answer was there."""


def unreached(error: RequestException, who: str, *, changes: bool) -> ConnectorError:
    """The error for a call of `who` without an answer; `unknown` where it `changes` something and may have arrived.

    Of the error's own words nothing is shown that could hold a key: some stand in addresses and headers.
    """
    if isinstance(error, AddressRefused):
        return ConnectorError(error.words, remedy=outbound.REMEDY, permanent=True)
    if isinstance(error, TooManyRedirects):
        remedy = "The address in the channel's settings leads elsewhere: correct it."
        return ConnectorError(f"{who}'s address redirects.", remedy=remedy, permanent=True, unknown=changes)
    if isinstance(error, ValueError):
        # requests' word for addresses and headers that are none.
        remedy = "Check the address and the keys in the channel's settings."
        return ConnectorError(f"{who} cannot be asked ({type(error).__name__}).", remedy=remedy, permanent=True)
    if isinstance(error, TooLarge):
        return ConnectorError(f"{who}'s answer is too large.", unknown=changes)
    again = "It is tried again by itself."
    sent = not never_sent(error)
    if isinstance(error, Timeout):
        return ConnectorError(f"{who} did not answer in time.", remedy=again, unknown=changes and sent)
    kind = Dropped if sent else ConnectorError
    return kind(f"{who} cannot be reached ({type(error).__name__}).", remedy=again, unknown=changes and sent)
