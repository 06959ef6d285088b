use std::path::PathBuf;

use clap::Args;
use serde_json::json;
use twclone_settings::Settings;

use crate::failure::Failure;
use crate::output::Output;
use crate::{load, opened};

/// Load accounts, delegates, messages, follows, posts and likes from files
///
/// A file is JSON, or JSON Lines where its name ends in .jsonl or .ndjson, or does not tell and the first line is a
/// record. Files may be pipes, and - is standard input: these are copied to the folder for temporary files first (TMPDIR),
/// up to 4 GiB. Each file is checked as a whole before anything of it is written; the first 100 faults are told with their
/// paths or lines. Records that are there already stay
/// as they are. Files are loaded one after the other, up to the first that has faults. A load that was
/// interrupted, with Ctrl-C for example, is gone on with by running the command again.
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
