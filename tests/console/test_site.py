"""What the admin site offers, whoever registered it."""

import pytest
from django.apps import apps
from django.contrib import admin
from django.urls import NoReverseMatch, reverse

from apps.console.site import ConsoleSite


def test_it_is_the_one_that_every_app_registers_on():
    assert isinstance(admin.site, ConsoleSite)


def test_no_model_of_the_queue_has_a_page():
    labels = {model._meta.app_label for model in admin.site._registry}

    assert "django_q" not in labels


@pytest.mark.parametrize("name", ["schedule", "success", "failure", "ormq"])
def test_no_address_leads_to_a_model_of_the_queue(name):
    with pytest.raises(NoReverseMatch):
        reverse(f"admin:django_q_{name}_changelist")


def test_a_model_of_the_queue_stays_out_even_when_an_app_registers_it_later():
    site = ConsoleSite()

    site.register(apps.get_app_config("django_q").get_models())

    assert site._registry == {}


def test_no_page_deletes_in_bulk(rf, admin_user):
    request = rf.get("/")
    request.user = admin_user

    offered = {name for page in admin.site._registry.values() for name in page.get_actions(request)}

    assert "delete_selected" not in offered


def test_the_nouns_of_the_daily_work_come_first(rf, admin_user):
    request = rf.get("/")
    request.user = admin_user

    labels = [app["app_label"] for app in admin.site.get_app_list(request)]

    assert labels[-2:] == ["auth", "api"]
    assert labels == sorted(labels, key=labels.index)
