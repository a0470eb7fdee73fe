"""The row format of the audit report. docs/report-columns.md tells what each column means.

Readers count on names and order: any change of either raises the version.
"""

from datetime import datetime

Plain = str | int | bool | datetime | None

VERSION = 1
COLUMNS = (
    "format_version",
    # what was asked, and when
    "reference",
    "regime",
    "channel",
    "requested_at",
    "received_at",
    "received_assumed",
    "due_at",
    "late",
    # who did what
    "opened_at",
    "opened_by",
    "identity_basis",
    "identity_verified_by",
    "identity_verified_at",
    "approved_by",
    "approved_at",
    "sources_paused",
    "not_suppressed",
    # how the ticket stands
    "status",
    "resolution",
    "denial_code",
    "ticket_closed_at",
    "on_hold",
    "external_ref",
    "follows",
    # where, and by which identifier
    "account",
    "vendor",
    "host",
    "site",
    "identifier_kind",
    "identifier_masked",
    # what the vendor answered
    "erasure_status",
    "attention",
    "attempts",
    "first_sent_at",
    "last_sent_at",
    "last_http_status",
    "last_outcome",
    "vendor_meaning",
    "request_ids",
    "accepted_at",
    "verified_at",
    "closed_at",
    "closed_by",
    # what the vendor held
    "before_taken_at",
    "before_profiles",
    "before_unsubscribed",
    "before_digest",
    "waiver",
    "after_taken_at",
    "after_profiles",
    # whether the identifier is blocked
    "suppressed_since",
    "suppression_list",
    "suppression_lifted_at",
    # where the ledger tells it again
    "ledger_events",
    "ledger_last_seq",
)
