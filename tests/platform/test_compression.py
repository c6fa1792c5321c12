import gzip

import pytest
from django.http import HttpResponse, StreamingHttpResponse
from django.test import RequestFactory

from socialcrm.compression import CompressionMiddleware


def answered(response, accepts="gzip, deflate, br"):
    request = RequestFactory().get("/", headers={"Accept-Encoding": accepts} if accepts else {})
    return CompressionMiddleware(lambda _: response)(request)


def page(**headers):
    return HttpResponse("<p>Grüße</p>" * 500, headers={"Content-Type": "text/html; charset=utf-8"} | headers)


def test_a_page_travels_compressed_and_arrives_whole():
    response = answered(page())
    assert response["Content-Encoding"] == "gzip"
    assert int(response["Content-Length"]) == len(response.content) < 500
    assert gzip.decompress(response.content).decode() == "<p>Grüße</p>" * 500


@pytest.mark.parametrize("accepts", ["", "br", "gzip;q=0", "identity, gzip;q=0.0"])
def test_who_does_not_take_it_gets_the_page_as_it_is(accepts):
    response = answered(page(), accepts)
    assert not response.has_header("Content-Encoding")
    assert response["Vary"] == "Accept-Encoding"
    assert response.content.startswith(b"<p>")


@pytest.mark.parametrize(
    "response",
    [
        HttpResponse("short", content_type="text/html"),
        HttpResponse(b"\x89PNG" * 1000, content_type="image/png"),
        page(ETag='"one"'),
        page(**{"Content-Encoding": "br"}),
    ],
    ids=["short", "picture", "marked", "compressed"],
)
def test_what_gains_nothing_stays_as_it_is(response):
    before = response.content
    assert answered(response).content == before


def test_a_stream_is_not_held_back():
    response = answered(StreamingHttpResponse(iter(["one", "two"]), content_type="text/html"))
    assert response.getvalue() == b"onetwo"


def test_the_length_of_the_same_page_says_nothing_about_its_secrets():
    assert len({len(answered(page()).content) for _ in range(40)}) > 5
