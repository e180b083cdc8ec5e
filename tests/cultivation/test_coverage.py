"""Every one of the 154 requirements is a rule of a document or listed with its reason, and the pages are up to date."""

import pytest

from cultivation import coverage
from cultivation.coverage import coverage_page, founding_documents, programmes_page, read_coverage, rules_of
from tests.cultivation.sample import ROOT


def test_all_154_ids_are_answered_once():
    page = coverage_page()
    ids = read_coverage().all_ids
    assert len(ids) == 154
    assert all(page.count(f"\n| {requirement} |") == 1 for requirement in ids)


def test_generated_pages_are_up_to_date():
    assert (ROOT / "docs/requirements-coverage.md").read_text(encoding="utf-8") == coverage_page()
    assert (ROOT / "docs/programmes.md").read_text(encoding="utf-8") == programmes_page()


def test_rules_are_read_from_the_document_itself():
    rules = {document["code"]: rules_of(document) for _, document in founding_documents()}
    assert "criterion `growth`" in rules["sichuan_2017_238"]["A2-05"]
    assert "sheet column `niche`" in rules["hunan_2018_49"]["HN-31"]
    assert "window `prefecture`" in rules["hunan_2018_49"]["HN-27"]
    assert "duty `annual_summary`" in rules["sichuan_2017_238"]["SC-26"]


def test_an_id_nobody_answers_is_an_error(monkeypatch):
    full = read_coverage()
    less = full.model_copy(update={"not_rules": {k: v for k, v in full.not_rules.items() if k != "ZZ-08"}})
    monkeypatch.setattr(coverage, "read_coverage", lambda: less)
    with pytest.raises(ValueError, match=r"nowhere: \['ZZ-08'\]"):
        coverage_page()
