"""Faults that other tests prove, and faults that are not met."""

from .table import Elsewhere, Open

APART = [
    Elsewhere(
        "F53",
        "an integration brings the person back after completion",
        "The ticket stays completed; a reappearance is recorded beside it, with what to do.",
        "tests/tickets/watch/test_watch.py::test_one_run_finds_whoever_an_integration_brought_back",
    ),
    Elsewhere(
        "F57",
        "NUL, half an emoji, 10 KB, right-to-left override in an address",
        "Refused at intake in a sentence, in a file with its line.",
        "tests/privacy/test_identifiers.py::test_a_refusal_tells_what_is_wrong_and_not_the_value",
    ),
    Elsewhere(
        "F57",
        "NUL or half an emoji in what the vendor holds",
        "Looked at like anybody: the odd character is replaced in the snapshot.",
        "tests/tickets/loop/test_failures.py::test_an_odd_character_at_the_vendor_costs_no_look",
    ),
    Elsewhere(
        "F58",
        "killed in the middle of a suppression import",
        "Whole chunks stay, with the place where they end, and the same file again goes on there: nobody twice.",
        "tests/suppression/test_import_file.py::test_an_import_that_broke_off_goes_on_where_it_stopped",
    ),
    Elsewhere(
        "F59",
        "a report is broken off",
        "The ledger shows it started and never finished, with the digest of a whole one.",
        "tests/reports/test_export.py::test_broken_off_it_stays_started",
    ),
    Elsewhere(
        "F46",
        "VAULT_KEYS missing or not readable at start",
        "No process starts: the system check privacy.E001 names the variable and how to make a key.",
        "tests/privacy/test_checks.py::test_a_broken_variable_is_named_with_a_reason",
    ),
    Open(
        "F48",
        "the clock jumps a day ahead",
        "Leases lapse early: what is out is looked at and never resent blindly, by the same rule as a crash. The day's "
        "quota believes the clock and would open early: time synchronisation is part of the installation.",
    ),
    Elsewhere(
        "F55",
        "a migration under a running worker",
        "Within two seconds the workers take nothing new, finish what is in flight and end; the old release does not "
        "start again on the new tables and says why.",
        "tests/jobs/test_run_cluster.py::test_workers_of_an_old_release_stop_when_somebody_migrates_the_database",
    ),
    Elsewhere(
        "F18",
        "500 to five people in a row",
        "The account is broken: a banner on every page, and one erasure at a time is tried until one is answered.",
        "tests/tickets/loop/test_slow_answers.py::test_five_failing_people_break_the_account_and_one_probe_at_a_time_heals_it",
    ),
    Elsewhere(
        "F64",
        "404 for twenty people in a row whom a look had found",
        "The account pauses and asks for site and key; a look settles each of the twenty, and once a person has "
        "resumed the account they are looked up and asked for again.",
        "tests/tickets/loop/test_slow_answers.py"
        "::test_whom_a_wrong_site_denied_is_asked_for_again_once_it_is_put_right",
    ),
    Elsewhere(
        "F54",
        "yesterday's backup is restored",
        "Every account pauses before anything is sent; a banner says what may be missing, and a named person resumes.",
        "tests/tickets/loop/test_rolled_back.py::test_nothing_is_sent_again_and_every_account_waits_for_a_person",
    ),
]
