//! Everything between the port and the routes: refusals, timeouts, limits, and what a service trusts.

mod cors;
mod crowd;
mod headers;
mod refusals;
mod shares;
mod slow;
mod targets;
mod tls;
mod unread;
mod wire;
