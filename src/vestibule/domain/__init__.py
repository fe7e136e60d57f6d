"""What Vestibule is about: frozen facts and rules, standard library and msgspec only."""
