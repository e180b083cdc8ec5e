"""Lists of a firm: patents, partners along the chain, choices from catalogues."""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from django.db import transaction

from enterprises import patent_numbers, uscc
from enterprises.actions.facts import locked_for_edit, locked_set, profile_of, record_edit, record_edits
from enterprises.models import CatalogueChoice, Partner, Patent
from foundation.accounts.actor import Actor
from foundation.core.clock import business_now, business_today
from foundation.core.errors import Refused, StaleState
from foundation.core.text import normalise_name
from foundation.core.verdict import no
from foundation.reference.models import IndustryCatalogueItem

_STALE = no("这一行刚被他人改过。", "请刷新后再改。")
_GONE = no("这一行已被删除。", "请刷新页面。")


@dataclass(frozen=True, slots=True)
class PatentData:
    """A line of the patent list as given."""

    number: str
    kind: str
    granted_on: dt.date
    title: str = ""
    holder: str = ""
    in_main_product: bool | None = None


@dataclass(frozen=True, slots=True)
class PartnerData:
    """A line of the list of partners as given."""

    name: str
    direction: str
    uscc: str = ""
    size: str = ""
    product: str = ""


def save_patent(
    *,
    enterprise_id: int,
    data: PatentData,
    actor: Actor,
    pk: int | None = None,
    version: int | None = None,
    evidence: Any = None,
) -> Patent:
    """Add a patent or change one (A1-08). The number is once per firm; the counts of the notices are computed from
    the list.
    """
    number = patent_numbers.compact(data.number)
    with transaction.atomic():
        enterprise = locked_for_edit(enterprise_id, actor)
        if not number:
            raise Refused(no("请填写专利号。"))
        if data.kind not in Patent.Kind.values:
            raise Refused(no("请选择专利类型。"))
        if data.granted_on > business_today():
            raise Refused(no("授权日期不能晚于今天；尚未授权的申请不计入。"))
        same = enterprise.patents.filter(number=number).exclude(pk=pk).first()
        said = (data.kind, data.granted_on, data.title.strip()[:200], data.in_main_product)
        if same is not None and pk is None and (same.kind, same.granted_on, same.title, same.in_main_product) == said:
            return same  # pressed twice
        if same is not None:
            raise Refused(no(f"专利 {number} 已在清单中。", "请修改原来那一行。"))
        patent = _row(enterprise.patents, pk, version) or Patent(enterprise=enterprise)
        patent.number, patent.kind, patent.granted_on = number, data.kind, data.granted_on
        patent.title, patent.holder = data.title.strip()[:200], data.holder.strip()[:200]
        patent.in_main_product = data.in_main_product
        if evidence is not None:
            patent.evidence = evidence
        patent.version += 1
        patent.save()
        record_edit(enterprise, actor, {"patent": number, "kind": data.kind, "granted_on": data.granted_on.isoformat()})
    return patent


def remove_patent(*, enterprise_id: int, pk: int, actor: Actor) -> None:
    """Take a patent off the list; gone already is fine."""
    with transaction.atomic():
        enterprise = locked_for_edit(enterprise_id, actor)
        patent = enterprise.patents.filter(pk=pk).first()
        if patent is not None:
            number = patent.number
            patent.delete()
            record_edit(enterprise, actor, {"patent_removed": number})


def confirm_patents(*, enterprise_id: int, actor: Actor, complete: bool = True) -> None:
    """The firm says that its list is complete: from then on a count of nothing is zero and no longer undetermined."""
    with transaction.atomic():
        enterprise = locked_for_edit(enterprise_id, actor)
        profile = profile_of(enterprise)
        wanted = business_today() if complete else None
        if bool(profile.patents_confirmed_on) != complete:
            profile.patents_confirmed_on = wanted
            profile.version += 1
            profile.save(update_fields=["patents_confirmed_on", "version"])
            record_edit(enterprise, actor, {"patents_confirmed": complete})


def save_partner(
    *,
    enterprise_id: int,
    data: PartnerData,
    actor: Actor,
    pk: int | None = None,
    version: int | None = None,
    evidence: Any = None,
) -> Partner:
    """Add or change a firm worked with along the chain (A1-06)."""
    name, code = normalise_name(data.name), uscc.compact(data.uscc)
    with transaction.atomic():
        enterprise = locked_for_edit(enterprise_id, actor)
        if not name:
            raise Refused(no("请填写协作企业的名称。"))
        if data.direction not in Partner.Direction.values:
            raise Refused(no("请选择与协作企业的关系。"))
        if data.size and data.size not in Partner.Size.values:
            raise Refused(no("请选择协作企业的规模。"))
        wrong = uscc.form_finding(code) if code else None
        if wrong is not None:
            raise Refused(no(f"协作企业的统一社会信用代码：{wrong.text}"))
        if code == enterprise.uscc or name == enterprise.name:
            raise Refused(no("协作企业不能是本企业。"))
        same = enterprise.partners.filter(name=name, direction=data.direction).exclude(pk=pk).first()
        if (
            same is not None
            and pk is None
            and (same.uscc, same.size, same.product)
            == (
                code,
                data.size,
                data.product.strip()[:200],
            )
        ):
            return same  # pressed twice
        if same is not None:
            raise Refused(no(f"{name}已在清单中。", "请修改原来那一行。"))
        partner = _row(enterprise.partners, pk, version) or Partner(enterprise=enterprise)
        partner.name, partner.uscc, partner.direction = name[:120], code, data.direction
        partner.size, partner.product = data.size, data.product.strip()[:200]
        if evidence is not None:
            partner.evidence = evidence
        partner.version += 1
        partner.save()
        record_edit(enterprise, actor, {"partner": partner.pk, "direction": data.direction, "size": data.size})
    return partner


def remove_partner(*, enterprise_id: int, pk: int, actor: Actor) -> None:
    """Take a partner off the list; gone already is fine."""
    with transaction.atomic():
        enterprise = locked_for_edit(enterprise_id, actor)
        if enterprise.partners.filter(pk=pk).delete()[0]:
            record_edit(enterprise, actor, {"partner_removed": pk})


def choose(*, enterprise_id: int, item: IndustryCatalogueItem, actor: Actor) -> CatalogueChoice:
    """Choose an entry of a dated catalogue (HN-04); item and version are kept. Choosing twice is choosing once."""
    return choose_all(choices=[(enterprise_id, item)], actor=actor)[0]


def choose_all(*, choices: Sequence[tuple[int, IndustryCatalogueItem]], actor: Actor) -> list[CatalogueChoice]:
    """The same for pairs of firm and entry, in their order; the number of statements does not grow with them (B.3)."""
    with transaction.atomic():
        firms = locked_set({pk for pk, _ in choices}, actor)
        known = {
            (row.enterprise_id, row.item_id): row
            for row in CatalogueChoice.objects.filter(
                enterprise_id__in=firms, item_id__in={item.pk for _, item in choices}
            )
        }
        now = business_now()
        fresh = {(pk, item.pk): (item, firms[pk]) for pk, item in choices if (pk, item.pk) not in known}
        made = CatalogueChoice.objects.bulk_create(
            CatalogueChoice(
                enterprise=firm,
                item=item,
                purpose=item.catalogue.kind,
                version=item.catalogue.version,
                chosen_at=now,
            )
            for item, firm in fresh.values()
        )
        known |= dict(zip(fresh, made, strict=True))
        record_edits(
            [
                (
                    firm,
                    {
                        "chosen": {
                            "catalogue": item.catalogue.code,
                            "version": item.catalogue.version,
                            "item": item.code,
                        }
                    },
                )
                for item, firm in fresh.values()
            ],
            actor,
        )
    return [known[(pk, item.pk)] for pk, item in choices]


def unchoose(*, enterprise_id: int, item_id: int, actor: Actor) -> None:
    """Take a choice back; gone already is fine."""
    with transaction.atomic():
        enterprise = locked_for_edit(enterprise_id, actor)
        if enterprise.catalogue_choices.filter(item_id=item_id).delete()[0]:
            record_edit(enterprise, actor, {"choice_removed": item_id})


def _row(rows: Any, pk: int | None, version: int | None) -> Any:
    """The row to change, None for a new one; refused when it is gone or was changed meanwhile."""
    if pk is None:
        return None
    found = rows.filter(pk=pk).first()
    if found is None:
        raise Refused(_GONE)
    if version is not None and found.version != version:
        raise StaleState(_STALE)
    return found
