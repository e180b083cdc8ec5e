"""Addresses of this room; the verification page is short, since it is printed into codes."""

from django.urls import path

from foundation.documents import views

app_name = "documents"

urlpatterns = [
    path("documents/", views.register, name="register"),
    path("documents/<int:pk>/", views.document, name="document"),
    path("documents/<int:pk>/scan/", views.scan, name="scan"),
    path("documents/<int:pk>/number/", views.number, name="number"),
    path("documents/<int:pk>/void/", views.void_document, name="void"),
    path("documents/files/<int:pk>/", views.file, name="file"),
    path("v/", views.verify_form, name="verify-form"),
    path("v/<str:code>/", views.verify, name="verify"),
]
