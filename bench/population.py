"""Writes hundreds of thousands of users and sessions directly into the tables."""

import asyncio
import json
import sqlite3
import time
from dataclasses import dataclass
from pathlib import Path

import asyncpg

from load import AGENT
from vestibule.crypto import tokens
from vestibule.crypto.entropy import SystemEntropy
from vestibule.crypto.keyring import Keyring
from vestibule.crypto.passwords import HashPolicy, PasswordHashes
from vestibule.crypto.tokens import TokenHasher

DAY = 86_400_000_000
_USER = (
    "id", "username", "username_canonical", "email", "email_canonical", "email_verified_at", "password_hash",
    "password_changed_at", "created_at", "updated_at", "name",
)  # fmt: skip
_SESSION = (
    "id", "user_id", "type", "token_hash", "amr", "aal", "authenticated_at", "created_at", "last_seen_at",
    "idle_expires_at", "absolute_expires_at", "address", "user_agent", "device_label", "client_id",
)  # fmt: skip
_TABLES = "SELECT relname FROM pg_class WHERE relnamespace = 'public'::regnamespace AND relkind = 'r'"
_REFRESH = ("token_hash", "session_id", "issued_at", "expires_at")


@dataclass
class Population:
    """What the load generator needs: valid cookies and refresh tokens, and the password of all users."""

    cookies: list[str]
    refresh_tokens: list[str]
    password: str
    users: int


def user_id(number: int) -> str:
    return f"user_{number:026d}"


def session_id(number: int) -> str:
    return f"session_{number:026d}"


class Writer:
    """Makes the rows. Sessions with even numbers are cookie sessions, those with odd numbers token sessions."""

    def __init__(self, secret_key: str, password: str) -> None:
        self.hasher = TokenHasher(Keyring(secret_key).derive("token-hash"), SystemEntropy())
        hashes = PasswordHashes(HashPolicy())
        self.stored = asyncio.run(hashes.hash(password))
        hashes.close()
        self.password = password
        self.now = time.time_ns() // 1000

    def user(self, n: int) -> tuple:
        name, mail = f"user{n}", f"user{n}@example.com"
        return user_id(n), name, name, mail, mail, self.now, self.stored, self.now, self.now, self.now, f"User {n}"

    def session(self, n: int, users: int, token_hash: str | None) -> tuple:
        now, session_type = self.now, "token" if n % 2 else "cookie"
        return (
            session_id(n), user_id(n % users), session_type, token_hash, '["pwd"]', 1, now, now, now, now + 7 * DAY,
            now + 30 * DAY, "203.0.113.7", AGENT, "Firefox on Linux", "vestibule",
        )  # fmt: skip

    def rows(self, users: int, sessions: int) -> tuple[Population, dict[str, tuple[tuple[str, ...], list[tuple]]]]:
        population = Population([], [], self.password, users)
        session_rows, refresh_rows = [], []
        for n in range(sessions):
            kind = tokens.REFRESH if n % 2 else tokens.SESSION
            secret = self.hasher.new(kind)
            hashed = self.hasher.digest(kind, secret)
            session_rows.append(self.session(n, users, None if n % 2 else hashed))
            if n % 2:
                population.refresh_tokens.append(secret)
                refresh_rows.append((hashed, session_id(n), self.now, self.now + 7 * DAY))
            else:
                population.cookies.append(secret)
        tables = {
            "users": (_USER, [self.user(n) for n in range(users)]),
            "sessions": (_SESSION, session_rows),
            "refresh_tokens": (_REFRESH, refresh_rows),
        }
        return population, tables


def fill_postgres(
    url: str, secret_key: str, users: int, sessions: int, password: str, *, analysed: bool = True
) -> Population:
    """Fill the tables. Without `analysed` PostgreSQL has no statistics about them, and autovacuum gathers none."""
    population, tables = Writer(secret_key, password).rows(users, sessions)

    async def copy() -> None:
        connection = await asyncpg.connect(url)
        await connection.execute("TRUNCATE users, sessions, refresh_tokens CASCADE")
        if not analysed:
            for (table,) in await connection.fetch(_TABLES):
                await connection.execute(f"ALTER TABLE {table} SET (autovacuum_enabled = false)")
        for table, (columns, rows) in tables.items():
            await connection.copy_records_to_table(table, records=rows, columns=columns)
        if analysed:
            await connection.execute("VACUUM ANALYZE")
        await connection.execute("CHECKPOINT")
        await connection.close()

    asyncio.run(copy())
    return population


def fill_sqlite(path: Path, secret_key: str, users: int, sessions: int, password: str) -> Population:
    population, tables = Writer(secret_key, password).rows(users, sessions)
    with sqlite3.connect(path) as connection:
        for table, (columns, rows) in tables.items():
            marks = ", ".join("?" for _ in columns)
            connection.executemany(f"INSERT INTO {table} ({', '.join(columns)}) VALUES ({marks})", rows)
    connection.close()
    return population


def login_body(n: int, password: str) -> str:
    return json.dumps({"email": f"user{n}@example.com", "password": password})
