from django import forms
from django.contrib import admin
from django.contrib.auth.admin import GroupAdmin, UserAdmin
from django.contrib.auth.forms import AdminUserCreationForm
from django.contrib.auth.models import Group, User
from django.db.models import ManyToManyField

# Importing auth's admin has registered both; the console's own pages take their place.
admin.site.unregister([User, Group])


class StaffCreationForm(AdminUserCreationForm):
    """Every account of the console is a member of staff: there is nothing else to log in to."""

    def save(self, commit=True):
        self.instance.is_staff = True
        return super().save(commit)


@admin.register(User)
class StaffUserAdmin(UserAdmin):
    """People and their roles. Nobody edits the own account here, and no page can make a superuser.

    Accounts are switched off, never deleted: the ledger names them.
    """

    add_form = StaffCreationForm
    list_display = ("username", "name", "roles", "is_active", "last_login")
    list_filter = ("groups", "is_active")
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
    def name(self, user):
        return user.get_full_name()

    @admin.display(description="Roles")
    def roles(self, user):
        return ", ".join(sorted(group.name for group in user.groups.all()))

    def get_queryset(self, request):
        return super().get_queryset(request).prefetch_related("groups")

    def lookup_allowed(self, lookup, value, request):
        return lookup.split("__")[0] in self.list_filter and super().lookup_allowed(lookup, value, request)

    def has_change_permission(self, request, obj=None):
        return super().has_change_permission(request, obj) and _may_edit(request.user, obj)

    def has_delete_permission(self, request, obj=None):
        return False


def _may_edit(editor, user):
    return user is None or (user != editor and (editor.is_superuser or not user.is_superuser))


@admin.register(Group)
class RoleAdmin(GroupAdmin):
    """Read only: what a role may do is decided in the code and set by `manage.py sync_roles`."""

    list_display = ("name",)

    def has_add_permission(self, request):
        return False

    def has_change_permission(self, request, obj=None):
        return False

    def has_delete_permission(self, request, obj=None):
        return False
