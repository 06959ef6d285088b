//! What a route answers to whom: a row of the matrix.

use twclone_testkit::Value;

use super::stage::Proof;

/// How many callers there are.
pub(super) const COUNT: usize = 12;

/// The owner with his password, with an app password without scope, read, write, messages; delegates likewise without
/// scope, read, write, messages; another user, an administrator, nobody.
pub(super) type Statuses = [u16; COUNT];

/// Anybody, without a word of who he is.
pub(super) const EVERYBODY: Statuses = [200; COUNT];
/// Anybody, and something comes to be.
pub(super) const EVERYBODY_MAKES: Statuses = [201; COUNT];
/// Anybody who says who he is; to nobody it says what is missing.
pub(super) const EVERYBODY_WITH_A_PASSWORD: Statuses = [200, 200, 200, 200, 200, 200, 200, 200, 200, 200, 200, 422];
/// The owner alone, with a credential that reaches so far.
pub(super) const THE_OWNER: Statuses = [200, 403, 403, 403, 403, 403, 403, 403, 403, 403, 403, 401];
/// Everybody for his own account, which is not the owner's; with a credential that reaches so far.
pub(super) const EACH_HIS_OWN: Statuses = [200, 403, 403, 403, 403, 200, 200, 200, 200, 200, 200, 401];
/// The owner alone, and to others it is as if it were not there.
pub(super) const A_THING_OF_THE_OWNERS: Statuses = [200, 403, 403, 403, 403, 404, 404, 404, 404, 404, 404, 401];
/// Who may see the account's messages.
pub(super) const READERS_OF_MESSAGES: Statuses = [200, 200, 200, 200, 200, 200, 200, 200, 200, 403, 403, 401];
/// The same for one message, of which others do not learn whether it is there.
pub(super) const READERS_OF_A_MESSAGE: Statuses = [200, 200, 200, 200, 200, 200, 200, 200, 200, 404, 404, 401];
/// Who may send and mark messages for the account.
pub(super) const WRITERS_OF_MESSAGES: Statuses = [200, 200, 403, 200, 200, 200, 403, 200, 200, 403, 403, 401];
/// Everybody in his own name, with a credential that reaches so far.
pub(super) const EACH_IN_HIS_OWN_NAME: Statuses = [200, 200, 403, 200, 200, 200, 200, 200, 200, 200, 200, 401];
/// Anybody who has something to end.
pub(super) const ANYBODY_KNOWN: Statuses = [200, 200, 200, 200, 200, 200, 200, 200, 200, 200, 200, 401];

/// Who may post for the account, and change whom it follows.
pub(super) const WRITERS_OF_POSTS: Statuses = [200, 200, 403, 200, 403, 200, 403, 200, 403, 403, 403, 401];
/// Everybody who posts in his own name, with a credential that reaches so far.
pub(super) const EACH_POSTS_IN_HIS_OWN_NAME: Statuses = [200, 200, 403, 200, 403, 200, 200, 200, 200, 200, 200, 401];
/// Who may see what the account alone sees of itself.
pub(super) const READERS_OF_THE_HOME_TIMELINE: Statuses = [200, 200, 200, 200, 403, 200, 200, 200, 403, 403, 403, 401];
/// Everybody for what his own account alone sees of itself, with a credential that reaches so far.
pub(super) const EACH_HIS_OWN_TIMELINE: Statuses = [200, 200, 200, 200, 403, 200, 200, 200, 200, 200, 200, 401];

/// Administrators alone.
pub(super) const ADMINISTRATORS: Statuses = [403, 403, 403, 403, 403, 403, 403, 403, 403, 403, 200, 401];

/// A route, a request for it, and what it answers to whom.
pub(super) struct Row {
    /// As it stands in the table of routes.
    pub(super) route: &'static str,
    /// With placeholders in braces.
    pub(super) path: &'static str,
    /// Likewise; empty where there is none.
    pub(super) body: String,
    statuses: Statuses,
    success: u16,
    token: bool,
}

impl Row {
    pub(super) fn new(route: &'static str, path: &'static str, statuses: Statuses) -> Self {
        Self { route, path, body: String::new(), statuses, success: 200, token: true }
    }

    /// With a JSON body.
    pub(super) fn with(self, body: Value) -> Self {
        Self { body: body.to_string(), ..self }
    }

    /// Who may is answered with this status instead of 200.
    pub(super) fn answers(self, success: u16) -> Self {
        Self { success, ..self }
    }

    /// A token is no proof here.
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
