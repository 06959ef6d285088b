use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use ring::digest::{SHA256, digest};
use ring::hmac;

use super::tokens;
use super::{Accounts, Actor, Authority, Caller, Claim, Event, EventKind, Origin, Session};
use crate::model::authority::Means;
use crate::model::page::ListName;
use crate::repositories::identity::{Presented, StoredAccount, StoredSession};
use crate::{Error, Id, Page, PageRequest, Timestamp, Username};

/// How long a session lasts after its last use: 30 days, in milliseconds.
const LIFETIME: i64 = 30 * 24 * 3_600_000;
/// How much of a user agent is kept, in characters.
const USER_AGENT: usize = 200;
/// The size of each half of a refresh token: 256 bits, in bytes.
const HALF: usize = 32;

/// The result of a login.
#[derive(Debug, Clone)]
pub struct Tokens {
    /// The user name of the account.
    pub name: Username,
    /// The access token, a JWT.
    pub access_token: String,
    /// The lifetime of the access token in seconds.
    pub expires_in: i64,
    /// The token that gets further tokens.
    pub refresh_token: String,
    /// The lifetime of the refresh token in seconds.
    pub refresh_expires_in: i64,
}

/// A refresh token: one half that is common to all tokens of a session, and one of its own.
struct RefreshToken {
    family: [u8; HALF],
    own: [u8; HALF],
}

impl RefreshToken {
    fn read(text: &str) -> Option<Self> {
        let bytes = URL_SAFE_NO_PAD.decode(text).ok()?;
        let (family, own) = bytes.split_first_chunk()?;
        Some(Self { family: *family, own: own.try_into().ok()? })
    }

    /// Returns the token that replaces this one. Making it takes both this token, which the client has, and the salt,
    /// which the store has.
    fn successor(&self, salt: &[u8]) -> Self {
        let key = hmac::Key::new(hmac::HMAC_SHA256, &self.own);
        let mut own = [0; HALF];
        own.copy_from_slice(hmac::sign(&key, &[&self.family[..], salt].concat()).as_ref());
        Self { family: self.family, own }
    }

    fn write(&self) -> String {
        URL_SAFE_NO_PAD.encode([self.family, self.own].concat())
    }
}

fn kept(half: &[u8]) -> Vec<u8> {
    digest(&SHA256, half).as_ref().to_vec()
}

impl Accounts {
    /// Begins a session.
    ///
    /// # Errors
    /// `Forbidden` if the caller authenticated with a token; `WrongCredentials` if the caller's credentials changed
    /// in the meantime.
    pub async fn log_in(&self, caller: &Caller) -> Result<Tokens, Error> {
        caller.with_password()?;
        let now = self.clock.now();
        let token = RefreshToken { family: self.randomness.bytes()?, own: self.randomness.bytes()? };
        let user_agent = caller.origin.user_agent.as_ref();
        let session = Session {
            id: self.ids.next().await?,
            created_at: now,
            last_used_at: now,
            expires_at: ends(caller.app_password().and_then(|app_password| app_password.expires_at), now),
            user_agent: user_agent
                .map(|text| text.chars().filter(|letter| !letter.is_control()).take(USER_AGENT).collect()),
            address: caller.origin.address.map(|address| address.to_string()).unwrap_or_default(),
        };
        let (id, expires_at) = (session.id, session.expires_at);
        let account = StoredAccount { account: caller.account.clone(), password_hash: None };
        let new = StoredSession {
            session,
            account,
            credential_version: caller.account.credential_version,
            app_password: caller.app_password().cloned(),
            family: kept(&token.family),
            newest: kept(&token.own),
            replaced: None,
        };
        let with = caller.app_password().map(|app_password| format!("with the app password {}", app_password.name));
        let event = self.event_of(caller, EventKind::LoggedIn, with).await?;
        self.store.begin_session(caller.authority(now), new, event).await?;
        self.tokens(
            &StoredAccount { account: caller.account.clone(), password_hash: None },
            id,
            &token,
            now,
            expires_at,
        )
        .await
    }

    /// Continues a session: exchanges a refresh token for a new access token and a new refresh token. The response
    /// may be lost: for 30 seconds, until the new refresh token is used, the old one gives the same new one again.
    ///
    /// # Errors
    /// `BadRefreshToken`. Any other reuse of a token also ends its session.
    pub async fn refresh(&self, token: &str, origin: &Origin) -> Result<Tokens, Error> {
        let token = RefreshToken::read(token).ok_or(Error::BadRefreshToken)?;
        let salt = self.randomness.bytes::<HALF>()?;
        let now = self.clock.now();
        // It is unknown which of the two clients is the thief.
        let actor = Actor::Unknown;
        let id = self.ids.next().await?;
        let reuse = Event::new(id, EventKind::RefreshTokenReused, actor, None, origin);
        let presented = Presented {
            family: kept(&token.family),
            token: kept(&token.own),
            next: kept(&token.successor(&salt).own),
            salt: salt.to_vec(),
        };
        let refreshed = self.store.refresh(presented, now, reuse, move |until| ends(until, now));
        let found = refreshed.await?.ok_or(Error::BadRefreshToken)?;
        let replaced =
            found.replaced.as_ref().ok_or_else(|| Error::internal("a refreshed session replaced no token"))?;
        let next = token.successor(&replaced.salt);
        self.tokens(&found.account, found.session.id, &next, now, found.session.expires_at).await
    }

    async fn tokens(
        &self,
        account: &StoredAccount,
        session: Id,
        refresh: &RefreshToken,
        now: Timestamp,
        expires_at: Timestamp,
    ) -> Result<Tokens, Error> {
        Ok(Tokens {
            name: account.account.profile.name.clone(),
            access_token: self.tokens.issue(&account.account, Means::Session(session), now).await?,
            expires_in: tokens::LIFETIME,
            refresh_token: refresh.write(),
            refresh_expires_in: expires_at.seconds() - now.seconds(),
        })
    }

    /// Ends the session of the caller's access token; does nothing if the caller used a password.
    pub async fn log_out(&self, caller: &Caller) -> Result<(), Error> {
        let Some(session) = caller.session() else { return Ok(()) };
        let event = self.event_of(caller, EventKind::SessionEnded, Some("logged out".to_owned())).await?;
        self.store.end_session(caller.authority(self.clock.now()), session, event).await.map(drop)
    }

    /// Ends the session of a refresh token, if it has one.
    pub async fn log_out_by_refresh_token(&self, token: &str, origin: &Origin) -> Result<(), Error> {
        let Some(token) = RefreshToken::read(token) else { return Ok(()) };
        let Some(found) = self.store.session_of_family(kept(&token.family)).await? else { return Ok(()) };
        let account = found.account.account;
        let authority = Authority::Caller(Claim {
            account: account.id,
            credential_version: found.credential_version,
            means: Means::Session(found.session.id),
            at: self.clock.now(),
        });
        let (id, actor) = (self.ids.next().await?, Actor::Account(account.profile.name));
        let event = Event::new(id, EventKind::SessionEnded, actor, Some("logged out".to_owned()), origin);
        match self.store.end_session(authority, found.session.id, event).await {
            // The session has ended in another way.
            Ok(_) | Err(Error::WrongCredentials) => Ok(()),
            Err(error) => Err(error),
        }
    }

    /// Returns the caller's sessions, newest first.
    ///
    /// # Errors
    /// `BadCursor`; `Forbidden` if the caller's credentials do not suffice.
    pub async fn sessions(&self, caller: &Caller, request: &PageRequest) -> Result<Page<Session>, Error> {
        let owner = self.own(caller, None).await?;
        let sessions = self.store.sessions(owner.account.id, self.clock.now()).await?;
        ListName(&["sessions", &owner.account.id.to_string()]).page_of(sessions, request, |session| session.id)
    }

    /// Ends one of the caller's sessions, from the next request on.
    ///
    /// # Errors
    /// `NotFound` if the caller has no such session; `Forbidden`.
    pub async fn end_session(&self, caller: &Caller, session: Id) -> Result<(), Error> {
        let owner = self.own(caller, None).await?;
        let event = owner.event(self.ids.next().await?, EventKind::SessionEnded, Some(format!("session {session}")));
        if self.store.end_session(owner.authority(self.clock.now()), session, event).await? {
            Ok(())
        } else {
            Err(Error::NotFound(format!("you have no session {session}; GET /auth/sessions lists yours")))
        }
    }

    /// Returns an entry for the caller's own audit.
    pub(super) async fn event_of(
        &self,
        caller: &Caller,
        kind: EventKind,
        detail: Option<String>,
    ) -> Result<Event, Error> {
        let actor = Actor::Account(caller.name().clone());
        Ok(Event::new(self.ids.next().await?, kind, actor, detail, &caller.origin))
    }
}

/// Returns when a session that is used now ends; `until` is the latest possible time.
fn ends(until: Option<Timestamp>, now: Timestamp) -> Timestamp {
    let usual = now.plus_millis(LIFETIME);
    until.map_or(usual, |until| if until < usual { until } else { usual })
}
