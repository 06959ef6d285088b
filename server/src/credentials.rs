//! Requests and responses for logins, sign-ups and account changes, shared by all dialects.

use serde::Serialize;
use twclone_domain::accounts::{Account, Origin, Part, Password, Profile, Register, Tokens, Update};
use twclone_domain::{Biography, EmailAddress, Error, Fields, FullName, Installation, Username};
use utoipa::ToSchema;

use crate::guards::Unverified;
use crate::problem::Problem;
use crate::requests::{InAnyPart, LogInName, request};

request! {
    /// Credentials. Omit both fields if you use Basic authentication.
    pub(crate) struct LogIn {
        /// The user name.
        #[example = "mj"]
        "username" => username: InAnyPart<LogInName>,
        /// The password, or an app password.
        #[example = "bulls"]
        "password" => password: InAnyPart<String>,
    }
}

/// Logs in with the credentials in the body, or else with Basic authentication. If the body has credentials, the
/// header is ignored: many clients send a stored header with every request.
pub(crate) async fn log_in(
    installation: &Installation,
    origin: &Origin,
    headers: &Unverified<'_>,
    mut body: Fields,
) -> Result<Tokens, Problem> {
    let accounts = &installation.accounts;
    let caller = if body.has("username") || body.has("password") {
        let LogIn { username: InAnyPart(LogInName(username)), password: InAnyPart(password) } = LogIn::read(body)?;
        accounts.authenticate(&username, Password::new(password), origin).await?
    } else {
        // Removes nulls, which count as absent.
        body.refuse("username", "is not read here");
        body.refuse("password", "is not read here");
        body.end()?;
        let caller = headers.caller_with_password().await?;
        caller
            .ok_or_else(|| Error::invalid("username", "is missing; send it in the body, or use Basic authentication"))?
    };
    Ok(accounts.log_in(&caller).await?)
}

/// Returns the path of an account's profile.
pub(crate) fn location(account: &Account) -> String {
    format!("/user/data/{}", account.profile.name)
}

request! {
    /// A new account.
    pub(crate) struct SignUp {
        /// The user name: 1–30 letters a-z, digits or `_`, not only digits. It cannot be changed later.
        #[example = "dennis"]
        "username" => username: Username,
        /// The e-mail address. Only you can see it.
        #[example = "dennis@example.com"]
        "email" => email: EmailAddress,
        /// The password: 8–71 bytes after NFKC normalization, without NUL. Common passwords are rejected.
        #[example = "worm of 1991"]
        "password" => password: Password,
        /// The display name.
        "name" => full_name: Option<FullName>,
        /// The biography.
        "bio" => biography: Option<Biography>,
    }
}

impl From<SignUp> for Register {
    fn from(SignUp { username: name, email, password, full_name, biography }: SignUp) -> Self {
        Self { profile: Profile { name, email, full_name, biography }, password }
    }
}

request! {
    /// A change of an account. Missing fields stay as they are. To change the e-mail address or the password, prove your
    /// current password: with Basic authentication, or as `current_password`.
    pub(crate) struct ChangeAccount {
        /// The e-mail address. Only you can see it.
        "email" => email: Option<EmailAddress>,
        /// The new password: 8–71 bytes after NFKC normalization, without NUL. Common passwords are rejected. A new
        /// password ends all sessions and revokes all app passwords.
        "password" => password: Option<Password>,
        /// Your current password, if you authenticate with a token.
        "current_password" => current: Option<String>,
        /// The display name. Null removes it.
        "name" => full_name: Part<FullName>,
        /// The biography. Null removes it.
        "bio" => biography: Part<Biography>,
    }
}

impl From<ChangeAccount> for Update {
    fn from(ChangeAccount { email, password, current, full_name, biography }: ChangeAccount) -> Self {
        Self { email, password, current_password: current.map(Password::new), full_name, biography }
    }
}

request! {
    /// Proof that you own the account.
    pub(crate) struct OwnPassword {
        /// Your current password, if you authenticate with a token.
        "current_password" => current: Option<String>,
    }
}

/// The tokens of a session.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = Tokens)]
pub(crate) struct TokensView {
    /// The user name.
    username: String,
    /// The access token, for `Authorization: Bearer …`.
    access_token: String,
    /// `Bearer`
    token_type: &'static str,
    /// The lifetime of the access token in seconds.
    expires_in: i64,
    /// The refresh token, for `POST /auth/refresh-token`.
    refresh_token: String,
}

impl From<Tokens> for TokensView {
    fn from(tokens: Tokens) -> Self {
        Self {
            username: tokens.name.to_string(),
            access_token: tokens.access_token,
            token_type: "Bearer",
            expires_in: tokens.expires_in,
            refresh_token: tokens.refresh_token,
        }
    }
}
