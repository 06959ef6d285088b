//! Tests of posts, the social graph and timelines: nothing is lost, duplicated or shown to the wrong reader. They run
//! on the embedded engine, or on the one that the environment names.

mod acts;
mod broken;
mod compare;
mod counts;
mod deleted;
mod failing;
mod fenced;
mod idle;
mod job_runner;
mod kit;
mod left;
mod model;
mod next_read;
mod paging;
mod pause;
mod play;
mod random;
mod script;
mod stays;
mod workers;
