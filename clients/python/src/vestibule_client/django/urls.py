"""The addresses of the sign-in view: `path("auth/", include("vestibule_client.django.urls"))`."""

from django.urls import path

from vestibule_client.django.views import sign_in

app_name = "vestibule"
urlpatterns = [path("sign-in/", sign_in, name="sign-in")]
