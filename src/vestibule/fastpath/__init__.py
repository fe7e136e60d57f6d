"""The fast path: answers from caches, before a request reaches routing and its checks."""
