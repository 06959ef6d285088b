//! The commands, one file each.

mod audit;
mod backup;
mod completions;
mod doctor;
mod graph;
mod init;
mod keys;
mod pages;
mod products;
mod restore;
mod seed;
mod services;
mod status;
mod timelines;
mod users;

use clap::Subcommand;
use twclone_domain::{AccountReference, Error};
use twclone_settings::Settings;

use crate::failure::Failure;
use crate::output::Output;

/// The commands.
// The doc comments of the types inside are the commands' help texts. A doc comment on a variant here would replace
// them.
#[derive(Subcommand)]
pub(crate) enum Command {
    Init(init::Init),
    Seed(seed::Seed),
    Status(status::Status),
    Doctor(doctor::Doctor),
    Backup(backup::Backup),
    Restore(restore::Restore),
    /// Manage users
    #[command(subcommand, after_help = "Example:\n  twclone-admin users show mj")]
    Users(users::Users),
    /// Manage the keys that sign access tokens
    #[command(subcommand, after_help = "Example:\n  twclone-admin keys list")]
    Keys(keys::Keys),
    /// Export and import the accounts that a user follows
    #[command(subcommand, after_help = "Example:\n  twclone-admin graph export mj --output follows.csv")]
    Graph(graph::Graph),
    /// Inspect and rebuild home timelines
    #[command(subcommand, after_help = "Example:\n  twclone-admin timelines lag")]
    Timelines(timelines::Timelines),
    /// List and import the shop's products
    #[command(subcommand, after_help = "Example:\n  twclone-admin products list")]
    Products(products::Products),
    /// Show the running instances of the services
    #[command(subcommand, after_help = "Example:\n  twclone-admin services list")]
    Services(services::Services),
    Audit(audit::Audit),
    Completions(completions::Completions),
}

impl Command {
    /// Runs the command.
    pub(crate) async fn run(&self, settings: &Settings, output: &mut Output) -> Result<(), Failure> {
        match self {
            Self::Init(init) => init.run(settings, output).await,
            Self::Seed(seed) => seed.run(settings, output).await,
            Self::Status(status) => status.run(settings, output).await,
            Self::Doctor(doctor) => doctor.run(settings, output).await,
            Self::Backup(backup) => backup.run(settings, output).await,
            Self::Restore(restore) => restore.run(settings, output).await,
            Self::Users(users) => users.run(settings, output).await,
            Self::Keys(keys) => keys.run(settings, output).await,
            Self::Graph(graph) => graph.run(settings, output).await,
            Self::Timelines(timelines) => timelines.run(settings, output).await,
            Self::Products(products) => products.run(settings, output).await,
            Self::Services(services) => services.run(settings, output).await,
            Self::Audit(audit) => audit.run(settings, output).await,
            Self::Completions(completions) => completions.run(output),
        }
    }
}

/// Parses an argument that names an account: a user name or an id.
fn reference(argument: &str, text: &str) -> Result<AccountReference, Failure> {
    text.parse().map_err(|fault: String| Error::invalid(argument, fault).into())
}
