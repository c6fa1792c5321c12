"""Files of contacts: uploaded, understood, checked, imported, taken back."""

import csv
from collections.abc import Callable, Iterable, Iterator

from django import forms
from django.contrib import messages
from django.http import HttpResponse, StreamingHttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from contacts.crm import files, steps
from contacts.crm.safe import cell
from contacts.models import Import, ImportedRow
from inbox import crm_imports, crm_page
from inbox.views.frame import Request
from people.access import for_managers, wants_fragment


class UploadForm(forms.Form):
    """A file, and the system whose ids it holds."""

    file = forms.FileField(
        max_length=1000,
        error_messages={
            "required": _("Choose a file."),
            "empty": _("The file is empty. Choose one with a row for each contact."),
            "max_length": _("The name of the file is too long. Shorten it."),
        },
    )
    system = forms.CharField(
        max_length=steps.LONGEST_SYSTEM,
        error_messages={
            "required": _("Name the system that the file comes from, like hubspot."),
            "max_length": _("The name of the system is too long. 30 characters are possible."),
        },
    )


@require_http_methods(["GET", "HEAD", "POST"])
@for_managers
def index(request: Request) -> HttpResponse:
    """The form for a file and the imports so far. POST keeps a file and leads to its page."""
    form = UploadForm(request.POST, request.FILES) if request.method == "POST" else UploadForm()
    if request.method == "POST" and form.is_valid():
        file = form.cleaned_data["file"]
        try:
            source = steps.upload(
                file.name, file.chunks(), system=form.cleaned_data["system"], by=request.user, now=timezone.now()
            )
        except (files.TooLarge, steps.NotNow) as error:
            form.add_error("file", str(error))
        else:
            return redirect("import", source.pk)
    context = {"nav": "contacts", "form": form, "earlier": crm_page.earlier(), "systems": steps.systems()}
    return render(request, "inbox/imports/index.html", context, status=422 if form.errors else 200)


@require_http_methods(["GET", "HEAD", "POST"])
@for_managers
def show(request: Request, pk: int) -> HttpResponse:
    """One import in the step that it is in. POST says what its columns mean, and may ask for the dry run."""
    source = _find(pk)
    if request.method != "POST":
        return _answer(request, source)
    try:
        if request.POST.get("do") == "layout":
            steps.lay_out(
                source,
                encoding=request.POST.get("encoding", ""),
                delimiter=request.POST.get("delimiter", ""),
                has_header="header" in request.POST,
            )
            return redirect("import", pk)
        steps.say(source, [request.POST.get(f"m{n}", "") for n in range(len(source.mapping["names"]))])
        if request.POST.get("do") == "check":
            steps.check(source)
            crm_imports.ask(source)
            return redirect("import", pk)
    except (steps.NotNow, files.LetGo) as error:
        return _answer(request, _find(pk), complaint=str(error))
    if wants_fragment(request):
        return render(request, "inbox/imports/_previewed.html", {"source": source, **crm_page.preview(source)})
    return redirect("import", pk)


@require_POST
@for_managers
def start(request: Request, pk: int) -> HttpResponse:
    """Import what was checked, or go on where it failed."""
    return _step(request, pk, steps.start)


@require_POST
@for_managers
def cancel(request: Request, pk: int) -> HttpResponse:
    """Stop a dry run, or forget a file that nothing was taken in of."""
    if request.POST.get("do") == "discard":
        source = _find(pk)
        try:
            steps.discard(source)
        except steps.NotNow as error:
            return _answer(request, _find(pk), complaint=str(error))
        messages.success(request, gettext("%(name)s is forgotten") % {"name": source.file_name})
        return redirect("imports")
    return _step(request, pk, steps.stop, rings=False)


@require_http_methods(["GET", "HEAD", "POST"])
@for_managers
def undo(request: Request, pk: int) -> HttpResponse:
    """GET: what taking an import back means. POST: take it back."""
    if request.method == "POST":
        return _step(request, pk, steps.take_back)
    source = _find(pk)
    template = "inbox/imports/_undo.html" if wants_fragment(request) else "inbox/imports/undo.html"
    return render(request, template, {"nav": "contacts", "source": source, "counts": source.counts.get("taken", {})})


@require_safe
@for_managers
def rejected(request: Request, pk: int) -> StreamingHttpResponse:
    """The rows that cannot be taken in, with the reason of each, as a file that can be mended and uploaded again."""
    source = _find(pk)
    response = StreamingHttpResponse(_lines(source, steps.rejected(source)), content_type="text/csv; charset=utf-8")
    response["Content-Disposition"] = f'attachment; filename="rejected-{source.pk}.csv"'
    return response


def _lines(source: Import, rows: Iterable[ImportedRow]) -> Iterator[str]:
    writer = csv.writer(_Echo())
    names: list[str] = source.mapping.get("names", [])
    yield "\ufeff" + writer.writerow([cell(name) for name in (*names, gettext("Line"), gettext("Reason"))])
    for one in rows:
        cells: list[str] = one.row if isinstance(one.row, list) else []
        filled = [*cells[: len(names)], *[""] * (len(names) - len(cells))]
        yield writer.writerow([*map(cell, filled), one.line, cell(one.reason)])


class _Echo:
    """Hands each line on instead of keeping it."""

    def write(self, line: str) -> str:
        """The line."""
        return line


def _find(pk: int) -> Import:
    """An import without the content of its file."""
    return get_object_or_404(Import.objects.defer("content"), pk=pk)


def _step(request: Request, pk: int, step: Callable[[Import], None], *, rings: bool = True) -> HttpResponse:
    source = _find(pk)
    try:
        step(source)
    except steps.NotNow as error:
        return _answer(request, _find(pk), complaint=str(error))
    if rings:
        crm_imports.ask(source)
    return redirect("import", pk)


def _answer(request: Request, source: Import, complaint: str = "") -> HttpResponse:
    if complaint and not request.htmx:
        messages.error(request, complaint)
        return redirect("import", source.pk)
    context = crm_page.page(source, step=request.GET.get("step", "")) | {"complaint": complaint}
    template = "inbox/imports/_body.html" if wants_fragment(request) else "inbox/imports/show.html"
    return render(request, template, context, status=409 if complaint else 200)
