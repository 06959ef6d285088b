-- SQLite's file has no checksums. Here each row has one, over all its other columns, so that what a fault of the
-- disk changed is told from what was written. The function is twclone's own.
ALTER TABLE accounts ADD COLUMN seal INTEGER NOT NULL DEFAULT 0;
ALTER TABLE delegates ADD COLUMN seal INTEGER NOT NULL DEFAULT 0;
ALTER TABLE signing_keys ADD COLUMN seal INTEGER NOT NULL DEFAULT 0;
ALTER TABLE refresh_families ADD COLUMN seal INTEGER NOT NULL DEFAULT 0;
ALTER TABLE refresh_tokens ADD COLUMN seal INTEGER NOT NULL DEFAULT 0;
ALTER TABLE idempotency_keys ADD COLUMN seal INTEGER NOT NULL DEFAULT 0;

UPDATE accounts SET seal =
    checksum('accounts', id, name, email, biography, password_hash, credential_version, state, created_at);
UPDATE delegates SET seal = checksum('delegates', account_id, delegate_id, created_at);
UPDATE signing_keys SET seal = checksum('signing_keys', id, public_key, created_at);
UPDATE refresh_families SET seal = checksum('refresh_families', id, account_id, credential_version, created_at);
UPDATE refresh_tokens SET seal = checksum('refresh_tokens', digest, family_id, issued_at, expires_at);
UPDATE idempotency_keys SET seal = checksum('idempotency_keys', digest, fingerprint, account_id, expires_at);
