use std::fmt;

use clap::Args;
use serde::Serialize;
use twclone_domain::accounts::Event;
use twclone_domain::{AccountReference, Error, Id, Limit, PageRequest, Timestamp, Username};
use twclone_settings::Settings;

use crate::failure::Failure;
use crate::opened;
use crate::output::Output;

/// Show the audit log, newest first
///
/// With a user: the events of the account, and what its delegates did. Without: the events of all accounts and of the
/// installation, but not what delegates did.
#[derive(Args)]
#[command(after_help = "Example:\n  twclone-admin audit mj --limit 50")]
pub(crate) struct Audit {
    /// User name or id
    user: Option<String>,
    /// Maximum number of events, 1 to 100 [default: 20]
    #[arg(long, value_name = "NUMBER")]
    limit: Option<Limit>,
    /// Continue after the page that printed this cursor
    #[arg(long, value_name = "CURSOR")]
    cursor: Option<String>,
}

#[derive(Serialize)]
struct Answer {
    events: Vec<EventView>,
    next: Option<String>,
}

#[derive(Serialize)]
#[serde(rename_all = "kebab-case")]
struct EventView {
    id: Id,
    at: Timestamp,
    /// The account that the event is about; none for an event of the installation.
    account: Option<Username>,
    what: &'static str,
    who: String,
    detail: Option<String>,
    request_id: String,
    address: Option<String>,
}

impl Audit {
    /// Writes one page of events.
    pub(crate) async fn run(&self, settings: &Settings, output: &mut Output) -> Result<(), Failure> {
        let user = self.user.as_ref().map(|user| user.parse::<AccountReference>()).transpose();
        let user = user.map_err(|fault| Error::invalid("user", fault))?;
        let request = PageRequest { limit: self.limit.unwrap_or_default(), cursor: self.cursor.clone() };
        opened::existing(settings, async |installation| {
            let (accounts, administrator) = (&installation.accounts, installation.administrator());
            let page = if let Some(user) = &user {
                let (account, _) = accounts.show(&administrator, user).await?;
                let page = accounts.audit_of(&administrator, user, &request).await?;
                let name = Some(account.profile.name);
                let events = page.items.into_iter().map(|event| EventView::of(name.clone(), event));
                Answer { events: events.collect(), next: page.next }
            } else {
                let page = accounts.audit_of_all(&administrator, &request).await?;
                let events = page.items.into_iter().map(|(account, event)| EventView::of(account, event));
                Answer { events: events.collect(), next: page.next }
            };
            output.answer(&page)
        })
        .await
    }
}

impl EventView {
    fn of(account: Option<Username>, event: Event) -> Self {
        Self {
            id: event.id,
            at: event.at(),
            account,
            what: event.kind.as_str(),
            who: event.actor.as_str().to_owned(),
            detail: event.detail,
            request_id: event.request_id,
            address: event.address,
        }
    }
}

impl fmt::Display for Answer {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(
            formatter,
            "{:<24}  {:<20}  {:<20}  {:<20}  {:<16}  detail",
            "when", "what", "account", "who", "request"
        )?;
        for event in &self.events {
            let (at, detail) = (event.at.to_string(), event.detail.as_deref().unwrap_or_default());
            let account = event.account.as_ref().map_or("-", Username::as_str);
            write!(formatter, "\n{at:<24}  {:<20}  {account:<20}  {:<20}  ", event.what, event.who)?;
            write!(formatter, "{:<16}  {detail}", event.request_id)?;
        }
        match &self.next {
            Some(next) => write!(formatter, "\n\nThere are more: --cursor {next}"),
            None => Ok(()),
        }
    }
}
