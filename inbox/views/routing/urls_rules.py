"""The addresses of the managers' rules."""

from django.urls import path

from inbox.views.routing import history, parts, publishing, rules, thresholds
from inbox.views.routing.trial import pattern, trial

urlpatterns = [
    path("settings/routing/", rules.index, name="routing"),
    path("settings/routing/new/", rules.new, name="rule_new"),
    path("settings/routing/begin/", rules.begin, name="routing_begin"),
    path("settings/routing/restore/", rules.restore, name="rule_restore"),
    path("settings/routing/thresholds/", thresholds.thresholds, name="routing_thresholds"),
    path("settings/routing/try/", trial, name="routing_try"),
    path("settings/routing/pattern/", pattern, name="routing_pattern"),
    path("settings/routing/publish/", publishing.publish, name="routing_publish"),
    path("settings/routing/discard/", publishing.discard, name="routing_discard"),
    path("settings/routing/history/", history.history, name="routing_history"),
    path("settings/routing/history/<int:number>/restore/", history.restore, name="routing_roll_back"),
    path("settings/routing/<int:rule>/", rules.show, name="rule"),
    path("settings/routing/<int:rule>/name/", rules.rename, name="rule_name"),
    path("settings/routing/<int:rule>/switch/", rules.switch, name="rule_switch"),
    path("settings/routing/<int:rule>/place/", rules.place, name="rule_place"),
    path("settings/routing/<int:rule>/copy/", rules.copy, name="rule_copy"),
    path("settings/routing/<int:rule>/remove/", rules.remove, name="rule_remove"),
    path("settings/routing/<int:rule>/condition/", parts.condition, name="rule_condition"),
    path("settings/routing/<int:rule>/step/", parts.step, name="rule_step"),
    path("settings/routing/<int:rule>/does/<slug:key>/", parts.doing, name="rule_doing"),
]
