//! The account that a request is about.

use twclone_domain::accounts::Caller;
use twclone_domain::{AccountReference, Error, Fields};

/// Returns the caller's account, the default of an optional field. If the caller is anonymous, the field is required:
/// records a fault if it is missing.
pub(crate) fn own(fields: &mut Fields, field: &str, caller: Option<&Caller>) -> Result<AccountReference, Error> {
    const MISSING: &str = "is missing; name an account, or log in";
    match caller {
        Some(caller) => Ok(AccountReference::Id(caller.account().id)),
        None if fields.has(field) => Err(Error::invalid(field, MISSING)),
        None => Err(fields.fault(field, MISSING)),
    }
}
