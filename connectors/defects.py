"""What people see of an error that no connector should raise: a defect of ours, told where its work is shown."""

from django.utils.translation import gettext

from connectors.protocol import ConnectorError


def defect(error: Exception, *, unknown: bool = False) -> ConnectorError:
    """`error` as a network's would be told. `unknown`: nobody knows what was sent before it."""
    return ConnectorError(
        f"{type(error).__name__}: {error}", remedy=gettext("This is a defect. Please report it."), unknown=unknown
    )
