//! The shape of what twclone keeps, as data: SQLite migrations for identity, `CreateTable` inputs for
//! DynamoDB. What is read how stands in `schema/README.md`.

/// A step that takes a database from one version to the next.
#[derive(Debug, Clone, Copy)]
pub struct Migration {
    /// The file's name, for messages.
    pub name: &'static str,
    /// The statements; run in one transaction.
    pub sql: &'static str,
}

/// The migrations of the identity database, oldest first. The version of a database is how many of them it
/// has seen (`PRAGMA user_version`).
pub const IDENTITY: &[Migration] = &[
    Migration { name: "0001_accounts.sql", sql: include_str!("../identity/0001_accounts.sql") },
    Migration { name: "0002_seals.sql", sql: include_str!("../identity/0002_seals.sql") },
    Migration { name: "0003_sessions.sql", sql: include_str!("../identity/0003_sessions.sql") },
    Migration {
        name: "0004_replaced_refresh_tokens.sql",
        sql: include_str!("../identity/0004_replaced_refresh_tokens.sql"),
    },
    Migration { name: "0005_installation.sql", sql: include_str!("../identity/0005_installation.sql") },
];

/// What all of [`IDENTITY`] make together, to be read by people; a test compares it.
pub const IDENTITY_SNAPSHOT: &str = include_str!("../identity/snapshot.sql");

/// A DynamoDB table.
#[derive(Debug, Clone, Copy)]
pub struct TableSchema {
    /// The name without the installation's prefix.
    pub name: &'static str,
    /// A `CreateTable` input, as `aws dynamodb create-table --cli-input-json` takes it.
    pub create: &'static str,
    /// An `UpdateTimeToLive` input, where items expire.
    pub time_to_live: Option<&'static str>,
}

/// Direct messages, replies and quick replies.
pub const MESSAGES: TableSchema =
    TableSchema { name: "messages", create: include_str!("../dynamodb/messages.json"), time_to_live: None };

/// Posts, comments, reposts, likes.
pub const POSTS: TableSchema =
    TableSchema { name: "posts", create: include_str!("../dynamodb/posts.json"), time_to_live: None };

/// What everyone may see of accounts.
pub const GRAPH: TableSchema =
    TableSchema { name: "graph", create: include_str!("../dynamodb/graph.json"), time_to_live: None };

/// Home timelines.
pub const TIMELINES: TableSchema =
    TableSchema { name: "timelines", create: include_str!("../dynamodb/timelines.json"), time_to_live: None };

/// Products and carts.
pub const SHOP: TableSchema =
    TableSchema { name: "shop", create: include_str!("../dynamodb/shop.json"), time_to_live: None };

/// What the service itself needs: leases and idempotency keys.
pub const PLATFORM: TableSchema = TableSchema {
    name: "platform",
    create: include_str!("../dynamodb/platform.json"),
    time_to_live: Some(include_str!("../dynamodb/time-to-live/platform.json")),
};
