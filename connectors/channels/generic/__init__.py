"""A webhook of our own, by which anything that can send JSON can be connected without code.

What comes in is signed, and so is what goes out: replies are posted to an address that the other system gives.
"""

from connectors.channels.generic.connector import Generic

__all__ = ["Generic"]
