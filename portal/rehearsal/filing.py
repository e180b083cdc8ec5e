"""What a firm's clerk does: register, type the facts, open a file, submit it."""

from __future__ import annotations

from functools import cache

from weasyprint import HTML

from cultivation.models import Round
from enterprises.actions.facts import save_fields, save_figures, set_year_source
from enterprises.actions.lists import PartnerData, PatentData, choose, confirm_patents, save_partner, save_patent
from enterprises.actions.register import Registration, register_enterprise
from enterprises.models import Enterprise
from foundation.accounts.actions.people import create_account, own_actor
from foundation.accounts.actor import VISITOR, Actor, actor_for
from foundation.accounts.models import User
from foundation.core.clock import business_today
from foundation.documents.actions.store import store_upload
from foundation.reference import queries as reference
from foundation.reference import regions
from portal.rehearsal.county import Upload
from portal.rehearsal.firms import YEARS, FirmPlan
from portal.rehearsal.people import PASSWORD
from reviews.actions.commitment import sign_commitment
from reviews.actions.filing import add_evidence, explain_findings, save_answers, start_application, submit
from reviews.draft import load_draft
from reviews.models import Application
from reviews.papers import EVIDENCE

REASON = "新产线投产、订单增加所致，已与财务报表核对一致（演示）。"


def enter(plan: FirmPlan) -> tuple[Enterprise, Actor]:
    """Account, registration, facts: everything before a file. The account is its own administrator."""
    today = business_today()
    user, _ = create_account(
        actor=VISITOR,
        name=plan.clerk,
        email=plan.contact_email,
        username=plan.username,
        password=PASSWORD,
        is_demo=True,
    )
    place = regions.find(plan.place, today)
    assert place is not None, plan.place
    enterprise = register_enterprise(
        data=Registration(
            uscc=plan.uscc,
            name=plan.name,
            region_id=place.id,
            industry_code=plan.trade.industry,
            legal_representative=plan.legal_representative,
            registered_on=plan.registered_on,
            is_legal_person=True,
            contact_name=plan.contact_name,
            contact_phone=plan.contact_phone,
            contact_email=plan.contact_email,
        ),
        actor=own_actor(user),
        user=user,
    )
    actor = actor_for(User.objects.get(pk=user.pk))
    _type_facts(enterprise.pk, plan, actor)
    return enterprise, actor


def _type_facts(pk: int, plan: FirmPlan, actor: Actor) -> None:
    fields = {
        "above_scale": "yes",
        "main_product": plan.trade.product,
        "niche": plan.trade.niche,
        "niche_rank_province": str(plan.rank),
        "niche_rank_year": "2017",
        "niche_rank_source": "行业协会统计（演示）",
        "srdi": ["specialised", "refined"],
        "former_individual_business": "no",
    }
    saved = save_fields(enterprise_id=pk, fields=fields, actor=actor, owner="profile")
    assert not saved.errors, saved.errors
    cells = {(year, fact, "audited"): value for (year, fact), value in plan.figures.items()}
    figures = save_figures(enterprise_id=pk, cells=cells, actor=actor)
    assert not figures.errors, figures.errors
    for year in YEARS:
        set_year_source(enterprise_id=pk, year=year, basis="audited", actor=actor, text=f"{year}年度审计报告（演示）")
    for patent in plan.patents:
        save_patent(
            enterprise_id=pk,
            actor=actor,
            data=PatentData(patent.number, patent.kind, patent.granted_on, patent.title, "", in_main_product=True),
        )
    confirm_patents(enterprise_id=pk, actor=actor)
    partner = PartnerData(plan.partner, "downstream", size="large", product=plan.trade.product)
    save_partner(enterprise_id=pk, actor=actor, data=partner)
    province = regions.find(f"{plan.place[:2]}0000", business_today())
    for kind, wanted in (("key_industry", plan.trade.key_industry), ("chain", plan.trade.chain)):
        if wanted and not (kind == "chain" and plan.condition == "no_chain"):
            found = reference.catalogue_items(province, business_today(), kind=kind).filter(code=wanted).first()
            assert found is not None, (kind, wanted)
            choose(enterprise_id=pk, item=found, actor=actor)


def draft(enterprise: Enterprise, round_: Round, actor: Actor, tier: str, *, answers: bool = True) -> Application:
    """Open a file; with ``answers`` what the notice asks of the file itself is filled in."""
    file = start_application(enterprise=enterprise, round=round_, tier=tier, actor=actor)
    questions = {question.fact for question in round_.programme.questions}
    if answers and "activity_categories" in questions:
        codes = [item.code for item in round_.programme.activity_categories]
        chosen = codes[enterprise.pk % 3 :: 3] or codes[:1]
        file = save_answers(
            application_id=file.pk, actor=actor, version=file.version, changes={"activity_categories": chosen}
        )
    return file


@cache
def audit_report(year: int) -> bytes:
    """One page that stands for an audit report; the same for every firm, since it is only there to be opened."""
    text = f"<h1>{year}年度审计报告（演示）</h1><p>演示文件，内容虚构，仅供试用时打开查看。</p>"
    return bytes(HTML(string=f"<html lang='zh'><body>{text}</body></html>").write_pdf() or b"")


def attach_report(file: Application, actor: Actor) -> None:
    """Put the last year's report under the slots that ask for one a year."""
    year = YEARS[-1]
    for slot in file.round.programme.evidence_for(file.tier):
        if slot.per_year:
            upload = Upload(audit_report(year), f"{year}年度审计报告（演示）.pdf")
            stored = store_upload(upload, actor=actor, purpose=EVIDENCE)
            add_evidence(application_id=file.pk, actor=actor, slot=slot.code, year=year, file=stored)


def complete_and_submit(file: Application, actor: Actor) -> Application:
    """Attach a proof, give the reasons the cross-checks ask for, sign the commitment where there is one, tick the
    declarations, submit.
    """
    programme = file.round.programme
    attach_report(file, actor)
    file.refresh_from_db(fields=["version"])
    declared = frozenset(item.code for item in programme.declarations)
    unexplained = load_draft(file, declared).unexplained
    if unexplained:
        texts = {finding.key: REASON for finding in unexplained}
        file = explain_findings(application_id=file.pk, actor=actor, version=file.version, texts=texts)
    if programme.commitment is not None:
        sign_commitment(application_id=file.pk, actor=actor, signer=file.enterprise.legal_representative, way="click")
    return submit(application_id=file.pk, actor=actor, declared=declared)
