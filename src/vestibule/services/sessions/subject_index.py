"""Which cached entries concern a subject (a user, session, API key or client), so that a revocation finds them."""


class SubjectIndex:
    """Keys of entries by subject. Most subjects have one entry: a set is made for the second."""

    def __init__(self) -> None:
        self._keys: dict[str, bytes | set[bytes]] = {}

    def __len__(self) -> int:
        return len(self._keys)

    def add(self, subject: str, key: bytes) -> None:
        """Note that this entry concerns the subject (an id)."""
        known = self._keys.setdefault(subject, key)
        if isinstance(known, set):
            known.add(key)
        elif known != key:
            self._keys[subject] = {known, key}

    def discard(self, subject: str, key: bytes) -> None:
        """Forget that this entry concerns the subject, if it does."""
        known = self._keys.get(subject)
        if isinstance(known, set):
            known.discard(key)
            left = bool(known)
        else:
            left = known != key
        if not left:
            del self._keys[subject]

    def concerning(self, subject: str) -> tuple[bytes, ...]:
        """Return the keys of the entries that concern the subject."""
        known = self._keys.get(subject, ())
        return (known,) if isinstance(known, bytes) else tuple(known)

    def clear(self) -> None:
        """Forget all entries."""
        self._keys.clear()
