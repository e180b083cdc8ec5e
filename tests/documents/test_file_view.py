"""Who may read a stored file, and how it is sent."""

from __future__ import annotations

import pytest
from django.test import Client
from django.urls import reverse

from foundation.accounts.roles import Role
from foundation.documents.actions import render_document, store_upload
from foundation.documents.models import StoredFile
from tests.documents import files
from tests.documents.conftest import PURPOSE, upload


@pytest.fixture
def evidence(person):
    return store_upload(upload(files.pdf(), "演示 报告.pdf"), actor=person("甲县"), purpose=PURPOSE)


@pytest.fixture(autouse=True)
def read_to_the_end(monkeypatch):
    """A served file is a stream, open until it was read: the answers of these tests carry it as ``body``."""
    plain_get = Client.get

    def get(self, *args, **kwargs):
        response = plain_get(self, *args, **kwargs)
        response.body = b"".join(response.streaming_content) if response.streaming else response.content
        return response

    monkeypatch.setattr(Client, "get", get)


def url(file: StoredFile) -> str:
    return reverse("documents:file", args=[file.pk])


def test_shown_to_its_owner_with_careful_headers(signed_in, evidence):
    response = signed_in("甲县").get(url(evidence))
    assert response.status_code == 200
    assert response.body.startswith(b"%PDF")
    assert response["Content-Type"] == "application/pdf"
    assert response["Content-Disposition"].startswith("inline; filename*=utf-8''")
    assert response["X-Content-Type-Options"] == "nosniff"
    assert response["Cache-Control"] == "private, no-store"
    assert response["X-Frame-Options"] == "SAMEORIGIN"
    assert "frame-ancestors 'self'" in response["Content-Security-Policy"]


def test_download_and_office_files_are_attachments(signed_in, person, evidence):
    client = signed_in("甲县")
    assert client.get(url(evidence) + "?download=1")["Content-Disposition"].startswith("attachment")
    sheet = store_upload(upload(files.xlsx(), "a.xlsx"), actor=person("甲县"), purpose=PURPOSE)
    assert client.get(url(sheet))["Content-Disposition"].startswith("attachment")


def test_for_others_it_does_not_exist_and_visitors_sign_in(signed_in, evidence):
    assert signed_in("乙县").get(url(evidence)).status_code == 404
    assert signed_in("市").get(url(evidence)).status_code == 404
    assert signed_in("甲县").get(reverse("documents:file", args=[evidence.pk + 999])).status_code == 404
    response = Client().get(url(evidence))
    assert response.status_code == 302
    assert reverse("accounts:sign_in") in response["Location"]


def test_files_of_a_document_follow_the_document(signed_in, paper):
    document = render_document(paper())
    address = url(document.pdf)
    assert signed_in("甲县").get(address).status_code == 200
    assert signed_in("甲县", Role.ARCHIVIST).get(address).status_code == 200
    assert signed_in("甲县", Role.POST_MANAGER).get(address).status_code == 404
    assert signed_in("市").get(address).status_code == 404
    assert signed_in("乙县").get(address).status_code == 404
    from foundation.documents.actions import release

    release(document)
    assert signed_in("市").get(address).status_code == 200
    assert signed_in("省").get(address).status_code == 200
    assert signed_in("乙县").get(address).status_code == 404


def test_cost_of_one_file(signed_in, evidence, queries):
    client = signed_in("甲县")
    client.get(url(evidence))
    with queries.record() as seen:
        client.get(url(evidence))
    assert len(seen) <= 7, "\n".join(seen)
