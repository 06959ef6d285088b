use std::fmt;

use clap::Args;
use serde::Serialize;
use twclone_domain::accounts::Session;
use twclone_domain::{AccountReference, Error, Id, Installation, Timestamp};
use twclone_settings::Settings;

use super::reference;
use crate::failure::Failure;
use crate::opened;
use crate::output::Output;

/// List a user's sessions, or end them
///
/// A session begins with a login, and ends 30 days after its last refresh at the latest.
#[derive(Args)]
#[command(after_help = "Example:\n  twclone-admin users sessions mj --end all")]
pub(crate) struct Sessions {
    /// User name or id
    user: String,
    /// End this session, or all of them
    #[arg(long, value_name = "ID|all")]
    end: Option<String>,
}

#[derive(Serialize)]
struct Answer {
    sessions: Vec<SessionView>,
    /// How many sessions were ended. The list holds the remaining ones.
    ended: usize,
}

#[derive(Serialize)]
#[serde(rename_all = "kebab-case")]
struct SessionView {
    id: Id,
    created_at: Timestamp,
    last_used_at: Timestamp,
    expires_at: Timestamp,
    user_agent: Option<String>,
    address: String,
}

impl Sessions {
    /// Ends the requested sessions, and lists the remaining ones.
    pub(crate) async fn run(&self, settings: &Settings, output: &mut Output) -> Result<(), Failure> {
        let user = reference("user", &self.user)?;
        let wanted = match self.end.as_deref() {
            None => Vec::new(),
            Some("all") => vec![None],
            Some(id) => vec![Some(id.parse::<Id>().map_err(|fault| Error::invalid("end", fault))?)],
        };
        opened::existing(settings, async |installation| {
            let mut ended = 0;
            for session in wanted {
                ended += end(installation, &user, session).await?;
            }
            let sessions = installation.accounts.sessions_of(&installation.administrator(), &user).await?;
            output.answer(&Answer { sessions: sessions.into_iter().map(SessionView::from).collect(), ended })
        })
        .await
    }
}

async fn end(installation: &Installation, user: &AccountReference, session: Option<Id>) -> Result<usize, Failure> {
    let administrator = installation.administrator();
    let Some(session) = session else {
        let mut ended = 0;
        for session in installation.accounts.sessions_of(&administrator, user).await? {
            ended += usize::from(installation.accounts.end_session_of(&administrator, user, session.id).await?);
        }
        return Ok(ended);
    };
    if installation.accounts.end_session_of(&administrator, user, session).await? {
        Ok(1)
    } else {
        Err(Error::NotFound(format!("{user} has no session {session}")).into())
    }
}

impl From<Session> for SessionView {
    fn from(session: Session) -> Self {
        Self {
            id: session.id,
            created_at: session.created_at,
            last_used_at: session.last_used_at,
            expires_at: session.expires_at,
            user_agent: session.user_agent,
            address: session.address,
        }
    }
}

impl fmt::Display for Answer {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        if self.ended > 0 {
            writeln!(formatter, "sessions ended: {}", self.ended)?;
        }
        if self.sessions.is_empty() {
            return formatter.write_str("no sessions");
        }
        write!(formatter, "{:<19}  {:<24}  {:<24}  {:<15}  client", "id", "created", "last used", "address")?;
        for session in &self.sessions {
            let (id, created, used) =
                (session.id.to_string(), session.created_at.to_string(), session.last_used_at.to_string());
            let client = session.user_agent.as_deref().unwrap_or_default();
            write!(formatter, "\n{id:<19}  {created:<24}  {used:<24}  {:<15}  {client}", session.address)?;
        }
        Ok(())
    }
}
