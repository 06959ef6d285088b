//! What stands between the port and the routes: refusals, times, limits, and what a service believes.

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
