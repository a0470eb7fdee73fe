"""Triggers that refuse every change of the ledger but the next event, whoever asks.

They bind every connection, also those that go round Django. A table that Django rebuilds on SQLite loses its triggers,
so each migration that alters a guarded table calls `install` again.
"""

from django.db.backends.base.base import BaseDatabaseWrapper

from apps.privacy.failpoints import Failpoint, reach

# INSERT OR REPLACE fires no delete trigger on SQLite; the guard of dense numbers is what stops it.
SQLITE = {
    "audit_event_no_update": (
        "CREATE TRIGGER audit_event_no_update BEFORE UPDATE ON audit_auditevent "
        "BEGIN SELECT RAISE(ABORT, 'the ledger is append-only'); END"
    ),
    "audit_event_no_delete": (
        "CREATE TRIGGER audit_event_no_delete BEFORE DELETE ON audit_auditevent "
        "BEGIN SELECT RAISE(ABORT, 'the ledger is append-only'); END"
    ),
    "audit_event_dense": (
        "CREATE TRIGGER audit_event_dense BEFORE INSERT ON audit_auditevent "
        "WHEN NEW.seq IS NOT (SELECT coalesce(max(seq), 0) + 1 FROM audit_auditevent) "
        "BEGIN SELECT RAISE(ABORT, 'the ledger has no gaps and no second versions'); END"
    ),
    "audit_head_no_delete": (
        "CREATE TRIGGER audit_head_no_delete BEFORE DELETE ON audit_ledgerhead "
        "BEGIN SELECT RAISE(ABORT, 'the head of the ledger stays'); END"
    ),
    "audit_head_no_second": (
        "CREATE TRIGGER audit_head_no_second BEFORE INSERT ON audit_ledgerhead "
        "WHEN EXISTS (SELECT 1 FROM audit_ledgerhead) "
        "BEGIN SELECT RAISE(ABORT, 'the ledger has one head'); END"
    ),
    "audit_head_grows": (
        "CREATE TRIGGER audit_head_grows BEFORE UPDATE ON audit_ledgerhead WHEN NEW.seq <= OLD.seq "
        "BEGIN SELECT RAISE(ABORT, 'the head of the ledger only moves on'); END"
    ),
}

REFUSE = " BEGIN RAISE EXCEPTION 'the ledger is append-only' USING ERRCODE = 'integrity_constraint_violation'; END "
DENSE = (
    " BEGIN IF NEW.seq IS DISTINCT FROM (SELECT coalesce(max(seq), 0) + 1 FROM audit_auditevent) THEN"
    " RAISE EXCEPTION 'the ledger has no gaps' USING ERRCODE = 'integrity_constraint_violation';"
    " END IF; RETURN NEW; END "
)
GROWS = (
    " BEGIN IF NEW.seq <= OLD.seq THEN"
    " RAISE EXCEPTION 'the head only moves on' USING ERRCODE = 'integrity_constraint_violation';"
    " END IF; RETURN NEW; END "
)
POSTGRESQL_FUNCTIONS = {"audit_refuse": REFUSE, "audit_dense": DENSE, "audit_grows": GROWS}

# Worded as pg_get_triggerdef prints them, so that a weakened trigger of the same name is noticed.
POSTGRESQL = {
    "audit_event_kept": "BEFORE DELETE OR UPDATE ON audit_auditevent FOR EACH ROW EXECUTE FUNCTION audit_refuse()",
    "audit_event_no_truncate": (
        "BEFORE TRUNCATE ON audit_auditevent FOR EACH STATEMENT EXECUTE FUNCTION audit_refuse()"
    ),
    "audit_event_dense": "BEFORE INSERT ON audit_auditevent FOR EACH ROW EXECUTE FUNCTION audit_dense()",
    "audit_head_no_delete": "BEFORE DELETE ON audit_ledgerhead FOR EACH ROW EXECUTE FUNCTION audit_refuse()",
    "audit_head_no_truncate": "BEFORE TRUNCATE ON audit_ledgerhead FOR EACH STATEMENT EXECUTE FUNCTION audit_refuse()",
    "audit_head_grows": "BEFORE UPDATE ON audit_ledgerhead FOR EACH ROW EXECUTE FUNCTION audit_grows()",
}


def install(connection: BaseDatabaseWrapper) -> None:
    """Put every guard in place anew; safe to repeat."""
    remove(connection)
    _run(connection, {"sqlite": _sqlite_guards, "postgresql": _postgresql_guards}[connection.vendor]())
    reach(Failpoint.MIGRATION_UNFINISHED)


def remove(connection: BaseDatabaseWrapper) -> None:
    """Take every guard away: for tests, and for migrations that rebuild a guarded table."""
    if connection.vendor == "sqlite":
        _run(connection, [f"DROP TRIGGER IF EXISTS {name}" for name in SQLITE])
        return
    _run(connection, [f"DROP TRIGGER IF EXISTS {name} ON {_table(rule)}" for name, rule in POSTGRESQL.items()])


def missing(connection: BaseDatabaseWrapper) -> list[str]:
    """Name the guards that are absent, switched off or worded differently."""
    if connection.vendor == "sqlite":
        found = dict(_rows(connection, "SELECT name, sql FROM sqlite_master WHERE type = 'trigger'"))
        return [name for name, text in SQLITE.items() if found.get(name) != text]
    return _missing_on_postgresql(connection)


def _sqlite_guards() -> list[str]:
    return list(SQLITE.values())


def _postgresql_guards() -> list[str]:
    functions = [
        f"CREATE OR REPLACE FUNCTION {name}() RETURNS trigger LANGUAGE plpgsql AS $${body}$$"
        for name, body in POSTGRESQL_FUNCTIONS.items()
    ]
    triggers = [f"CREATE TRIGGER {name} {rule}" for name, rule in POSTGRESQL.items()]
    # ALWAYS: session_replication_role = replica, which a superuser may set, would pass ordinary triggers by.
    always = [f"ALTER TABLE {_table(rule)} ENABLE ALWAYS TRIGGER {name}" for name, rule in POSTGRESQL.items()]
    return functions + triggers + always


def _missing_on_postgresql(connection: BaseDatabaseWrapper) -> list[str]:
    query = (
        "SELECT t.tgname, pg_get_triggerdef(t.oid, true), f.prosrc FROM pg_trigger t JOIN pg_proc f ON f.oid = t.tgfoid"
        " WHERE t.tgenabled = 'A' AND t.tgrelid IN ('audit_auditevent'::regclass, 'audit_ledgerhead'::regclass)"
    )
    found = {name: (definition, body) for name, definition, body in _rows(connection, query)}
    return [name for name, rule in POSTGRESQL.items() if found.get(name) != _expected(name, rule)]


def _expected(name: str, rule: str) -> tuple[str, str]:
    function = rule.rpartition(" ")[2].removesuffix("()")
    return f"CREATE TRIGGER {name} {rule}", POSTGRESQL_FUNCTIONS[function]


def _table(rule: str) -> str:
    return rule.partition(" ON ")[2].partition(" ")[0]


def _run(connection: BaseDatabaseWrapper, statements: list[str]) -> None:
    with connection.cursor() as cursor:
        for statement in statements:
            cursor.execute(statement)


def _rows(connection: BaseDatabaseWrapper, query: str) -> list[tuple]:
    with connection.cursor() as cursor:
        cursor.execute(query)
        return cursor.fetchall()
