use std::collections::BTreeMap;
use std::fmt;
use std::path::{Path, PathBuf};

use clap::Args;
use indicatif::HumanBytes;
use item_store::api::TableStatus;
use serde::Serialize;
use twclone_domain::accounts::AccountState;
use twclone_settings::Settings;

use crate::failure::Failure;
use crate::opened;
use crate::output::Output;

/// Show the engine, the number of accounts, and the sizes of tables and files
///
/// Creates nothing: a missing store or table is an error that names it. Amazon DynamoDB's figures for items and sizes
/// are up to six hours old.
#[derive(Args)]
#[command(after_help = "Example:\n  twclone-admin status --json")]
pub(crate) struct Status {}

#[derive(Serialize)]
#[serde(rename_all = "kebab-case")]
struct Answer {
    data_folder: PathBuf,
    engine: String,
    accounts: BTreeMap<String, u64>,
    tables: Vec<TableStatus>,
    files: Vec<StoredFile>,
}

#[derive(Serialize)]
struct StoredFile {
    name: String,
    bytes: u64,
}

impl Status {
    /// Writes the status.
    pub(crate) async fn run(&self, settings: &Settings, output: &mut Output) -> Result<(), Failure> {
        let counted = opened::existing(settings, async |installation| {
            Ok(installation.status(&installation.administrator()).await?)
        })
        .await?;
        // States without accounts are listed with 0, so that scripts can rely on the keys.
        let states = [AccountState::Active, AccountState::Disabled, AccountState::Deleted];
        let mut accounts: BTreeMap<_, _> = states.map(|state| (state.as_str().to_owned(), 0)).into();
        accounts.extend(counted.accounts);
        let data_folder = settings.configuration(false).data_folder;
        let files = files(&data_folder).map_err(|error| {
            Failure::failed(format!("cannot read the data folder {}: {error}", data_folder.display()))
        })?;
        output.answer(&Answer { data_folder, engine: counted.engine, accounts, tables: counted.tables, files })
    }
}

fn files(folder: &Path) -> std::io::Result<Vec<StoredFile>> {
    let mut files = Vec::new();
    for entry in std::fs::read_dir(folder)? {
        let entry = entry?;
        // SQLite's side files may disappear while other processes work.
        let Ok(metadata) = entry.metadata() else { continue };
        if metadata.is_file() {
            files.push(StoredFile { name: entry.file_name().to_string_lossy().into_owned(), bytes: metadata.len() });
        }
    }
    files.sort_by(|one, other| one.name.cmp(&other.name));
    Ok(files)
}

impl fmt::Display for Answer {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        let accounts: Vec<_> = self.accounts.iter().map(|(state, count)| format!("{count} {state}")).collect();
        writeln!(formatter, "data folder  {}", self.data_folder.display())?;
        writeln!(formatter, "engine       {}", self.engine)?;
        writeln!(formatter, "accounts     {}", accounts.join(", "))?;
        write!(formatter, "\n{:<30}  {:>10}  {:>12}", "table", "items", "size")?;
        for table in &self.tables {
            let size = HumanBytes(table.bytes).to_string();
            write!(formatter, "\n{:<30}  {:>10}  {size:>12}", table.name, table.items)?;
            if !table.active {
                write!(formatter, "  not active")?;
            }
        }
        write!(formatter, "\n\n{:<30}  {:>10}  {:>12}", "file", "", "size")?;
        for file in &self.files {
            let size = HumanBytes(file.bytes).to_string();
            write!(formatter, "\n{:<30}  {:>10}  {size:>12}", file.name, "")?;
        }
        Ok(())
    }
}
