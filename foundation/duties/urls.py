"""Addresses of the duties room."""

from django.urls import path

from foundation.duties import views

app_name = "duties"

urlpatterns = [
    path("", views.job_list, name="jobs"),
    path("<int:pk>/", views.job_page, name="job"),
    path("<int:pk>/progress/", views.job_progress, name="job-progress"),
    path("<int:pk>/file/", views.job_file, name="job-file"),
    path("<int:pk>/stop/", views.job_cancel, name="job-cancel"),
    path("<int:pk>/continue/", views.job_retry, name="job-retry"),
]
