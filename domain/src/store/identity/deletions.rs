use rusqlite::params;

use super::IdentityStore;
use super::accounts::end_all;
use super::sealed::DELETIONS;
use crate::accounts::Event;
use crate::{Error, Id, Timestamp};

/// Stands where the e-mail address of a deleted account was. RFC 2606: nobody can have it.
const NO_EMAIL: &str = "deleted@account.invalid";

impl IdentityStore {
    /// Deletes an account: its name stays taken, and of the rest nothing is left here but what happened to it. What it
    /// wrote in DynamoDB is to be removed from now on.
    pub(crate) async fn begin_deletion(&self, id: Id, now: Timestamp, event: Event) -> Result<(), Error> {
        self.change(id, event, move |transaction| {
            let number = id.number();
            transaction.execute(
                "UPDATE accounts SET state = 'deleted', email = ?2, full_name = NULL, biography = NULL, \
                 password_hash = NULL, role = 'user' WHERE id = ?1",
                params![number, NO_EMAIL],
            )?;
            end_all(transaction, id)?;
            transaction.execute("DELETE FROM app_passwords WHERE account_id = ?1", (number,))?;
            transaction.execute("DELETE FROM delegates WHERE ?1 IN (account_id, delegate_id)", (number,))?;
            transaction.execute(
                "INSERT OR IGNORE INTO deletions (account_id, requested_at) VALUES (?1, ?2)",
                (number, now.millis()),
            )?;
            DELETIONS.close(transaction, "account_id = ?1", (number,))
        })
        .await
    }
}
