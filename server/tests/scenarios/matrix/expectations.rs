//! A row of the matrix: what a route returns to each caller.

use twclone_testkit::Value;

use super::stage::Proof;

/// The number of callers.
pub(super) const COUNT: usize = 12;

/// The owner with the password, then with an app password without scope and with scope read, write, messages; a
/// delegate without scope and with scope read, write, messages; another user, an administrator, an anonymous caller.
pub(super) type Statuses = [u16; COUNT];

/// Everyone, also without credentials.
pub(super) const EVERYBODY: Statuses = [200; COUNT];
/// Everyone, also without credentials; the request creates something.
pub(super) const EVERYBODY_MAKES: Statuses = [201; COUNT];
/// Everyone with credentials. Anonymous callers are told which field is missing (422).
pub(super) const EVERYBODY_WITH_A_PASSWORD: Statuses = [200, 200, 200, 200, 200, 200, 200, 200, 200, 200, 200, 422];
/// Only the owner, with a credential of sufficient scope.
pub(super) const THE_OWNER: Statuses = [200, 403, 403, 403, 403, 403, 403, 403, 403, 403, 403, 401];
/// Everyone for their own account, which need not be the owner's, with a credential of sufficient scope.
pub(super) const EACH_HIS_OWN: Statuses = [200, 403, 403, 403, 403, 200, 200, 200, 200, 200, 200, 401];
/// Only the owner. To others it does not exist.
pub(super) const A_THING_OF_THE_OWNERS: Statuses = [200, 403, 403, 403, 403, 404, 404, 404, 404, 404, 404, 401];
/// Callers that may see the account's messages.
pub(super) const READERS_OF_MESSAGES: Statuses = [200, 200, 200, 200, 200, 200, 200, 200, 200, 403, 403, 401];
/// The same for one message, whose existence is hidden from others.
pub(super) const READERS_OF_A_MESSAGE: Statuses = [200, 200, 200, 200, 200, 200, 200, 200, 200, 404, 404, 401];
/// Callers that may send and mark messages for the account.
pub(super) const WRITERS_OF_MESSAGES: Statuses = [200, 200, 403, 200, 200, 200, 403, 200, 200, 403, 403, 401];
/// Everyone in their own name, with a credential of sufficient scope.
pub(super) const EACH_IN_HIS_OWN_NAME: Statuses = [200, 200, 403, 200, 200, 200, 200, 200, 200, 200, 200, 401];
/// Everyone who has a session or credential to end.
pub(super) const ANYBODY_KNOWN: Statuses = [200, 200, 200, 200, 200, 200, 200, 200, 200, 200, 200, 401];

/// Callers that may post for the account, and change whom it follows.
pub(super) const WRITERS_OF_POSTS: Statuses = [200, 200, 403, 200, 403, 200, 403, 200, 403, 403, 403, 401];
/// Everyone who posts in their own name, with a credential of sufficient scope.
pub(super) const EACH_POSTS_IN_HIS_OWN_NAME: Statuses = [200, 200, 403, 200, 403, 200, 200, 200, 200, 200, 200, 401];
/// Callers that may see what only the account sees of itself.
pub(super) const READERS_OF_THE_HOME_TIMELINE: Statuses = [200, 200, 200, 200, 403, 200, 200, 200, 403, 403, 403, 401];
/// Everyone for what only their own account sees of itself, with a credential of sufficient scope.
pub(super) const EACH_HIS_OWN_TIMELINE: Statuses = [200, 200, 200, 200, 403, 200, 200, 200, 200, 200, 200, 401];

/// Only administrators.
pub(super) const ADMINISTRATORS: Statuses = [403, 403, 403, 403, 403, 403, 403, 403, 403, 403, 200, 401];

/// A route, a request to it, and the status for each caller.
pub(super) struct Row {
    /// As in the table of routes.
    pub(super) route: &'static str,
    /// With placeholders in braces.
    pub(super) path: &'static str,
    /// With placeholders, too; empty if there is no body.
    pub(super) body: String,
    statuses: Statuses,
    success: u16,
    token: bool,
}

impl Row {
    pub(super) fn new(route: &'static str, path: &'static str, statuses: Statuses) -> Self {
        Self { route, path, body: String::new(), statuses, success: 200, token: true }
    }

    /// Sets a JSON body.
    pub(super) fn with(self, body: Value) -> Self {
        Self { body: body.to_string(), ..self }
    }

    /// Sets the status for permitted callers, instead of 200.
    pub(super) fn answers(self, success: u16) -> Self {
        Self { success, ..self }
    }

    /// Excludes tokens as a proof.
    pub(super) fn no_token(self) -> Self {
        Self { token: false, ..self }
    }

    pub(super) fn method(&self) -> &'static str {
        self.route.split(' ').next().unwrap_or_default()
    }

    pub(super) fn expected(&self, column: usize, proof: Proof) -> u16 {
        match self.statuses[column] {
            _ if proof == Proof::Token && !self.token => 401,
            200 => self.success,
            status => status,
        }
    }
}
