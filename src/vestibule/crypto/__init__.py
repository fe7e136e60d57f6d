"""Cryptography, randomness and the clock: the only package that uses cryptographic primitives."""
