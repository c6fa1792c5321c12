"""Files of any kind are read: encodings, separators, stray quotation marks, cells of any content."""

import csv
import io

import pytest
from hypothesis import given
from hypothesis import strategies as st

from contacts.sheets import accounts, decoding, meanings, sheet
from contacts.sheets.record import Rejected, Terms, read


def rows_of(content, **options):
    encoding = decoding.detect([content])
    layout = sheet.look([content], encoding, **options)
    return encoding, layout, list(sheet.rows([content], encoding, layout))


@pytest.mark.parametrize(
    ("written", "found"),
    [
        ("utf-8", "utf-8-sig"),
        ("utf-8-sig", "utf-8-sig"),
        ("utf-16", "utf-16-le"),
        ("utf-16-le", "utf-16-le"),
        ("utf-16-be", "utf-16-be"),
        ("cp1252", "cp1252"),
    ],
)
@pytest.mark.parametrize("delimiter", list(sheet.DELIMITERS))
def test_it_finds_out_the_encoding_and_the_separator(written, found, delimiter):
    text = f"Name{delimiter}Ort\r\nJürgen Groß{delimiter}Köln\r\nZoë{delimiter}Besançon\r\n"
    encoding, layout, rows = rows_of(text.encode(written))
    assert (encoding, layout.delimiter, layout.names) == (found, delimiter, ["Name", "Ort"])
    assert [row.cells for row in rows] == [["Jürgen Groß", "Köln"], ["Zoë", "Besançon"]]


def test_a_few_broken_bytes_do_not_make_it_another_encoding():
    content = b"Name,Ort\n" + "Jürgen,Köln\n".encode() * 20 + b"J\xfcrgen,K\xf6ln\n"
    encoding, _layout, rows = rows_of(content)
    assert encoding == "utf-8-sig"
    assert decoding.shown(rows[-1].cells[0]) == "J\\xFCrgen"
    with pytest.raises(Rejected, match=r"Ort: “K\\xF6ln” holds bytes that mean nothing in UTF-8"):
        read(rows[-1], ["Name", "Ort"], ["", "attribute:city:text"], Terms())


def test_a_quotation_mark_that_nobody_closed_costs_one_row():
    _encoding, _layout, rows = rows_of(b'Name,City\n"Ines,Porto\nBo,Lund\n"A\nB",Ulm\n')
    assert [(row.line, row.cells, bool(row.trouble)) for row in rows] == [
        (2, ['"Ines', "Porto"], True),
        (3, ["Bo", "Lund"], False),
        (4, ["A\nB", "Ulm"], False),
    ]


def test_ragged_rows_are_filled_up_or_told():
    _encoding, _layout, rows = rows_of(b"a,b,c\n1\n1,2,3,,\n1,2,3,4\n\n,,\n")
    assert [(row.line, row.cells) for row in rows[:2]] == [(2, ["1", "", ""]), (3, ["1", "2", "3"])]
    assert rows[2].trouble == "The row has 4 cells, the file has 3 columns."
    assert len(rows) == 3


def test_names_of_columns_are_made_distinct():
    _encoding, layout, _rows = rows_of(b"E-Mail,,E-Mail,E-Mail\nx,y,z,w\n")
    assert layout.names == ["E-Mail", "Column 2", "E-Mail (2)", "E-Mail (3)"]


def test_a_file_without_names_is_noticed():
    _encoding, layout, rows = rows_of(b"Ines;ines@example.org\nBo;bo@example.org\n")
    assert (layout.has_header, layout.names) == (False, ["Column 1", "Column 2"])
    assert len(rows) == 2


def test_excels_own_line_about_the_separator_is_no_row():
    _encoding, layout, rows = rows_of(b"sep=;\r\nName;City\r\nInes;Porto\r\n")
    assert (layout.delimiter, layout.names) == (";", ["Name", "City"])
    assert [row.cells for row in rows] == [["Ines", "Porto"]]


def test_long_cells_are_read_and_endless_ones_told():
    long, endless = "x" * 60_000, "y" * 1_200_000
    _encoding, _layout, rows = rows_of(f"a,b\n1,{long}\n2,{endless}\n3,z\n".encode())
    assert (rows[0].cells[1], rows[0].trouble) == (long, "")
    assert "too long" in rows[1].trouble
    assert rows[2].cells == ["3", "z"]


@given(st.binary(max_size=400), st.sampled_from([*decoding.ENCODINGS]))
def test_whatever_a_file_holds_nothing_raises_and_everything_can_be_shown(content, encoding):
    layout = sheet.look([content], encoding)
    assert len(set(layout.names)) == len(layout.names)
    for row in sheet.rows([content], encoding, layout):
        for cell in row.cells:
            decoding.shown(cell).encode()
        try:
            read(row, layout.names, ["email"] * len(layout.names), Terms())
        except Rejected as error:
            str(error).encode()
    rows_of(content)


CELLS = st.text(st.characters(exclude_categories=["Cs"], exclude_characters="\x00\ufeff"), max_size=20)


@given(st.lists(st.lists(CELLS, min_size=3, max_size=3), max_size=8), st.sampled_from([*sheet.DELIMITERS]))
def test_what_a_table_program_writes_is_read_as_it_was_written(table, delimiter):
    text = io.StringIO()
    csv.writer(text, delimiter=delimiter).writerows([["Name", "City", "Note"], *table])
    content = text.getvalue().encode()
    layout = sheet.look([content], "utf-8-sig", delimiter=delimiter, has_header=True)
    read_again = [list(row.cells) for row in sheet.rows([content], "utf-8-sig", layout)]
    assert read_again == [row for row in table if any(cell and not cell.isspace() for cell in row)]


@pytest.mark.parametrize(
    ("name", "meaning"),
    [
        ("E-Mail-Adresse", "email"),
        ("Correo electrónico", "email"),
        ("Prénom", "given_name"),
        ("Nachname", "family_name"),
        ("Kunden-Nr.", "key"),
        ("Record ID", "key"),
        ("PLZ", "attribute:postal_code:text"),
        ("Fecha de nacimiento", "attribute:birth_date:date"),
        ("Straße", "attribute:street:text"),
        ("dateOfBirth", "attribute:birth_date:date"),
        ("Twitter handle", "account:x"),
        ("Instagram", "account:instagram"),
        ("Facebook ID", "account_id:facebook"),
        ("crm:hub", "key"),
        ("crm:sap", "account_id:crm:sap"),
        ("x id", "account_id:x"),
        ("socialcrm_id", ""),
        ("Umsatz 2024", ""),
    ],
)
def test_columns_are_guessed_by_their_names(name, meaning):
    assert meanings.guess([name], {}, {"x"}, "hub") == [meaning]


@given(st.text(max_size=60))
def test_any_name_of_a_column_has_a_meaning_or_can_become_an_attribute(name):
    (guessed,) = meanings.guess([name], {}, {"x"}, "hub")
    assert meanings.is_known(guessed)
    assert meanings.is_known(meanings.new_attribute(name, "text"))


@pytest.mark.parametrize(
    ("network", "text", "handle", "external_id"),
    [
        ("x", "@InesP", "inesp", ""),
        ("x", "https://twitter.com/InesP?lang=en", "inesp", ""),
        ("x", "x.com/InesP/", "inesp", ""),
        ("x", "1234567890", "", "1234567890"),
        ("mastodon", "@ines@Example.social", "ines@example.social", ""),
        ("mastodon", "https://example.social/@ines", "ines@example.social", ""),
        ("bluesky", "https://bsky.app/profile/ines.bsky.social", "ines.bsky.social", ""),
        ("bluesky", "did:plc:abc", "", "did:plc:abc"),
        ("facebook", "https://www.facebook.com/profile.php?id=1000123", "", "1000123"),
        ("linkedin", "https://www.linkedin.com/in/ines-prado/", "ines-prado", ""),
    ],
)
def test_accounts_are_read_as_people_write_them(network, text, handle, external_id):
    found = accounts.on(network, text)
    assert (found.network, found.handle, found.external_id) == (network, handle, external_id)


@given(st.sampled_from([*accounts.NETWORKS]), st.text(max_size=80))
def test_no_text_breaks_the_reading_of_accounts(network, text):
    accounts.on(network, text)
    accounts.of_profile(text)
