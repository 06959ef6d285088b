//! The limits of every route, from the constants that enforce them.

use std::time::Duration;

use twclone_domain::accounts::Rate;
use twclone_domain::{IdempotencyKey, Limit};
use twclone_settings::Settings;

use super::html::{escape, table};
use crate::edge::{self, answers, connection_deadline, head};
use crate::guards::MOST_FIELDS;

const CLOSED: &str = "The connection is closed.";
const SLOWED: &str = "Further attempts are slowed down. A wrong password then gets \
                      <a href=\"#problem-too-many\">too-many</a>.";

/// Returns the table of limits.
pub(super) fn limits() -> String {
    let settings = Settings::default();
    let in_time = |most: Duration, slowest: u32| format!("{}, at least {} per second", time(most), kibibytes(slowest));
    let rows = [
        ("Request body", kibibytes(answers::BODY), problem("too-large")),
        ("Fields in a body or a query", MOST_FIELDS.to_string(), problem("invalid")),
        ("Headers", format!("{}, {} lines", kibibytes(head::LENGTH), head::LINES), problem("long-head")),
        ("Time to send the headers", time(connection_deadline::HEAD), CLOSED.to_owned()),
        ("Time to send a body", in_time(answers::READING, answers::RATE), problem("too-slow")),
        ("Time to a response", time(edge::DEADLINE), problem("overloaded")),
        ("Time to a response behind a gateway", time(edge::DEADLINE_OF_GATEWAY), problem("overloaded")),
        ("Idle connection", time(connection_deadline::IDLE), CLOSED.to_owned()),
        ("Page of a list", format!("1–{}, by default {}", Limit::MOST, Limit::default().get()), problem("invalid")),
        (
            "Length of an idempotency key",
            format!("1–{} visible ASCII characters", IdempotencyKey::LONGEST),
            problem("invalid"),
        ),
        ("Lifetime of an idempotency key", time(IdempotencyKey::LIFETIME), "The key can be used again.".to_owned()),
        ("Requests of an account", rate(settings.requests_per_account), problem("too-many")),
        ("Requests from an address", rate(settings.requests_per_address), problem("too-many")),
        ("Failed logins to an account", rate(settings.login_failures_per_account), SLOWED.to_owned()),
        ("Failed logins from an address", rate(settings.login_failures_per_address), SLOWED.to_owned()),
        ("Sign-ups from an address", rate(settings.sign_ups_per_address), problem("too-many")),
    ];
    table(["Limit", "Value", "Beyond it"], &rows.map(|(name, value, beyond)| [name.to_owned(), escape(&value), beyond]))
}

fn problem(slug: &str) -> String {
    format!("<a href=\"#problem-{slug}\">{slug}</a>")
}

fn kibibytes<Bytes: TryInto<u64>>(bytes: Bytes) -> String {
    format!("{} KiB", bytes.try_into().unwrap_or_default() / 1024)
}

fn time(time: Duration) -> String {
    match time.as_secs() {
        seconds if seconds % 3_600 == 0 => format!("{} h", seconds / 3_600),
        seconds if seconds % 60 == 0 => format!("{} min", seconds / 60),
        seconds => format!("{seconds} s"),
    }
}

fn rate(rate: Rate) -> String {
    rate.bound().map_or_else(
        || "unlimited".to_owned(),
        |(count, seconds)| format!("{count} in {}", time(Duration::from_secs(seconds.into()))),
    )
}
