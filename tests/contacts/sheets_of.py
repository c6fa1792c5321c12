"""Files of contacts for tests, taken in from the first step to the last."""

import csv
import io

from django.utils import timezone

from contacts.crm import steps
from contacts.models import Import
from inbox import crm_imports


def table(*rows, delimiter=","):
    """A file of these rows, in bytes."""
    text = io.StringIO()
    csv.writer(text, delimiter=delimiter).writerows(rows)
    return text.getvalue().encode()


def uploaded(content, *, system="hub", meanings=None, by=None, name="people.csv"):
    """An import whose columns have their meaning: as they were guessed, or as given."""
    source = steps.upload(name, [content], system=system, by=by, now=timezone.now())
    if meanings is not None:
        assert steps.say(source, meanings) == []
    return source


def checked(source):
    """After its dry run."""
    steps.check(source)
    crm_imports.work(source.pk)
    return fresh(source)


def imported(content, **options):
    """After the whole of it, without a dry run's wait."""
    source = checked(uploaded(content, **options))
    assert source.state == "checked", source.error
    steps.start(source)
    return worked(source)


def worked(source):
    """After a worker has done what the import asks for."""
    crm_imports.work(source.pk, seconds=1000)
    return fresh(source)


def taken_back(source):
    """After it was undone."""
    steps.take_back(source)
    return worked(source)


def fresh(source):
    """As it is in the database now."""
    return Import.objects.get(pk=source.pk)
