"""Meta's networks: a Facebook Page with Messenger, and a professional account on Instagram.

Both speak the Graph API, with the same tokens, errors, limits and webhooks, which is why they live in one package.
"""

from connectors.channels.meta.facebook import Facebook
from connectors.channels.meta.instagram import Instagram

__all__ = ["Facebook", "Instagram"]
