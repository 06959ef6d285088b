//! The schemas of twclone's stores, as data: SQLite migrations for identity, and `CreateTable` inputs for DynamoDB.
//! `schema/README.md` lists the access patterns.

use item_store::Layout;
use item_store::api::{Table, TableSchema};
use item_store::sqlite::Migration;

/// All tables of items, in the order of creation.
pub const TABLES: &[Table] = &[MESSAGES, POSTS, GRAPH, TIMELINES, SHOP, PLATFORM];

/// Returns the tables with a prefix before their names.
#[must_use]
pub fn layout(prefix: &str) -> Layout<'_> {
    Layout { prefix, tables: TABLES }
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

/// Direct messages, replies and quick replies.
pub const MESSAGES: Table =
    &TableSchema { name: "messages", create: include_str!("../dynamodb/messages.json"), time_to_live: None };

/// Posts, comments, reposts, likes.
pub const POSTS: Table =
    &TableSchema { name: "posts", create: include_str!("../dynamodb/posts.json"), time_to_live: None };

/// Public profiles, follows, mutes, blocks and the fences of deleted accounts.
pub const GRAPH: Table =
    &TableSchema { name: "graph", create: include_str!("../dynamodb/graph.json"), time_to_live: None };

/// Home timelines and the public timeline.
pub const TIMELINES: Table =
    &TableSchema { name: "timelines", create: include_str!("../dynamodb/timelines.json"), time_to_live: None };

/// Products and carts.
pub const SHOP: Table =
    &TableSchema { name: "shop", create: include_str!("../dynamodb/shop.json"), time_to_live: None };

/// What the service itself needs: idempotency keys, leases, jobs, acts of delegates, instances and the installation's
/// mark.
pub const PLATFORM: Table = &TableSchema {
    name: "platform",
    create: include_str!("../dynamodb/platform.json"),
    time_to_live: Some(include_str!("../dynamodb/time-to-live/platform.json")),
};
