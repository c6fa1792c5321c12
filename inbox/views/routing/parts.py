"""The parts of a rule's sentence: its conditions, its groups, and what it does; each is changed in a popover."""

from collections.abc import Callable

from django.http import Http404, HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils.translation import gettext
from django.views.decorators.http import require_http_methods, require_POST

from inbox.ruling import book as books
from inbox.ruling import changing, doing_forms, tree
from inbox.ruling.book import Rule
from inbox.ruling.condition_forms import ConditionForm
from inbox.ruling.doing_forms import DoingForm
from inbox.ruling.drafting import Conflict
from inbox.ruling.names import Names
from inbox.views.frame import Request
from inbox.views.routing.frame import changed, editing, find, revision_of
from people.access import wants_fragment

_STEPS: dict[str, Callable[[tree.Node, tree.Path], tree.Node]] = {
    "remove": tree.remove,
    "earlier": lambda root, path: tree.move(root, path, later=False),
    "later": lambda root, path: tree.move(root, path, later=True),
    "wrap": tree.wrap,
    "unwrap": tree.unwrap,
    "all": lambda root, path: tree.set_mode(root, path, "all"),
    "any": lambda root, path: tree.set_mode(root, path, "any"),
    "none": lambda root, path: tree.set_mode(root, path, "none"),
}


@require_http_methods(["GET", "HEAD", "POST"])
@editing
def condition(request: Request, rule: int) -> HttpResponse:
    """GET: the form of the condition `at` a place, or of a new one `into` a group. POST: it is as was chosen."""
    _book, found = _look(request, rule)
    root = tree.rooted(found["conditions"])
    asked = request.POST if request.method == "POST" else request.GET
    is_new = "at" not in asked
    path = tree.parse(asked.get("into" if is_new else "at", ""))
    node = tree.find(root, path)
    leaf = {} if is_new or tree.mode_of(node) else node
    form = ConditionForm(request.POST if request.method == "POST" else None, Names(), leaf, asked)
    if request.method == "POST" and form.is_valid():
        chosen = form.cleaned_data["leaf"]
        in_group = asked.get("grouped") == "1"

        def revised(one: Rule) -> Rule:
            now = tree.rooted(one["conditions"])
            added = {"any": [chosen]} if in_group else chosen
            return one | {"conditions": tree.add(now, path, added) if is_new else tree.put(now, path, chosen)}

        changing.revise(request.user, revision_of(request), rule, revised)
        return changed(request)
    more = {"at": None if is_new else tree.written(path), "into": tree.written(path), "grouped": asked.get("grouped")}
    return _popover(request, rule, "inbox/routing/_condition.html", {"form": form, **more})


@require_POST
@editing
def step(request: Request, rule: int) -> HttpResponse:
    """What is done `at` a place without asking: `do` is remove, earlier, later, wrap, unwrap, all, any or none."""
    find(rule)
    act = _STEPS.get(request.POST.get("do", ""))
    path = tree.parse(request.POST.get("at", ""))
    if act is None:
        raise tree.BadPlace(gettext("Choose what to do with the condition."))
    changing.revise(
        request.user,
        revision_of(request),
        rule,
        lambda one: one | {"conditions": act(tree.rooted(one["conditions"]), path)},
    )
    return changed(request)


@require_http_methods(["GET", "HEAD", "POST"])
@editing
def doing(request: Request, rule: int, key: str) -> HttpResponse:
    """GET: the form of a part of what the rule does. POST: it is as was chosen; `do=remove` takes it out."""
    if key not in doing_forms.FIELDS:
        raise Http404
    _book, found = _look(request, rule)
    if request.method == "POST" and request.POST.get("do") == "remove":
        changing.revise(
            request.user,
            revision_of(request),
            rule,
            lambda one: one | {"actions": doing_forms.without(one["actions"], key)},
        )
        return changed(request)
    form = DoingForm(key, request.POST if request.method == "POST" else None, found["actions"], Names())
    if request.method == "POST" and form.is_valid():
        chosen = form.actions()
        changing.revise(request.user, revision_of(request), rule, lambda one: one | {"actions": chosen})
        return changed(request)
    more = {"form": form, "key": key, "is_there": bool(found["actions"].get(key)) and key not in ("owner", "then")}
    return _popover(request, rule, "inbox/routing/_doing.html", more)


def _look(request: Request, rule: int) -> tuple[books.Book, Rule]:
    """The rule, if the page that asks shows the draft as it is. Raises Conflict where it does not."""
    book, found = find(rule)
    seen = request.GET.get("revision")
    if seen is not None and seen != ("" if book.revision is None else str(book.revision)):
        raise Conflict(gettext("The draft has changed meanwhile. The page shows it now. Choose again what to change."))
    return book, found


def _popover(request: Request, rule: int, template: str, parts: dict[str, object]) -> HttpResponse:
    revision = revision_of(request) if request.method == "POST" else books.load().revision
    context = {
        "nav": "settings",
        "rule": rule,
        "action": request.path,
        "template": template,
        "title": gettext("Change the rule"),
        "back": reverse("rule", args=[rule]),
        "revision": "" if revision is None else revision,
        **parts,
    }
    form = parts["form"]
    status = 422 if getattr(form, "errors", None) else 200
    return render(
        request, template if wants_fragment(request) else "inbox/routing/alone_part.html", context, status=status
    )
