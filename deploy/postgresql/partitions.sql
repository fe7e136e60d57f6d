-- For installations with tens of millions of sessions (docs/scaling.md): sessions in 16 partitions by hash, refresh tokens by
-- the week in which they expire, audit events by the month in which they happened. Run it once, while Vestibule is
-- stopped, as the owner of the tables and with their schema in the search path:
--
--     psql "$DATABASE_URL" --single-transaction --set ON_ERROR_STOP=1 --file partitions.sql
--
-- Afterwards call vestibule_add_partitions() every week; vestibule_drop_partitions() is the retention.

ALTER TABLE refresh_tokens RENAME TO refresh_tokens_whole;
ALTER TABLE sessions RENAME TO sessions_whole;
ALTER TABLE audit_events RENAME TO audit_events_whole;

-- A unique index of a partitioned table must include the column that it is partitioned by. Ids stay unique; hashes of 256
-- random bits are unique without an index.
CREATE TABLE sessions (LIKE sessions_whole INCLUDING DEFAULTS, PRIMARY KEY (id)) PARTITION BY HASH (id);
DO $$ BEGIN
    FOR part IN 0..15 LOOP
        EXECUTE format('CREATE TABLE sessions_%s PARTITION OF sessions FOR VALUES WITH (MODULUS 16, REMAINDER %s)
            WITH (fillfactor = 80)', part, part);
    END LOOP;
END $$;
CREATE TABLE refresh_tokens (LIKE refresh_tokens_whole INCLUDING DEFAULTS, PRIMARY KEY (token_hash, expires_at))
    PARTITION BY RANGE (expires_at);
CREATE TABLE audit_events (LIKE audit_events_whole INCLUDING DEFAULTS, PRIMARY KEY (id, occurred_at))
    PARTITION BY RANGE (occurred_at);
-- Rows that fit no other partition are kept here instead of refused.
CREATE TABLE refresh_tokens_rest PARTITION OF refresh_tokens DEFAULT;
CREATE TABLE audit_events_rest PARTITION OF audit_events DEFAULT;

CREATE FUNCTION vestibule_part(parent text, of_time timestamptz, until timestamptz) RETURNS void LANGUAGE plpgsql AS $$
BEGIN
    EXECUTE format('CREATE TABLE IF NOT EXISTS %I PARTITION OF %I FOR VALUES FROM (%s) TO (%s)',
        parent || '_' || to_char(of_time AT TIME ZONE 'UTC', 'YYYYMMDD'), parent,
        (extract(epoch FROM of_time) * 1000000)::bigint, (extract(epoch FROM until) * 1000000)::bigint);
END $$;

-- Create the partitions for this and the next weeks and months.
CREATE FUNCTION vestibule_add_partitions(weeks integer DEFAULT 8) RETURNS void LANGUAGE plpgsql AS $$
DECLARE
    week timestamptz := date_trunc('week', now(), 'UTC');
    month timestamptz := date_trunc('month', now(), 'UTC');
BEGIN
    FOR n IN 0..weeks LOOP
        PERFORM vestibule_part('refresh_tokens', week + n * interval '7 days', week + (n + 1) * interval '7 days');
    END LOOP;
    FOR n IN 0..weeks / 4 + 1 LOOP
        PERFORM vestibule_part('audit_events', month + n * interval '1 month', month + (n + 1) * interval '1 month');
    END LOOP;
END $$;

-- Drop the partitions that ended before this time, and return how many: fast, however many rows they contain.
CREATE FUNCTION vestibule_drop_partitions(parent text, ended_before timestamptz) RETURNS integer LANGUAGE plpgsql AS $$
DECLARE
    part record;
    dropped integer := 0;
BEGIN
    FOR part IN
        SELECT c.relname AS name,
            substring(pg_get_expr(c.relpartbound, c.oid) FROM 'TO \(''?(\d+)''?\)')::bigint AS ends
        FROM pg_inherits i JOIN pg_class c ON c.oid = i.inhrelid
        WHERE i.inhparent = to_regclass(parent)
    LOOP
        IF part.ends <= (extract(epoch FROM ended_before) * 1000000)::bigint THEN
            EXECUTE format('DROP TABLE %I', part.name);
            dropped := dropped + 1;
        END IF;
    END LOOP;
    RETURN dropped;
END $$;

SELECT vestibule_add_partitions();
INSERT INTO sessions SELECT * FROM sessions_whole;
INSERT INTO refresh_tokens SELECT * FROM refresh_tokens_whole;
INSERT INTO audit_events SELECT * FROM audit_events_whole;
DROP TABLE refresh_tokens_whole;
DROP TABLE sessions_whole;
DROP TABLE audit_events_whole;

CREATE INDEX sessions_by_hash ON sessions (token_hash);
CREATE INDEX sessions_by_user ON sessions (user_id, revoked_at);
CREATE INDEX sessions_by_expiry ON sessions (absolute_expires_at);
CREATE INDEX refresh_tokens_by_session ON refresh_tokens (session_id);
CREATE INDEX audit_events_by_subject ON audit_events (subject_id, occurred_at);
CREATE INDEX audit_events_refreshes ON audit_events (occurred_at) WHERE action = 'token.refreshed';
ALTER TABLE sessions ADD FOREIGN KEY (user_id) REFERENCES users (id);
ALTER TABLE refresh_tokens ADD FOREIGN KEY (session_id) REFERENCES sessions (id) ON DELETE CASCADE;
