"""The addresses of the inbox. A view is part of the address, so that a list and what is open beside it are links."""

from django.urls import path, register_converter
from django.views.generic import RedirectView

from inbox.views import (
    assignment,
    board_urls,
    bulk,
    changes,
    circle,
    closure,
    contacts,
    conversations,
    departments,
    exports,
    files,
    handover,
    imports,
    mapping,
    me,
    media,
    merges,
    merging,
    narrowing,
    noise,
    notes,
    notifications_urls,
    ordering,
    palette,
    presence,
    priority,
    privacy,
    receipts,
    replies,
    saved,
    search,
    seen,
    snooze,
    tags,
    together_urls,
    undo,
    voice,
    writing_urls,
)
from inbox.views import lists as list_views
from inbox.views.facts import urls as facts_urls
from inbox.views.people import urls as people_urls
from inbox.views.routing import urls as routing_urls


class ViewConverter:
    """The name of a view, a department's queue, or a saved view: `mine`, `q/support`, `v/german`."""

    regex = (
        "open|mine|unassigned|snoozed|closed|sent|mentions|following|aside|q/[-a-zA-Z0-9_]{1,50}|v/[-a-zA-Z0-9_]{1,60}"
    )

    def to_python(self, value: str) -> str:
        """As it stands."""
        return value

    def to_url(self, value: str) -> str:
        """As it stands."""
        return value


register_converter(ViewConverter, "view")

urlpatterns = [
    path("", RedirectView.as_view(pattern_name="inbox"), name="home"),
    path("inbox/", list_views.show, {"view": "open"}, name="inbox"),
    path("inbox/order/", ordering.choose, name="list_order"),
    path("inbox/queue/<int:place>/", list_views.queue, name="queue"),
    path("inbox/undo/", undo.newest, name="take_back"),
    path("inbox/undo/<int:pk>/", undo.one, name="deed_undo"),
    path("inbox/history/", undo.history, name="history"),
    path("inbox/views/counts/", saved.counts, name="view_counts"),
    path("inbox/views/<slug:slug>/edit/", saved.edit, name="view_edit"),
    path("inbox/views/<slug:slug>/delete/", saved.delete, name="view_delete"),
    path("inbox/<view:view>/filters/", narrowing.show, name="narrow"),
    path("inbox/<view:view>/save/", saved.new, name="view_new"),
    path("inbox/<view:view>/", list_views.show, name="view"),
    path("inbox/<view:view>/bulk/", bulk.bulk, name="bulk"),
    path("inbox/<view:view>/changes/", changes.show, name="changes"),
    path("inbox/<view:view>/c/<int:pk>/", conversations.show, name="conversation"),
    path("inbox/<view:view>/c/<int:pk>/events/<int:event>/", conversations.event, name="event"),
    path("inbox/<view:view>/c/<int:pk>/strip/", conversations.strip, name="strip"),
    path("c/<int:pk>/", RedirectView.as_view(pattern_name="conversation"), {"view": "open"}, name="short"),
    path("c/<int:pk>/reply/", replies.send, name="reply"),
    path("c/<int:pk>/parts/", replies.parts, name="parts"),
    path("c/<int:pk>/files/", files.add, name="files"),
    path("files/<int:pk>/", files.show, name="file"),
    path("files/<int:pk>/alt/", files.describe, name="file_alt"),
    path("files/<int:pk>/remove/", files.remove, name="file_remove"),
    path("contacts/<int:pk>/export/", privacy.download, name="contact_export"),
    path("contacts/<int:pk>/erase/", privacy.erase, name="contact_erase"),
    path("c/<int:pk>/voice/", voice.show, name="voice"),
    path("live/here/", presence.say, name="here"),
    path("c/<int:pk>/drafts/", presence.drafts, name="colleague_drafts"),
    path("c/<int:pk>/take-over/", presence.take_over, name="take_over"),
    path("promises/<int:pk>/settle/", voice.settle, name="settle_promise"),
    path("c/<int:pk>/note/", notes.add, name="note"),
    *writing_urls.urlpatterns,
    path("c/<int:pk>/spam/", noise.spam, name="spam"),
    path("c/<int:pk>/trust/", noise.trust, name="trust"),
    path("c/<int:pk>/block/", noise.block, name="block"),
    path("c/<int:pk>/close/", closure.close, name="close"),
    path("c/<int:pk>/reopen/", closure.reopen, name="reopen"),
    path("c/<int:pk>/priority/", priority.prioritise, name="priority"),
    path("c/<int:pk>/assign/", assignment.assign, name="assign"),
    path("c/<int:pk>/take/", assignment.take, name="take"),
    path("c/<int:pk>/snooze/", snooze.snooze, name="snooze"),
    path("c/<int:pk>/tags/", tags.tags, name="conversation_tags"),
    path("c/<int:pk>/move/", handover.move, name="move"),
    path("c/<int:pk>/unread/", seen.unread, name="unread"),
    path("contacts/", contacts.index, name="contacts"),
    path("contacts/<int:pk>/", contacts.show, name="contact"),
    path("contacts/<int:pk>/events/<int:event>/", contacts.event, name="contact_event"),
    path("contacts/<int:pk>/news/", contacts.news, name="contact_news"),
    path("contacts/<int:pk>/density/", contacts.density, name="contact_density"),
    path("contacts/<int:pk>/topics/", contacts.topics, name="contact_topics"),
    path("contacts/<int:pk>/ways/", contacts.ways, name="contact_ways"),
    path("contacts/<int:pk>/graph/", circle.show, name="contact_graph"),
    *board_urls.urlpatterns,
    *notifications_urls.urlpatterns,
    *together_urls.urlpatterns,
    *facts_urls.urlpatterns,
    *routing_urls.urlpatterns,
    *people_urls.urlpatterns,
    path("c/<int:pk>/same/", merges.same_person, name="same_person"),
    path("contacts/<int:pk>/merge/", merging.search, name="contact_merge"),
    path("contacts/<int:pk>/merge/<int:other>/", merging.merge, name="contact_merge_with"),
    path("contacts/<int:pk>/split/", merging.split, name="contact_split"),
    path("contacts/merges/", merges.review, name="merges"),
    path("contacts/merges/done/", merges.done, name="merges_done"),
    path("contacts/merges/rejected/", merges.rejected, name="merges_rejected"),
    path("contacts/merges/decide/", merges.decide, name="merges_decide"),
    path("contacts/merges/<int:pk>/undo/", merging.undo, name="merge_undo"),
    path("contacts/export/", exports.export, name="contacts_export"),
    path("contacts/import/", imports.index, name="imports"),
    path("contacts/import/<int:pk>/", imports.show, name="import"),
    path("contacts/import/<int:pk>/start/", imports.start, name="import_start"),
    path("contacts/import/<int:pk>/cancel/", imports.cancel, name="import_cancel"),
    path("contacts/import/<int:pk>/undo/", imports.undo, name="import_undo"),
    path("contacts/import/<int:pk>/rejected/", imports.rejected, name="import_rejected"),
    path("search/", search.show, name="search"),
    path("palette/", palette.show, name="palette"),
    path("keys/", me.sheet, name="keys"),
    path("settings/me/", me.show, name="me"),
    path("settings/me/keyboard/", me.keys, name="keyboard"),
    path("settings/me/keyboard/switch/", me.switch, name="keys_switch"),
    path("settings/departments/", departments.index, name="departments"),
    path("settings/departments/new/", departments.new, name="department_new"),
    path("settings/departments/<slug:slug>/", departments.edit, name="department"),
    path("settings/departments/<slug:slug>/move/", departments.move, name="department_move"),
    path("settings/departments/<slug:slug>/close/", departments.close, name="department_close"),
    path("media/<int:pk>/<int:position>/", media.attachment, name="attachment"),
    path("media/<int:pk>/", media.viewer, name="viewer"),
    path("media/avatar/<int:pk>/", media.avatar, name="avatar"),
    path("settings/channels/<int:pk>/mapping/", mapping.mapping, name="mapping"),
    path("settings/channels/<int:pk>/receipts/retry/", receipts.again, name="receipts_retry"),
    path("replies/<int:pk>/undo/", replies.undo, name="undo"),
    path("replies/<int:pk>/now/", replies.now, name="send_now"),
    path("replies/<int:pk>/later/", replies.later, name="send_later"),
    path("replies/<int:pk>/discard/", replies.discard, name="discard"),
    path("replies/<int:pk>/retry/", replies.retry, name="retry"),
    path("replies/<int:pk>/settle/", replies.settle, name="settle"),
]
