-- One row: which installation this is, and how far it has come. The items say so, too: a store that was restored from an
-- older backup than the other is told by that. The epoch advances here first, then in the items, and is settled then.
CREATE TABLE installation (
    only    INTEGER PRIMARY KEY CHECK (only = 1),
    id      TEXT    NOT NULL,
    epoch   INTEGER NOT NULL,
    settled INTEGER NOT NULL,
    seal    INTEGER NOT NULL DEFAULT 0
) STRICT;

-- Deletions of before have no fence in the items, which is raised when they are done again. That finds nothing else to do.
UPDATE deletions SET finished_at = NULL;
UPDATE deletions SET seal = checksum('deletions', account_id, requested_at, removed, leased_until, finished_at);
