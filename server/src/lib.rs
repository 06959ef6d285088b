//! twclone over HTTP. The table of routes begins in [`app`].

mod answer;
pub mod app;
mod catchers;
mod dialects;
mod docs;
mod guards;
mod health;
mod metrics;
mod observe;
pub mod openapi;
mod problem;
