from django.contrib import admin
from django.contrib.auth.decorators import login_not_required
from django.urls import include, path
from django.views.generic import RedirectView

from apps.console.views import healthz

urlpatterns = [
    path("", login_not_required(RedirectView.as_view(pattern_name="admin:index"))),
    path("healthz", healthz),
    path("api/", include("apps.api.urls")),
    path("admin/", admin.site.urls),
]
