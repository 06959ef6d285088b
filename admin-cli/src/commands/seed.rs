use std::path::PathBuf;

use clap::Args;
use serde_json::json;
use twclone_settings::Settings;

use crate::failure::Failure;
use crate::output::Output;
use crate::{load, opened};

/// Load accounts, delegates, messages, follows, posts, likes and products from files
///
/// A file is JSON, or JSON Lines: its name ends in .jsonl or .ndjson, or its first line is a record. A file may be a
/// pipe, and - is standard input. Such input is copied to the folder for temporary files (TMPDIR) first, up to 4 GiB.
/// Each file is checked as a whole before any of it is written. The first 100 faults are reported with their paths or
/// lines. Existing records stay as they are. The files are loaded in order, up to the first one that has faults. To
/// continue an interrupted load, run the command again.
#[derive(Args)]
#[command(after_help = "Example:\n  twclone-admin seed accounts.json messages.jsonl")]
pub(crate) struct Seed {
    /// Files to load, in this order; - for standard input
    #[arg(required = true, value_name = "FILE")]
    files: Vec<PathBuf>,
}

impl Seed {
    /// Loads the files.
    pub(crate) async fn run(&self, settings: &Settings, output: &mut Output) -> Result<(), Failure> {
        opened::existing(settings, async |installation| {
            let (files, loaded) = load::load(installation, &self.files, output).await;
            output.document(&json!({ "files": files }))?;
            loaded
        })
        .await
    }
}
