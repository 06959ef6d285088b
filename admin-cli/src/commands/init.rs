use std::fmt;
use std::path::{Path, PathBuf};

use clap::Args;
use serde::Serialize;
use twclone_domain::Installation;
use twclone_settings::Settings;

use crate::failure::Failure;
use crate::load::Loaded;
use crate::outcome::Outcome;
use crate::output::Output;
use crate::{load, opened};

/// The seed file that is loaded by default.
const USUAL_FILE: &str = "test-load.json";

/// Create the stores, tables and keys, and load test-load.json if it exists
///
/// Creates only what is missing, so you can run it again, for example to continue an interrupted load.
#[derive(Args)]
#[command(after_help = "Example:\n  twclone-admin init --seed test-load.json")]
pub(crate) struct Init {
    /// Load this file instead of test-load.json
    #[arg(long, value_name = "FILE")]
    seed: Option<PathBuf>,
    /// Load nothing
    #[arg(long, conflicts_with = "seed")]
    no_seed: bool,
}

#[derive(Serialize)]
#[serde(rename_all = "kebab-case")]
struct Answer {
    #[serde(flatten)]
    stores: Stores,
    files: Vec<Loaded>,
}

/// The stores, and whether each is new.
#[derive(Serialize)]
#[serde(rename_all = "kebab-case")]
struct Stores {
    data_folder: PathBuf,
    engine: String,
    identity: Outcome,
    tables: Vec<Table>,
}

#[derive(Serialize)]
struct Table {
    name: String,
    outcome: Outcome,
}

impl Init {
    /// Creates the missing stores, and loads the seed file if there is one.
    pub(crate) async fn run(&self, settings: &Settings, output: &mut Output) -> Result<(), Failure> {
        let identity = Outcome::created(!opened::is_there(settings));
        opened::made(settings, async |installation| {
            let stores = stores(settings, installation, identity).await?;
            output.people(&stores)?;
            let (files, loaded) = load::load(installation, &self.files(), output).await;
            output.document(&Answer { stores, files })?;
            loaded
        })
        .await
    }

    fn files(&self) -> Vec<PathBuf> {
        let usual = || Some(PathBuf::from(USUAL_FILE)).filter(|_| !self.no_seed && Path::new(USUAL_FILE).exists());
        self.seed.clone().or_else(usual).into_iter().collect()
    }
}

async fn stores(settings: &Settings, installation: &Installation, identity: Outcome) -> Result<Stores, Failure> {
    let status = installation.status(&installation.administrator()).await?;
    let tables = status.tables.into_iter().map(|table| {
        let created = installation.created_tables.contains(&table.name);
        Table { name: table.name, outcome: Outcome::created(created) }
    });
    let data_folder = settings.configuration(true).data_folder;
    Ok(Stores { data_folder, engine: status.engine, identity, tables: tables.collect() })
}

impl fmt::Display for Stores {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        writeln!(formatter, "data folder {}, engine {}", self.data_folder.display(), self.engine)?;
        write!(formatter, "  {:<30}  {}", "identity.db", self.identity)?;
        for table in &self.tables {
            write!(formatter, "\n  {:<30}  {}", format!("table {}", table.name), table.outcome)?;
        }
        Ok(())
    }
}
