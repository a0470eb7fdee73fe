"""What each role may do. Services check these permissions, so pages, commands and the API meet the same rules."""

from enum import StrEnum


class Role(StrEnum):
    SUPPORT = "Support"
    APPROVER = "Approver"
    AUDITOR = "Auditor"
    OPERATOR = "Operator"
    ADMINISTRATOR = "Administrator"


SEE_THE_WORK = frozenset(
    {
        "tickets.view_deletionticket",
        "tickets.view_erasure",
        "tickets.view_attempt",
        "tickets.view_ticketbatch",
        "tickets.view_reappearance",
        "suppression.view_suppressionlist",
        "suppression.view_suppressionentry",
        "suppression.view_suppressionimport",
        "suppression.check_suppressionentry",
        "vendors.view_vendoraccount",
        "jobs.view_job",
    }
)

# Support may stop what has not been sent: calling off is the safe direction, and a wrong address needs it daily.
OPEN_AND_CARE = frozenset(
    {
        "tickets.add_deletionticket",
        "tickets.verify_deletionticket",
        "tickets.cancel_deletionticket",
        "tickets.hold_deletionticket",
        "tickets.retry_erasure",
        "tickets.stop_erasure",
        "tickets.mute_subscriber",
        "tickets.decide_reappearance",
        "suppression.add_suppressionentry",
    }
)

DECIDE = frozenset(
    {
        "tickets.approve_deletionticket",
        "tickets.deny_deletionticket",
        "tickets.release_deletionticket",
        "tickets.waive_snapshot",
        "tickets.close_erasure",
        "suppression.lift_suppressionentry",
        "suppression.change_suppressionlist",
        "suppression.view_suppressionhandover",
        "suppression.export_suppressionhandover",
        "suppression.export_sha256",
        "audit.view_auditsnapshot",
        "audit.view_auditevent",
        "reports.view_auditreport",
    }
)

PROVE = frozenset(
    {
        "audit.view_auditevent",
        "audit.view_auditsnapshot",
        "reports.view_auditreport",
        "reports.export_auditreport",
        "suppression.view_suppressionhandover",
    }
)

OPERATE = frozenset(
    {
        "vendors.pause_vendoraccount",
        "vendors.write_subscribers",
        "suppression.add_suppressionentry",
        "suppression.lift_suppressionentry",
        "suppression.change_suppressionlist",
        "suppression.view_suppressionhandover",
        "suppression.export_suppressionhandover",
        "audit.view_auditevent",
        "reports.view_auditreport",
    }
)

# An Administrator decides who may see subjects' data, and sees none of it.
# Upstream systems come in through the same door: their tokens are issued and revoked here, and used elsewhere.
LET_IN = frozenset(
    {
        "auth.add_user",
        "auth.change_user",
        "auth.view_user",
        "api.add_apiclient",
        "api.view_apiclient",
        "api.add_apitoken",
        "api.view_apitoken",
        "api.revoke_apitoken",
    }
)

PERMISSIONS = {
    Role.SUPPORT: SEE_THE_WORK | OPEN_AND_CARE,
    Role.APPROVER: SEE_THE_WORK | OPEN_AND_CARE | DECIDE,
    Role.AUDITOR: SEE_THE_WORK | PROVE,
    Role.OPERATOR: SEE_THE_WORK | OPERATE,
    Role.ADMINISTRATOR: LET_IN,
}
