from contextlib import AbstractContextManager, nullcontext

from django import forms
from django.contrib import admin
from django.contrib.admin.utils import unquote
from django.contrib.auth.admin import UserAdmin
from django.contrib.auth.forms import AdminUserCreationForm, UserChangeForm
from django.contrib.auth.models import Group, User
from django.db.models import ManyToManyField, QuerySet
from django.http import HttpRequest, HttpResponse
from django.utils import timezone

from apps.audit.actors import Actor

from . import services
from .roles import Role

# Importing auth's admin has registered both. A role has no page: what it may do is decided in roles.py.
admin.site.unregister([User, Group])


class StaffCreationForm(AdminUserCreationForm):
    """Every account of the console is a member of staff: there is nothing else to log in to."""

    def save(self, commit: bool = True) -> User:
        self.instance.is_staff = True
        return super().save(commit)


class StaffChangeForm(UserChangeForm):
    class Meta(UserChangeForm.Meta):
        labels = {"groups": "Roles"}
        help_texts = {
            "groups": "A person with several roles may do what any of them may.",
            "is_active": "Switch an account off instead of deleting it: the history names it.",
        }


class RoleFilter(admin.SimpleListFilter):
    title = "role"
    parameter_name = "role"

    def lookups(self, request: HttpRequest, model_admin: admin.ModelAdmin) -> list[tuple[str, str]]:
        return [(role.value, role.value) for role in Role]

    def queryset(self, request: HttpRequest, queryset: QuerySet) -> QuerySet:
        return queryset.filter(groups__name=self.value()) if self.value() else queryset


@admin.register(User)
class StaffUserAdmin(UserAdmin):
    """People and their roles. Nobody edits the own account here, and no page can make a superuser.

    Accounts are switched off, never deleted: the ledger names them, and tells who gave or took access.
    """

    form = StaffChangeForm
    add_form = StaffCreationForm
    list_display = ("username", "name", "roles", "is_active", "last_login")
    list_filter = (RoleFilter, "is_active")
    show_facets = admin.ShowFacets.NEVER
    filter_horizontal = ()
    formfield_overrides = {ManyToManyField: {"widget": forms.CheckboxSelectMultiple}}
    readonly_fields = ("last_login", "date_joined")
    fieldsets = (
        (None, {"fields": ("username", "password")}),
        ("Person", {"fields": ("first_name", "last_name", "email")}),
        ("Access", {"fields": ("is_active", "groups")}),
        ("Dates", {"fields": ("last_login", "date_joined")}),
    )

    @admin.display(description="Name")
    def name(self, user: User) -> str:
        return user.get_full_name()

    @admin.display(description="Roles")
    def roles(self, user: User) -> str:
        return ", ".join(sorted(group.name for group in user.groups.all()))

    def get_queryset(self, request: HttpRequest) -> QuerySet[User]:
        """Leave out the service users of upstream systems: nobody logs in as one, their rights are their tokens'."""
        return super().get_queryset(request).filter(is_staff=True).prefetch_related("groups")

    def save_model(self, request: HttpRequest, obj: User, form: forms.ModelForm, change: bool) -> None:
        super().save_model(request, obj, form, change)
        if not change:
            services.note_new_staff(obj, by=Actor.page(request.user), at=timezone.now())

    def change_view(self, request, object_id, form_url="", extra_context=None) -> HttpResponse:
        with self._told(request, object_id):
            return super().change_view(request, object_id, form_url, extra_context)

    def user_change_password(self, request, id, form_url="") -> HttpResponse:
        with self._told(request, id):
            return super().user_change_password(request, id, form_url)

    def lookup_allowed(self, lookup: str, value: str, request: HttpRequest) -> bool:
        """Refuse everything but the filters: any other look-up would answer questions about hidden columns."""
        return lookup in {"role", "is_active__exact"}

    def has_change_permission(self, request: HttpRequest, obj: User | None = None) -> bool:
        return super().has_change_permission(request, obj) and _may_edit(request.user, obj)

    def has_delete_permission(self, request: HttpRequest, obj: User | None = None) -> bool:
        return False

    def _told(self, request: HttpRequest, object_id: str) -> AbstractContextManager[None]:
        """Let the ledger tell what a request changes; a mere look takes no lock."""
        person = self.get_object(request, unquote(object_id)) if request.method == "POST" else None
        if person is None:
            return nullcontext()
        return services.staff_change(person, by=Actor.page(request.user), at=timezone.now())


def _may_edit(editor: User, user: User | None) -> bool:
    return user is None or (user != editor and (editor.is_superuser or not user.is_superuser))
