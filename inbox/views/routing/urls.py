"""The addresses of how messages are routed, under /settings/."""

from django.urls import URLPattern, path

from inbox.views.routing import (
    blocks,
    products,
    urls_dry_run,
    urls_explanation,
    urls_learning,
    urls_people,
    urls_rules,
    urls_service,
)

urlpatterns: list[URLPattern] = [
    *urls_people.urlpatterns,
    *urls_dry_run.urlpatterns,
    *urls_explanation.urlpatterns,
    *urls_rules.urlpatterns,
    *urls_service.urlpatterns,
    path("settings/routing/blocks/", blocks.index, name="blocks"),
    path("settings/routing/blocks/new/", blocks.new, name="block_new"),
    path("settings/routing/blocks/<int:pk>/lift/", blocks.lift, name="block_lift"),
    path("settings/routing/products/", products.index, name="products"),
    path("settings/routing/products/new/", products.new, name="product_new"),
    path("settings/routing/products/paste/", products.paste, name="product_paste"),
    path("settings/routing/products/<int:pk>/", products.edit, name="product"),
    path("settings/routing/products/<int:pk>/remove/", products.remove, name="product_remove"),
    *urls_learning.urlpatterns,
]
