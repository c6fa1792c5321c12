"""A file of contacts goes in and out again in a real browser, and axe finds nothing on the way."""

import pytest

from contacts.models import Contact, Import
from inbox import crm_imports
from tests.browser.conftest import DESKTOP, PHONE
from tests.browser.test_axe import violations
from tests.contacts.sheets_of import table

FILE = table(
    ("Kd-Nr", "Name", "E-Mail", "Umsatz", "Twitter"),
    ("7", "Ines Prado", "ines@example.org", "12", "@InesP"),
    ("8", "Bo Lind", "broken", "x", ""),
)


@pytest.mark.parametrize(("theme", "viewport"), [("light", DESKTOP), ("dark", PHONE)])
def test_a_file_goes_in_and_out_again(cast, visit, tmp_path, theme, viewport):
    (tmp_path / "kunden.csv").write_bytes(FILE)
    page = visit("mia", "/contacts/import/", viewport=viewport, color_scheme=theme)
    assert violations(page) == []
    page.set_input_files("#id_file", tmp_path / "kunden.csv")
    page.fill("#id_system", "sap")
    page.click("text=Upload")
    page.wait_for_url("**/contacts/import/*/")
    assert page.locator("#preview").get_by_text("Ines Prado").is_visible()
    assert violations(page) == []

    # The preview follows each choice, without a button.
    page.select_option("select[name=m3]", label="New, “Umsatz”: Number")
    page.locator("#preview").get_by_text("Umsatz: 12").wait_for()
    page.click("text=Check all 2 rows")
    page.get_by_role("heading", name="Checking").wait_for()
    assert violations(page) == []
    source = Import.objects.get()
    crm_imports.work(source.pk)
    page.get_by_text("Nothing has been written yet").wait_for()
    assert violations(page) == []

    page.get_by_role("button", name="Import 1 row").click()
    page.get_by_role("heading", name="Importing").wait_for()
    crm_imports.work(source.pk)
    page.get_by_role("heading", name="Imported").wait_for()
    assert Contact.objects.get(name="Ines Prado").claims.get().handle == "inesp"

    page.get_by_text("Take back the import").click()
    page.locator("dialog[open]").wait_for()
    assert violations(page) == []
    page.locator("dialog[open] button.primary").click()
    page.get_by_role("heading", name="Taking the import back").wait_for()
    crm_imports.work(source.pk)
    page.get_by_role("heading", name="Taken back").wait_for()
    assert not Contact.objects.filter(name="Ines Prado").exists()

    page.goto(page.url.split("/contacts/")[0] + "/contacts/export/")
    assert violations(page) == []
    with page.expect_download() as download:
        page.get_by_role("button", name="Download CSV").click()
    assert "Dana Whitlock" in download.value.path().read_text(encoding="utf-8")
