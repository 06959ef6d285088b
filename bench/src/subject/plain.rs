//! A Rocket route that does nothing: the minimum cost of a response of that length.

use std::net::Ipv4Addr;
use std::path::Path;
use std::process::Command;

use rocket::config::{Config, Ident, LogLevel};
use rocket::response::content::RawJson;
use rocket::{State, get, routes};

use crate::Failure;
use crate::subject::program::Serving;

struct Body(String);

#[get("/")]
fn answer(body: &State<Body>) -> RawJson<&str> {
    RawJson(&body.inner().0)
}

/// Serves the content of a file until the process is stopped. The Rocket configuration is the server's.
pub fn serve(port: u16, file: &Path) -> Result<(), Failure> {
    let body = Body(std::fs::read_to_string(file)?);
    let config = Config {
        address: Ipv4Addr::LOCALHOST.into(),
        port,
        log_level: LogLevel::Off,
        ident: Ident::none(),
        ip_header: None,
        ..Config::release_default()
    };
    let runtime = tokio::runtime::Builder::new_multi_thread().enable_all().build()?;
    runtime.block_on(rocket::custom(config).manage(body).mount("/", routes![answer]).launch())?;
    Ok(())
}

/// Starts the route in a process of its own.
pub fn start(file: &Path) -> Result<Serving, Failure> {
    let mut command = Command::new(std::env::current_exe()?);
    command.arg("plain-route").arg("--body").arg(file);
    Serving::start(command)
}
