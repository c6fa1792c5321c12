import pytest

from connectors.addresses import is_reachable, networks

PUBLIC = ["1.1.1.1", "8.8.8.8", "93.184.216.34", "104.244.42.1", "2606:4700:4700::1111", "2a00:1450:4001:81b::200e"]
NOT_PUBLIC = """
    0.0.0.0 0.1.2.3 10.0.0.1 10.255.255.255 100.64.0.1 100.127.255.254 127.0.0.1 127.255.255.254 169.254.0.1
    169.254.169.254 172.16.0.1 172.31.255.255 192.0.0.1 192.0.0.192 192.0.2.1 192.88.99.1 192.168.0.1 198.18.0.1
    198.19.255.255 198.51.100.1 203.0.113.1 224.0.0.1 239.255.255.250 240.0.0.1 255.255.255.255
    :: ::1 ::127.0.0.1 ::10.0.0.1 ::ffff:127.0.0.1 ::ffff:10.0.0.1 ::ffff:169.254.169.254 ::ffff:0:127.0.0.1
    64:ff9b::7f00:1 64:ff9b::8.8.8.8 64:ff9b:1::1 100::1 2001::1 2001:0:4136:e378:8000:63bf:3fff:fdd2 2001:2::1
    2001:10::1 2001:db8::1 2002:7f00:1:: 2002:808:808:: 3fff::1 5f00::1 fc00::1 fd12:3456::1 fe80::1 fe80::1%lo
    fec0::1 ff02::1 ff0e::1
""".split()


@pytest.mark.parametrize("address", PUBLIC)
def test_a_public_address_may_be_reached(address: str) -> None:
    assert is_reachable(address)


@pytest.mark.parametrize("address", NOT_PUBLIC)
def test_an_address_that_is_not_public_may_not(address: str) -> None:
    assert not is_reachable(address)


@pytest.mark.parametrize("text", ["", "localhost", "127.1", "0x7f000001", "1.2.3.4.5", "::g", "[::1]"])
def test_what_is_no_address_may_not(text: str) -> None:
    assert not is_reachable(text)


def test_a_listed_network_may_be_reached_in_every_spelling_and_no_other() -> None:
    allowed = networks(["127.0.0.0/8", "192.168.7.9", "fd00::/8"])
    for address in ("127.0.0.1", "::ffff:127.0.0.1", "192.168.7.9", "fd00::5"):
        assert is_reachable(address, allowed)
    for address in ("10.0.0.1", "192.168.7.8", "::1", "fc00::1", "::127.0.0.1"):
        assert not is_reachable(address, allowed)


def test_a_network_that_is_none_is_refused() -> None:
    with pytest.raises(ValueError, match="everywhere"):
        networks(["everywhere"])
