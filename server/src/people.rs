//! The account that a request is about.

use twclone_domain::accounts::Caller;
use twclone_domain::{AccountReference, Error, Fields};

/// Returns the account that a field names, by default the caller's own. Fails if the field is missing and the caller
/// is anonymous.
pub(crate) fn named_or_caller(
    fields: &mut Fields,
    field: &str,
    caller: Option<&Caller>,
) -> Result<AccountReference, Error> {
    let named = fields.optional_account(field)?;
    let own = || caller.map(|caller| AccountReference::Id(caller.account().id));
    named.or_else(own).ok_or_else(|| fields.fault(field, "is missing; name an account, or log in"))
}
