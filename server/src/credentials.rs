//! Requests and responses for logins, sign-ups and account changes, shared by all dialects.

use serde::Serialize;
use twclone_domain::accounts::{Account, Origin, Part, Password, Profile, Register, Tokens, Update};
use twclone_domain::{Error, Fields, Installation};
use utoipa::ToSchema;

use crate::guards::Unverified;
use crate::pages::Any;
use crate::problem::Problem;

/// A user name and a password; both or, where Basic authentication says them, neither.
#[derive(ToSchema)]
pub(crate) struct LogIn {
    /// The user name.
    #[schema(required = false, value_type = Option<String>, example = "mj")]
    pub(crate) username: String,
    /// The password, or an app password.
    #[schema(required = false, value_type = Option<String>, example = "bulls")]
    pub(crate) password: Password,
}

impl LogIn {
    pub(crate) fn read(mut fields: Fields) -> Result<Option<Self>, Error> {
        if !fields.has("username") && !fields.has("password") {
            // Removes nulls, which count as absent.
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

/// Logs in with the credentials in the body, or else with Basic authentication. If the body has credentials, the
/// header is ignored: many clients send a stored header with every request.
pub(crate) async fn log_in(
    installation: &Installation,
    origin: &Origin,
    headers: &Unverified<'_>,
    body: Fields,
) -> Result<Tokens, Problem> {
    let accounts = &installation.accounts;
    let caller = match LogIn::read(body)? {
        Some(log_in) => accounts.authenticate(&log_in.username, log_in.password, origin).await?,
        None => headers.caller_with_password().await?.ok_or_else(|| {
            Error::invalid("username", "is missing; send it in the body, or use Basic authentication")
        })?,
    };
    Ok(accounts.log_in(&caller).await?)
}

/// Returns the path of an account's profile.
pub(crate) fn location(account: &Account) -> String {
    format!("/user/data/{}", account.profile.name)
}

/// A new account.
#[derive(ToSchema)]
#[allow(dead_code, reason = "describes the fields")]
pub(crate) struct SignUp {
    /// 1–30 of a-z A-Z 0-9 _, not digits alone; never changes.
    #[schema(min_length = 1, max_length = 30, pattern = "^[a-zA-Z0-9_]*[a-zA-Z_][a-zA-Z0-9_]*$", example = "dennis")]
    username: String,
    /// Shown to its owner only.
    #[schema(max_length = 254, example = "dennis@example.com")]
    email: String,
    /// 8–71 bytes after NFKC normalization, no NUL, not among the commonest.
    #[schema(min_length = 8, max_length = 71, example = "worm of 1991")]
    password: String,
    /// The display name.
    #[schema(min_length = 1, max_length = 100)]
    name: Option<String>,
    /// A few words.
    #[schema(min_length = 1, max_length = 500)]
    bio: Option<String>,
}

impl SignUp {
    pub(crate) fn read(mut fields: Fields) -> Result<Register, Error> {
        let name = fields.required("username");
        let email = fields.required("email");
        let password = fields.required("password");
        let full_name = fields.optional("name");
        let biography = fields.optional("bio");
        fields.end()?;
        let profile = Profile { name: name?, email: email?, full_name: full_name?, biography: biography? };
        Ok(Register { profile, password: password? })
    }
}

/// What is to be another of an account; what is not named stays, and null takes a name or a bio away. Another e-mail address
/// or password needs the password as it is: by Basic authentication, or as `current_password`.
#[derive(ToSchema)]
#[allow(dead_code, reason = "describes the fields")]
pub(crate) struct ChangeAccount {
    /// Shown to its owner only.
    #[schema(max_length = 254)]
    email: Option<String>,
    /// 8–71 bytes after NFKC normalization, no NUL, not among the commonest. Ends all sessions, and revokes all app passwords.
    #[schema(min_length = 8, max_length = 71)]
    password: Option<String>,
    /// The account's password as it is, for who has a token.
    current_password: Option<String>,
    /// The display name.
    #[schema(min_length = 1, max_length = 100)]
    name: Option<String>,
    /// A few words.
    #[schema(min_length = 1, max_length = 500)]
    bio: Option<String>,
}

/// Proves that the owner of an account asks.
#[derive(ToSchema)]
#[allow(dead_code, reason = "describes the fields")]
pub(crate) struct OwnPassword {
    /// The account's password, for who has a token.
    current_password: Option<String>,
}

impl OwnPassword {
    pub(crate) fn read(mut fields: Fields) -> Result<Option<Password>, Error> {
        let current = current_password(&mut fields);
        fields.end()?;
        current
    }
}

fn current_password(fields: &mut Fields) -> Result<Option<Password>, Error> {
    let current = fields.optional::<Any>("current_password")?;
    Ok(current.map(|current| Password::new(current.0)))
}

impl ChangeAccount {
    pub(crate) fn read(mut fields: Fields) -> Result<Update, Error> {
        let (no_name, no_bio) = (fields.is_null("name"), fields.is_null("bio"));
        let email = fields.optional("email");
        let password = fields.optional("password");
        let current_password = current_password(&mut fields);
        let full_name = fields.optional("name");
        let biography = fields.optional("bio");
        fields.end()?;
        let (full_name, biography) = (part(full_name?, no_name), part(biography?, no_bio));
        Ok(Update { email: email?, password: password?, current_password: current_password?, full_name, biography })
    }
}

fn part<T>(new: Option<T>, gone: bool) -> Part<T> {
    match new {
        Some(new) => Part::New(new),
        None if gone => Part::Gone,
        None => Part::Same,
    }
}

/// What a login gives.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = Tokens)]
pub(crate) struct TokensView {
    /// Who logged in.
    username: String,
    /// Goes into `Authorization: Bearer …`.
    access_token: String,
    /// `Bearer`
    token_type: &'static str,
    /// For how many seconds the access token can be used.
    expires_in: i64,
    /// Gives further tokens at `POST /auth/refresh-token`.
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
