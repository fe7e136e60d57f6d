"""A Django project in one file."""

import os

import django
from django.conf import settings

settings.configure(
    SECRET_KEY="of-the-tests",
    ALLOWED_HOSTS=[".localhost"],
    ROOT_URLCONF=__name__,
    INSTALLED_APPS=["django.contrib.auth", "django.contrib.contenttypes", "vestibule_client.django"],
    MIDDLEWARE=["vestibule_client.django.middleware.Middleware"],
    DATABASES={"default": {"ENGINE": "django.db.backends.sqlite3", "NAME": os.environ["DJANGO_DATABASE"]}},
    VESTIBULE={"ISSUER": os.environ["VESTIBULE_ISSUER"]},
    USE_TZ=True,
)
django.setup()

from django.contrib.auth import get_user_model
from django.contrib.auth.decorators import login_required
from django.core.management import call_command
from django.core.wsgi import get_wsgi_application
from django.http import JsonResponse
from django.urls import include, path
from vestibule_client import AuthError
from vestibule_client.django.client import client


def told(user, **more):
    return JsonResponse(
        {"id": user.id, "via": user.via, "username": user.username, "email": user.email, "aal": user.aal, **more}
    )


def guarded(**wanted):
    def view(request):
        try:
            return told(client().require(request.vestibule_user, **wanted))
        except AuthError as error:
            return JsonResponse(error.problem, status=error.status, headers=error.headers)

    return view


@login_required
def page(request):
    row = request.user
    rows = get_user_model().objects.count()
    return JsonResponse({"id": row.username, "email": row.email, "usable": row.has_usable_password(), "rows": rows})


def maybe(request):
    return JsonResponse({"id": request.vestibule_user.id if request.user.is_authenticated else None})


urlpatterns = [
    path("auth/", include("vestibule_client.django.urls")),
    path("me", guarded()),
    path("page", page),
    path("maybe", maybe),
    path("admin", guarded(role="admin")),
    path("orders", guarded(scope="orders:read")),
    path("vault", guarded(aal=2)),
    path("change", guarded()),
]
call_command("migrate", verbosity=0)
app = get_wsgi_application()
