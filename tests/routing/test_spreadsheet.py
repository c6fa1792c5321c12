import pytest

from routing.spreadsheet import BadSpreadsheet, rows


def texts(path, content):
    path.write_bytes(content if isinstance(content, bytes) else content.encode())
    return [row["text"] for row in rows(str(path), ["text"])]


@pytest.mark.parametrize("delimiter", [",", ";", "\t"])
def test_common_delimiters_are_understood(tmp_path, delimiter):
    assert texts(tmp_path / "a.csv", f"id{delimiter}Text\n1{delimiter}hello\n") == ["hello"]


def test_a_byte_order_mark_quotes_and_line_breaks_are_understood(tmp_path):
    assert texts(tmp_path / "a.csv", '\ufefftext\r\n"a ""b""\r\nc, d"\r\n') == ['a "b"\r\nc, d']


def test_fields_may_be_longer_than_128_kib(tmp_path):
    assert len(texts(tmp_path / "a.csv", "text\n" + "x" * 300_000 + "\n")[0]) == 300_000


def test_short_and_long_rows_keep_their_place(tmp_path):
    assert texts(tmp_path / "a.csv", "id,text\n1\n2,b,c\n3,d\n") == ["", "b", "d"]


@pytest.mark.parametrize(
    ("content", "message"),
    [
        ("id,body\n1,a\n", "has no column “text”; its columns are “id”, “body”"),
        ("", "is empty"),
        (b"text\ncaf\xe9\n", "is not UTF-8"),
        ("text\nx\n".encode("utf-16"), "is not UTF-8"),
    ],
)
def test_what_is_wrong_is_named(tmp_path, content, message):
    with pytest.raises(BadSpreadsheet, match="a.csv") as caught:
        texts(tmp_path / "a.csv", content)
    assert message in str(caught.value)


def test_a_missing_file_is_named():
    with pytest.raises(BadSpreadsheet, match=r"nowhere\.csv: No such file"):
        list(rows("nowhere.csv", ["text"]))
