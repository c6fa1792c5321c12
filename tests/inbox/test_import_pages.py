"""A manager brings a file of contacts in, page by page, takes it back, and takes all people out again."""

import csv
import io
import json

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.core.management import CommandError, call_command
from django.test import Client
from django.utils import timezone

from contacts.crm import steps
from contacts.models import Contact, Identity, Import, Merge, Tag
from inbox import crm_imports
from tests.contacts.sheets_of import imported, table, uploaded
from tests.inbox.cast import Cast
from tests.inbox.test_pages import statements

FILE = table(
    ("Id", "Name", "E-Mail", "City", "Tags", "Role", "Twitter"),
    ("7", "Ines Prado", "ines@example.org", "Porto", "vip", "customer", "@InesP"),
    ("8", "=Bo", "bo@example.org", "Lund", "", "", ""),
    ("9", "Cy", "broken", "", "", "", ""),
)


@pytest.fixture
def cast(db):
    return Cast()


@pytest.fixture
def mia(cast):
    client = Client()
    client.force_login(cast.mia)
    return client


def upload(client, content=FILE, system="hub", name="people.csv"):
    return client.post("/contacts/import/", {"file": SimpleUploadedFile(name, content), "system": system})


def choose(client, url, do, *meanings):
    return client.post(url, {"do": do, **{f"m{n}": meaning for n, meaning in enumerate(meanings)}})


def text(response):
    return b"".join(response.streaming_content).decode()


MEANINGS = ("key", "name", "email", "attribute:city:text", "tag", "role", "account:x")


def test_a_file_is_uploaded_understood_checked_imported_and_taken_back(mia):
    url = upload(mia)["Location"]
    page = mia.get(url).content.decode()
    assert "3 rows from hub" in page
    assert "Ines Prado" in page
    assert "E-Mail: “broken” is not an e-mail address." in page
    pk = Import.objects.get().pk

    assert choose(mia, url, "check", *MEANINGS).status_code == 302
    assert "Checking" in mia.get(url).content.decode()
    crm_imports.work(pk)
    page = mia.get(url).content.decode()
    assert "Nothing has been written yet" in page
    assert not Contact.objects.filter(name="Ines Prado").exists()

    mia.post(f"{url}start/")
    crm_imports.work(pk)
    page = mia.get(url).content.decode()
    assert "Take back the import" in page
    assert Contact.objects.get(name="Ines Prado").tags.get().name == "vip"
    rejected = list(csv.reader(io.StringIO(text(mia.get(f"{url}rejected/")).lstrip("\ufeff"))))
    assert rejected[0][-2:] == ["Line", "Reason"]
    assert rejected[1][:3] == ["9", "Cy", "broken"]
    assert rejected[1][-2] == "4"

    assert "2 contacts" in mia.get(f"{url}undo/").content.decode()
    mia.post(f"{url}undo/")
    crm_imports.work(pk)
    assert "Taken back" in mia.get(url).content.decode()
    assert not Contact.objects.filter(name="Ines Prado").exists()


def test_changing_a_meaning_shows_what_the_rows_would_become(mia):
    url = upload(mia)["Location"]
    body = {"do": "preview", **dict.fromkeys((f"m{n}" for n in range(7)), "")}
    page = mia.post(url, body, headers={"HX-Request": "true"}).content.decode()
    assert "hx-partial" in page
    assert "Choose the column that says who it is" in page


def test_another_encoding_can_be_chosen(mia):
    content = "Id,Name\n7,Ян\n".encode("cp1251")
    url = upload(mia, content)["Location"]
    assert "Ян" not in mia.get(url).content.decode()
    mia.post(url, {"do": "layout", "encoding": "cp1251", "delimiter": ",", "header": "on"})
    assert "Ян" in mia.get(url).content.decode()


@pytest.mark.parametrize(
    ("body", "said"),
    [
        ({"system": "hub"}, "Choose a file."),
        ({"system": "hub", "file": SimpleUploadedFile("a.csv", b"")}, "The file is empty."),
        ({"system": "hub", "file": SimpleUploadedFile("a.csv", b"\n\n")}, "There is nothing in this file."),
        ({"system": "!", "file": SimpleUploadedFile("a.csv", b"Id\n1\n")}, "Name the system"),
        ({"file": SimpleUploadedFile("a.csv", b"Id\n1\n")}, "Name the system"),
    ],
)
def test_what_cannot_be_uploaded_is_said_at_its_field(mia, body, said):
    response = mia.post("/contacts/import/", body)
    assert response.status_code == 422
    assert said in response.content.decode()


@pytest.mark.parametrize("content", [b"\x00" * 300, b"\xff\xfe\x00", bytes(range(256)) * 3, b'"' * 999, b"a" * 70_000])
def test_no_file_breaks_a_page(mia, content):
    response = upload(mia, content)
    assert response.status_code in (302, 422)
    if response.status_code == 302:
        assert mia.get(response["Location"]).status_code == 200
        for source in Import.objects.all():
            steps.say(source, ["key"] * len(source.mapping["names"]))
            assert mia.get(response["Location"]).status_code == 200


def test_two_browsers_at_once_are_told_apart(mia):
    url = upload(mia)["Location"]
    choose(mia, url, "check", *MEANINGS)
    crm_imports.work(Import.objects.get().pk)
    mia.post(f"{url}start/")
    again = mia.post(f"{url}start/", follow=True)
    assert "Somebody was quicker" in again.content.decode()
    assert choose(mia, url, "check", *MEANINGS).status_code == 302
    assert Import.objects.get().state == "queued"


def test_a_check_can_be_stopped_and_a_file_forgotten(mia):
    url = upload(mia)["Location"]
    choose(mia, url, "check", *MEANINGS)
    mia.post(f"{url}cancel/")
    assert Import.objects.get().state == "uploaded"
    mia.post(f"{url}cancel/", {"do": "discard"})
    assert mia.get(url).status_code == 404


def test_an_import_whose_worker_died_is_found_again(mia, django_capture_on_commit_callbacks):
    url = upload(mia)["Location"]
    choose(mia, url, "check", *MEANINGS)
    assert crm_imports.ring_due(timezone.now()) == 1
    crm_imports.work(Import.objects.get().pk)
    assert crm_imports.ring_due(timezone.now()) == 0


def test_the_pages_cost_the_same_however_many_rows(mia):
    small = upload(mia)["Location"]
    rows = [(str(n), f"P {n}", f"p{n}@example.org", "Ulm", "", "", "") for n in range(800)]
    large = upload(mia, FILE + table(*rows), "hub")["Location"]
    assert statements(mia, large) <= statements(mia, small) <= 30


def exported(client, query="format=csv"):
    return text(client.get(f"/contacts/export/?{query}"))


def test_people_come_out_with_all_their_accounts_on_one_line(cast, mia):
    imported(FILE)
    cast.asks(Identity.objects.get(external_id="ines@example.org"))
    lines = list(csv.DictReader(io.StringIO(exported(mia).lstrip("\ufeff"))))
    ines = next(one for one in lines if one["name"] == "Ines Prado")
    assert (ines["crm:hub"], ines["email"], ines["roles"], ines["tags"]) == ("7", "ines@example.org", "customer", "vip")
    assert ines["attribute:city"] == "Porto"
    assert ines["last_message_at"]
    assert any(one["name"] == "'=Bo" for one in lines)
    dana = next(one for one in lines if one["name"] == "Dana Whitlock")
    assert (dana["x id"], dana["instagram handle"]) == (cast.dana[0].external_id, cast.dana[1].handle)


def test_people_come_out_as_json_and_can_be_narrowed_down(cast, mia):
    imported(FILE)
    for query in ("tag=VIP", "role=customer", "attribute=city&value=porto", "network=crm&tag=vip"):
        (one,) = [json.loads(line) for line in exported(mia, f"format=jsonl&{query}").splitlines()]
        assert (one["name"], one["external_ids"], one["attributes"]) == (
            "Ines Prado",
            {"hub": ["7"]},
            {"city": "Porto"},
        )
        assert [(role["role"], bool(role["since"])) for role in one["roles"]] == [("customer", True)]
    assert mia.get("/contacts/export/?format=xls").status_code == 422
    assert exported(mia, "format=jsonl&tag=nothing") == ""
    assert mia.get("/contacts/export/?format=csv&tag=%00").status_code == 422


def test_what_was_exported_finds_the_same_people_when_it_is_imported(cast, mia):
    imported(FILE)
    Tag.objects.create(contact_id=cast.dana[0].contact_id, name="shop", at=timezone.now())
    people = Contact.objects.count()
    for system in ("hub", "other"):
        source = imported(exported(mia).encode(), system=system)
        counts = source.counts["taken"]
        assert (counts["unchanged"], counts["created"], counts["updated"]) == (source.rows, 0, 0), counts
    assert Contact.objects.count() == people
    assert not Merge.objects.exists()


def test_the_commands_do_the_same(cast, tmp_path, capsys):
    path = tmp_path / "people.csv"
    path.write_bytes(FILE)
    call_command("import_contacts", str(path), system="hub", dry_run=True)
    assert "3 rows: 2 created, 1 rejected." in capsys.readouterr().out
    assert Import.objects.count() == 0
    call_command("import_contacts", str(path), system="hub", mapping='{"City": "attribute:home_town:text"}')
    assert Contact.objects.get(name="Ines Prado").values.get().attribute.slug == "home_town"
    call_command("export_contacts", format="jsonl", tag="vip")
    assert '"Ines Prado"' in capsys.readouterr().out
    for mapping in ('{"Nowhere": "key"}', '{"City": "what"}', "[1]", "{"):
        with pytest.raises(CommandError):
            call_command("import_contacts", str(path), system="hub", mapping=mapping)


def test_only_the_first_step_changes_what_columns_mean(cast):
    source = uploaded(FILE)
    Import.objects.filter(pk=source.pk).update(state="done")
    source.refresh_from_db()
    with pytest.raises(steps.NotNow):
        steps.say(source, list(MEANINGS))
