//! The benchmark command.

#![allow(clippy::print_stdout, reason = "tables are what it is for")]

use std::path::PathBuf;
use std::process::ExitCode;

use clap::{Parser, Subcommand, ValueEnum};
use twclone_bench::load::wrk::Wrk;
use twclone_bench::plan::Plan;
use twclone_bench::report::{Report, json, table};
use twclone_bench::scenario::{
    self, Stage, arrival, attacks, fanout, flood, gateway, growth, home, logins, memory, mixed, open, overload,
    posting, processes, rates, timelines,
};
use twclone_bench::subject::plain;
use twclone_bench::subject::server::Data;
use twclone_bench::{Failure, machine};
use twclone_domain::{Clock, Randomness};

/// The allocator of this process, in which the engine is measured. The server uses jemalloc.
#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

/// Measure twclone, and what it stands on, in one run
///
/// Prints a table, and writes report.json. Ends with 1 where something that must hold does not.
#[derive(Parser)]
#[command(name = "twclone-bench", version, after_help = "Example:\n  bench/run --quick --only rates")]
struct Command {
    /// Measure for a second and once, on small stores: to try it out
    #[arg(long)]
    quick: bool,
    /// Run this scenario alone; can be given more than once
    #[arg(long, value_name = "SCENARIO")]
    only: Vec<Scenario>,
    /// Where the report goes, and the data while it is measured
    #[arg(long, value_name = "FOLDER", default_value = "target/bench")]
    output: PathBuf,
    #[command(subcommand)]
    part: Option<Part>,
}

/// What a run starts as a process of its own.
#[derive(Subcommand)]
enum Part {
    /// Serve a file, and nothing else
    #[command(hide = true)]
    PlainRoute {
        #[arg(long)]
        port: u16,
        #[arg(long)]
        body: PathBuf,
    },
}

#[derive(Clone, Copy, PartialEq, Eq, ValueEnum)]
enum Scenario {
    /// What the server has in memory
    Memory,
    /// By connections: server, engine, SQLite, plain route
    Rates,
    /// At a fixed rate
    Open,
    /// Readers beside writers
    Mixed,
    /// Two processes on one data folder
    Processes,
    /// A service by itself, and through the gateway
    Gateway,
    /// Five times more than the server can do
    Overload,
    /// What refused logins tell by their time
    Logins,
    /// Reads beside a flood of bad logins
    Flood,
    /// From small stores to large ones, and loading them
    Growth,
    /// Posts of authors with few and many followers
    Posting,
    /// Timelines, pushed and pulled
    Home,
    /// How fast posts are brought to many followers
    Fanout,
    /// How soon a post is in a follower's timeline
    Arrival,
    /// Home timelines of few and many posts, among few and many people
    Timelines,
    /// Readers and logins beside attacks from one address
    Attacks,
}

fn main() -> ExitCode {
    let command = Command::parse();
    let done = match &command.part {
        Some(Part::PlainRoute { port, body }) => plain::serve(*port, body).map(|()| true),
        None => run(&command),
    };
    match done {
        Ok(true) => ExitCode::SUCCESS,
        Ok(false) => ExitCode::FAILURE,
        Err(failure) => {
            eprintln!("twclone-bench: {failure}");
            ExitCode::from(2)
        }
    }
}

/// Runs the scenarios and writes the reports. Returns whether all measured requirements hold.
fn run(command: &Command) -> Result<bool, Failure> {
    std::fs::create_dir_all(&command.output)?;
    let output = command.output.canonicalize()?;
    let plan = if command.quick { Plan::quick } else { Plan::full }(output, Clock::system(), Randomness::system());
    let report = measure(&plan, &command.only)?;
    let text = table::text(&report);
    println!("{text}");
    std::fs::write(plan.output.join("report.json"), format!("{:#}\n", json::document(&report)))?;
    println!("{}/report.json has every sample.", plan.output.display());
    Ok(report.requirements().iter().all(|requirement| requirement.holds() != Some(false)))
}

fn measure(plan: &Plan, only: &[Scenario]) -> Result<Report, Failure> {
    let folder = tempfile::Builder::new().prefix("data-").tempdir_in(&plan.output)?;
    let wrk = Wrk::new(folder.path())?;
    let mut report = Report::new(plan, machine::describe());
    scenario::progress("loading the messages to begin with");
    let (data, _) = Data::make(&folder.path().join("begin"), BEGIN)?;
    let stage = Stage { plan, folder: folder.path(), data: &data };
    for scenario in Scenario::value_variants() {
        if only.is_empty() || only.contains(scenario) {
            report.add(scenario.run(&stage, &wrk)?);
        }
    }
    Ok(report)
}

/// How many messages the server's store has to begin with.
const BEGIN: u64 = 10_000;

impl Scenario {
    fn run(self, stage: &Stage<'_>, wrk: &Wrk) -> Result<scenario::Found, Failure> {
        match self {
            Self::Memory => memory::run(stage, wrk),
            Self::Rates => rates::run(stage, wrk),
            Self::Open => open::run(stage, wrk),
            Self::Mixed => mixed::run(stage, wrk),
            Self::Processes => processes::run(stage, wrk),
            Self::Gateway => gateway::run(stage, wrk),
            Self::Overload => overload::run(stage),
            Self::Logins => logins::run(stage),
            Self::Flood => flood::run(stage),
            Self::Growth => growth::run(stage, wrk),
            Self::Posting => posting::run(stage),
            Self::Home => home::run(stage, wrk),
            Self::Fanout => fanout::run(stage),
            Self::Arrival => arrival::run(stage),
            Self::Timelines => timelines::run(stage, wrk),
            Self::Attacks => attacks::run(stage),
        }
    }
}
