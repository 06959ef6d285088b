//! The checked-in schemas of the stores match what the code creates and needs.

use std::fs;
use std::path::Path;
use twclone_schema::TABLES;

use item_store::api::{EXPIRES, PARTITION, SORT};
use serde_json::{Value, json};
use twclone_domain::accounts::{Limits, SignUps};
use twclone_domain::{Clock, Configuration, Engine, Installation, Randomness};

#[tokio::test]
async fn the_snapshot_is_what_the_migrations_make() {
    let folder = tempfile::tempdir().unwrap();
    let configuration = Configuration {
        data_folder: folder.path().join("data"),
        engine: Engine::Embedded,
        table_prefix: String::new(),
        bcrypt_cost: 4,
        limits: Limits::default(),
        sign_ups: SignUps::Open,
        fan_out_threshold: 5_000,
        create_tables: true,
    };
    let installation = Installation::open(configuration, Clock::system(), Randomness::system()).await.unwrap();
    let made = installation.identity_schema().await.unwrap();
    assert!(made.contains("CREATE TABLE accounts"));
    assert!(
        made == twclone_schema::IDENTITY_SNAPSHOT,
        "schema/identity/snapshot.sql is not what the migrations make. It should be, from the next line on:\n{made}"
    );
}

/// Returns the JSON files of a folder below `schema`, sorted, by their names without the extension.
fn definitions(folder: &str) -> Vec<(String, Value)> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../schema").join(folder);
    let paths = fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path());
    let files = paths.filter(|path| path.extension().is_some_and(|ending| ending == "json"));
    let mut definitions: Vec<_> = files
        .map(|path| {
            let name = path.file_stem().unwrap().to_str().unwrap().to_owned();
            (name, serde_json::from_str(&fs::read_to_string(&path).unwrap()).unwrap())
        })
        .collect();
    definitions.sort_by(|one, other| one.0.cmp(&other.0));
    definitions
}

#[test]
fn every_table_has_the_keys_that_the_seam_writes() {
    let definitions = definitions("dynamodb");
    let mut known: Vec<_> = TABLES.iter().map(|table| table.name).collect();
    known.sort_unstable();
    assert_eq!(definitions.iter().map(|(name, _)| name).collect::<Vec<_>>(), known.iter().collect::<Vec<_>>());
    for (name, definition) in definitions {
        assert_eq!(definition["TableName"], name);
        let keys = json!([
            { "AttributeName": PARTITION, "KeyType": "HASH" },
            { "AttributeName": SORT, "KeyType": "RANGE" }
        ]);
        assert_eq!(definition["KeySchema"], keys, "{name}");
        let attributes = json!([
            { "AttributeName": PARTITION, "AttributeType": "S" },
            { "AttributeName": SORT, "AttributeType": "S" }
        ]);
        assert_eq!(definition["AttributeDefinitions"], attributes, "{name}");
        assert_eq!(definition["BillingMode"], "PAY_PER_REQUEST", "{name}");
    }
}

#[test]
fn items_expire_by_the_attribute_that_the_seam_names() {
    for (name, definition) in definitions("dynamodb/time-to-live") {
        let table = TABLES.iter().find(|table| table.name == name).expect("a table of that name");
        assert!(table.time_to_live.is_some(), "{name} has a definition that is not used");
        let expected = json!({ "AttributeName": EXPIRES, "Enabled": true });
        assert_eq!(definition, json!({ "TableName": name, "TimeToLiveSpecification": expected }));
    }
}

/// On DynamoDB, tables are only created on request. The embedded engine creates its tables itself.
#[tokio::test]
async fn what_is_missing_is_told_when_it_is_opened() {
    let world = twclone_testkit::World::new();
    if world.is_embedded() {
        return;
    }
    let configuration = Configuration { engine: Engine::Amazon, create_tables: false, ..world.configuration() };
    let tables = world.tables(std::time::Duration::from_secs(10)).await;
    let opened = Installation::open_on(configuration, tables, Clock::system(), Randomness::system()).await;
    let told = opened.unwrap_err().to_string();
    for table in TABLES {
        assert!(told.contains(table.name), "{told}");
    }
    assert!(told.contains("twclone-admin init"), "{told}");
}
