"""Who sees and handles papers. The kind's own rules say more; these are the roles and the scope."""

from __future__ import annotations

from typing import Any

from django.db.models import Q

from foundation.accounts.actor import Actor
from foundation.accounts.may import action_labels, allowed, may, path_condition, rule, scope, sees
from foundation.accounts.roles import CASE_ROLES, ENTERPRISE_ROLES, EVERYONE, Role
from foundation.core.verdict import Verdict, no, ok
from foundation.documents.kinds import document_kinds, file_readers
from foundation.documents.models import DocumentScan, FrozenDocument, StoredFile

READERS = CASE_ROLES | ENTERPRISE_ROLES | {Role.ARCHIVIST, Role.SYSTEM}
KEEPERS = CASE_ROLES | ENTERPRISE_ROLES | {Role.ARCHIVIST}
OFFICE = CASE_ROLES | {Role.ARCHIVIST}

ABSENT = no("没有这个文件，或它不在您的职责范围内。")
UNKNOWN_KIND = no("这类文书的办理功能没有安装。", "请联系系统管理员。")
PDF, SHEET, SCAN = "document.pdf", "document.sheet", "document.scan"


def _own_or_reported(actor: Actor) -> Q:
    """The holder's own papers; those of bureaus below from the day they were sent up."""
    if actor.role == Role.SYSTEM:
        return Q()
    if actor.role not in READERS or actor.hat.holder_id is None:
        return Q(pk__in=[])
    own = Q(issuer_kind=actor.hat.kind, issuer_id=actor.hat.holder_id)
    if not actor.is_official:
        return own
    return own | (Q(released_at__isnull=False) & path_condition(actor, "path"))


def _sees_document(actor: Actor, document: FrozenDocument) -> bool:
    if actor.role == Role.SYSTEM:
        return True
    if actor.role not in READERS or actor.hat.holder_id is None:
        return False
    if (document.issuer_kind, document.issuer_id) == (actor.hat.kind, actor.hat.holder_id):
        return True
    return actor.is_official and document.released_at is not None and actor.answers_for(document.path)


scope(FrozenDocument, condition=_own_or_reported, sees=_sees_document)


@rule("document.view", label="查看文书", roles=READERS)
def view_document(actor: Actor, document: Any) -> Verdict:
    """Within the scope, what the kind's own reader rule adds."""
    if document is None:
        return ok()
    kind = document_kinds.get(document.kind)
    return UNKNOWN_KIND if kind is None else kind.reader(actor, document)


def _keeper(actor: Actor, document: Any) -> Verdict:
    if document is None:
        return ok()
    if document.state == FrozenDocument.State.VOID:
        return no("这份文书已作废，不能再登记。")
    kind = document_kinds.get(document.kind)
    return UNKNOWN_KIND if kind is None else kind.sealer(actor, document)


@rule("document.seal", label="登记盖章扫描件", roles=KEEPERS)
def seal_document(actor: Actor, document: Any) -> Verdict:
    """The issuer, once the PDF exists (what is stamped must have been printed)."""
    verdict = _keeper(actor, document)
    if verdict and document is not None and document.pdf_id is None:
        return no("这份文书的 PDF 还没有生成。", "请稍候刷新，生成并打印盖章后再上传扫描件。")
    return verdict


@rule("document.number", label="登记文号", roles=OFFICE)
def number_document(actor: Actor, document: Any) -> Verdict:
    """The issuing bureau's officials."""
    return _keeper(actor, document)


@rule("document.void", label="作废文书", roles=frozenset({Role.SIGNER, Role.SYSTEM}) | ENTERPRISE_ROLES)
def void_document(actor: Actor, document: Any) -> Verdict:
    """Who signs for the issuing bureau; an enterprise its own; a recall through the portal's own job."""
    return ok() if actor.role == Role.SYSTEM else _keeper(actor, document)


rule("document.register", label="查看文书登记簿", roles=KEEPERS)(allowed)
action_labels.register("document.freeze", "文书定稿")
action_labels.register("document.rescan", "更换盖章扫描件")


@rule("file.read", label="查看文件", roles=EVERYONE)
def read_file(actor: Actor, file: StoredFile | None) -> Verdict:
    """What the rule registered for the file's purpose says; a purpose without a rule is closed.

    Whoever has an account but no hat yet reads what they handed in themselves (a claim's licence scan).
    """
    if actor.user_id is None and actor.role != Role.SYSTEM:
        return no("查看文件需要登录。", "请先登录。")
    if file is None:
        return ok()
    reader = file_readers.get(file.purpose)
    return ABSENT if reader is None else reader(actor, file)


# --- files of this room ----------------------------------------------------------------------------------------


def _through_document(document: FrozenDocument | None, actor: Actor) -> Verdict:
    if document is None or not sees(actor, document):
        return ABSENT
    return may(actor, "document.view", document)


def _reads_pdf(actor: Actor, file: StoredFile) -> Verdict:
    return _through_document(FrozenDocument.objects.filter(pdf_id=file.pk).first(), actor)


def _reads_sheet(actor: Actor, file: StoredFile) -> Verdict:
    return _through_document(FrozenDocument.objects.filter(sheet_id=file.pk).first(), actor)


def _reads_scan(actor: Actor, file: StoredFile) -> Verdict:
    """A scan not attached yet belongs to who uploaded it; attached, it is read like its document."""
    scan = DocumentScan.objects.filter(file_id=file.pk).select_related("document").first()
    if scan is not None:
        return _through_document(scan.document, actor)
    own = (file.owner_kind, file.owner_id) == (actor.hat.kind, actor.hat.holder_id)
    return ok() if own and actor.hat.holder_id is not None else ABSENT


file_readers.register(PDF, _reads_pdf)
file_readers.register(SHEET, _reads_sheet)
file_readers.register(SCAN, _reads_scan)
