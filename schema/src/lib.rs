//! The schemas of twclone's stores, as data: SQLite migrations for identity, and `CreateTable` inputs for DynamoDB.
//! `schema/README.md` lists the access patterns.

/// A step that takes a database from one version to the next.
#[derive(Debug, Clone, Copy)]
pub struct Migration {
    /// The file's name, shown in error messages.
    pub name: &'static str,
    /// The SQL statements, run in one transaction.
    pub sql: &'static str,
}

/// The migrations of the identity database, oldest first. The version of a database is the number of migrations
/// applied to it (`PRAGMA user_version`).
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

/// The schema after all migrations of [`IDENTITY`], for people to read. A test compares it.
pub const IDENTITY_SNAPSHOT: &str = include_str!("../identity/snapshot.sql");

/// A DynamoDB table.
#[derive(Debug, Clone, Copy)]
pub struct TableSchema {
    /// The name without the installation's prefix.
    pub name: &'static str,
    /// A `CreateTable` input, as `aws dynamodb create-table --cli-input-json` takes it.
    pub create: &'static str,
    /// An `UpdateTimeToLive` input, if items of the table expire.
    pub time_to_live: Option<&'static str>,
}

/// Direct messages, replies and quick replies.
pub const MESSAGES: TableSchema =
    TableSchema { name: "messages", create: include_str!("../dynamodb/messages.json"), time_to_live: None };

/// Posts, comments, reposts, likes.
pub const POSTS: TableSchema =
    TableSchema { name: "posts", create: include_str!("../dynamodb/posts.json"), time_to_live: None };

/// Public profiles, follows, mutes, blocks and the fences of deleted accounts.
pub const GRAPH: TableSchema =
    TableSchema { name: "graph", create: include_str!("../dynamodb/graph.json"), time_to_live: None };

/// Home timelines and the public timeline.
pub const TIMELINES: TableSchema =
    TableSchema { name: "timelines", create: include_str!("../dynamodb/timelines.json"), time_to_live: None };

/// Products and carts.
pub const SHOP: TableSchema =
    TableSchema { name: "shop", create: include_str!("../dynamodb/shop.json"), time_to_live: None };

/// What the service itself needs: idempotency keys, leases, jobs, acts of delegates, instances and the installation's
/// mark.
pub const PLATFORM: TableSchema = TableSchema {
    name: "platform",
    create: include_str!("../dynamodb/platform.json"),
    time_to_live: Some(include_str!("../dynamodb/time-to-live/platform.json")),
};
