//! How many files the process may have open at a time: each connection is one.

use rustix::process::{Resource, Rlimit, getrlimit, setrlimit};

/// Raises the limit of this process to what the system lets it have, and returns it. The usual limit of 1,024 is there for
/// programs that use `select`, which cannot count further; this one does not.
pub(super) fn raise() -> usize {
    let limit = getrlimit(Resource::Nofile);
    // Where that is refused, as where the system has another limit besides, all stays as it was.
    let _ = setrlimit(Resource::Nofile, Rlimit { current: limit.maximum, ..limit });
    let most = getrlimit(Resource::Nofile).current.unwrap_or(u64::MAX);
    usize::try_from(most).unwrap_or(usize::MAX)
}
