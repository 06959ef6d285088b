//! What stands between the port and the routes: refusals, times, limits, and what a service believes.

mod cors;
mod crowd;
mod headers;
mod refusals;
mod shares;
mod slow;
mod tls;
mod wire;
