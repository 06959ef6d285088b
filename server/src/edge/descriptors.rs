//! The limit on open files of the process. Each connection takes one.

use rustix::process::{Resource, Rlimit, getrlimit, setrlimit};

/// Raises the limit to the maximum that the system allows, and returns it. The usual limit of 1,024 exists for
/// programs that use `select`, which cannot handle more. This one does not use it.
pub(super) fn raise() -> usize {
    let limit = getrlimit(Resource::Nofile);
    // If the system refuses, for example because another limit applies, the limit stays as it was.
    let _ = setrlimit(Resource::Nofile, Rlimit { current: limit.maximum, ..limit });
    let most = getrlimit(Resource::Nofile).current.unwrap_or(u64::MAX);
    usize::try_from(most).unwrap_or(usize::MAX)
}
