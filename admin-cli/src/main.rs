//! The admin command. Anyone who may open the data can administer an installation with it, whether or not a server
//! runs.

mod commands;
mod failure;
mod load;
mod opened;
mod outcome;
mod output;
mod password;
mod progress;
mod quotes;
mod rows;
mod source;

use std::process::ExitCode;

use clap::Parser;
use twclone_settings::{ServerFlags, Settings, StoreFlags};

use crate::commands::Command;
use crate::failure::Failure;
use crate::output::Output;

/// Administer a twclone installation
///
/// Works with or without a running server. Changes take effect from the server's next request on.
#[derive(Parser)]
#[command(
    name = "twclone-admin",
    version,
    arg_required_else_help = true,
    after_help = "\
Exit codes:
  0  done, also if nothing had to change
  1  something failed, or doctor or backup verify found a fault
  2  wrong usage or settings
  3  the input has faults; each is reported with its place, and nothing was written
  4  not found, or in conflict with existing data; some records were refused
  5  a store is unavailable or overloaded

Errors go to standard error. With --json, an error is one JSON object:
  {\"error\": \"…\", \"faults\": [{\"field\": \"…\", \"message\": \"…\"}]}

Example:
  twclone-admin init && twclone-admin status"
)]
pub(crate) struct CommandLine {
    #[command(flatten)]
    store: StoreFlags,
    /// Print one JSON document, for scripts
    #[arg(long, global = true)]
    json: bool,
    #[command(subcommand)]
    command: Command,
}

fn main() -> ExitCode {
    let command_line = CommandLine::parse();
    let mut output = Output::new(command_line.json);
    match run(&command_line, &mut output) {
        Ok(()) => ExitCode::SUCCESS,
        Err(failure) => failure.tell(command_line.json),
    }
}

fn run(command_line: &CommandLine, output: &mut Output) -> Result<(), Failure> {
    // Completions need no settings, so they work even if the settings are broken.
    if let Command::Completions(completions) = &command_line.command {
        return completions.run(output);
    }
    let settings = Settings::read(&command_line.store, &ServerFlags::default()).map_err(Failure::settings)?;
    let runtime = tokio::runtime::Builder::new_multi_thread()
        .worker_threads(2)
        .enable_all()
        .build()
        .map_err(|error| Failure::failed(format!("cannot start: {error}")))?;
    runtime.block_on(command_line.command.run(&settings, output))
}
