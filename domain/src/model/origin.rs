use std::net::IpAddr;

/// The origin of a request, for sessions, throttling and the audit log.
#[derive(Debug, Clone)]
pub struct Origin {
    /// The id of the request in the log.
    pub request_id: String,
    /// The client's address. `None` if the request did not come over the network.
    pub address: Option<IpAddr>,
    /// The client's `User-Agent`, of which 200 characters are kept.
    pub user_agent: Option<String>,
}
