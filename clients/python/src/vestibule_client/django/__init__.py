"""Django: an application (`vestibule_client.django`) and a middleware (`vestibule_client.django.middleware.Middleware`)."""
