//! Load generators: as fast as responses come back (`wrk`), or at a fixed rate (`open`).

pub mod open;
pub mod trust;
pub mod wire;
pub mod wrk;
