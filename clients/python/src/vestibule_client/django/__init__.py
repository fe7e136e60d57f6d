"""Django: the application `vestibule_client.django`, and `vestibule_client.django.middleware.Middleware`."""
