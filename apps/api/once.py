"""Marks that let a form be taken once: a reload sends it again, and must not issue another credential."""

import secrets
from collections.abc import MutableMapping

SESSION_KEY = "api.once"
KEPT = 10


def mark(session: MutableMapping, form: str) -> str:
    """Return the mark of a form that is shown now; the latest KEPT of a session count. It is no secret."""
    new = secrets.token_urlsafe(16)
    kept = dict(list(session.get(SESSION_KEY, {}).items())[-KEPT + 1 :])
    session[SESSION_KEY] = kept | {new: form}
    return new


def take(session: MutableMapping, form: str, sent: str) -> bool:
    """Use up the mark of a form that was sent; False where this session has not shown it, or has taken it before."""
    marks = session.get(SESSION_KEY, {})
    if marks.get(sent) != form:
        return False
    session[SESSION_KEY] = {kept: of for kept, of in marks.items() if kept != sent}
    return True
