//! Accounts as they come in.

use twclone_domain::accounts::{Password, Profile, Register};
use twclone_domain::{Error, Fields};
use utoipa::ToSchema;

use super::parameters::Any;

/// A user name and a password; both or, where Basic authentication says them, neither.
#[derive(ToSchema)]
pub(super) struct LogIn {
    /// The user name.
    #[schema(required = false, example = "mj")]
    pub(super) username: String,
    /// The password.
    #[schema(required = false, value_type = String, example = "bulls")]
    pub(super) password: Password,
}

impl LogIn {
    pub(super) fn read(mut fields: Fields) -> Result<Option<Self>, Error> {
        if !fields.has("username") && !fields.has("password") {
            // Nulls say that there are none.
            fields.refuse("username", "is not read here");
            fields.refuse("password", "is not read here");
            return fields.end().map(|()| None);
        }
        let username = fields.required::<Any>("username");
        let password = fields.required::<Any>("password");
        fields.end()?;
        Ok(Some(Self { username: username?.0, password: Password::new(password?.0) }))
    }
}

/// A new account.
#[derive(ToSchema)]
#[allow(dead_code, reason = "describes the fields")]
pub(super) struct SignUp {
    /// 1–30 of a-z A-Z 0-9 _, not digits alone; never changes.
    #[schema(min_length = 1, max_length = 30, pattern = "^[a-zA-Z0-9_]*[a-zA-Z_][a-zA-Z0-9_]*$", example = "dennis")]
    username: String,
    /// Shown to nobody else.
    #[schema(max_length = 254, example = "dennis@example.com")]
    email: String,
    /// 8–71 bytes, no NUL, not among the commonest.
    #[schema(min_length = 8, max_length = 71, example = "worm of 1991")]
    password: String,
    /// A few words.
    #[schema(max_length = 500)]
    bio: Option<String>,
}

impl SignUp {
    pub(super) fn read(mut fields: Fields) -> Result<Register, Error> {
        let name = fields.required("username");
        let email = fields.required("email");
        let password = fields.required("password");
        let biography = fields.optional("bio");
        fields.end()?;
        let profile = Profile { name: name?, email: email?, biography: biography? };
        Ok(Register { profile, password: password? })
    }
}
