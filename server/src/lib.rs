//! twclone over HTTP. [`app`] assembles the routes, and [`process`] runs a process.

mod answer;
pub mod app;
mod catchers;
mod cookies;
mod credentials;
mod dialects;
mod docs;
mod edge;
mod endpoint;
mod fixed;
#[cfg(fuzzing)]
pub mod fuzzing;
mod guards;
mod health;
pub mod log;
mod metrics;
mod observe;
pub mod openapi;
mod pages;
mod people;
mod posts;
mod problem;
pub mod process;
mod requests;
mod services;
mod shutdown;
