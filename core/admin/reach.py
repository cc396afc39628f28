"""Company-wide matters: what touches every estate needs a person who looks after every estate (T7)."""

from core.admin.permissions import Actor, NotPermitted, Permission


def require_whole_company(*, actor: Actor, permission: Permission) -> None:
    """Raise ``NotPermitted`` for a person whose care is limited to some estates.

    The company's settings, code lists, calendar, estates to come and people of no one estate reach beyond any such
    limit, so the permission alone does not do.
    """
    if actor.estates is not None:
        raise NotPermitted(permission=permission.value)
