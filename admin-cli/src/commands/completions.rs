use std::fmt;

use clap::{Args, CommandFactory as _};
use clap_complete::Shell;
use serde::Serialize;

use crate::CommandLine;
use crate::failure::Failure;
use crate::output::Output;

/// Write shell completions
///
/// Reads no settings and opens no store.
#[derive(Args)]
#[command(
    after_help = "Example:\n  twclone-admin completions bash > ~/.local/share/bash-completion/completions/twclone-admin"
)]
pub(crate) struct Completions {
    /// The shell
    shell: Shell,
}

#[derive(Serialize)]
struct Script {
    shell: String,
    script: String,
}

impl Completions {
    /// Writes the script.
    pub(crate) fn run(&self, output: &mut Output) -> Result<(), Failure> {
        // Generated in memory first, because clap panics if it cannot write.
        let mut script = Vec::new();
        clap_complete::generate(self.shell, &mut CommandLine::command(), "twclone-admin", &mut script);
        let script = String::from_utf8_lossy(&script).into_owned();
        output.answer(&Script { shell: self.shell.to_string(), script })
    }
}

impl fmt::Display for Script {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(self.script.trim_end())
    }
}
