use std::net::IpAddr;

/// Where a request comes from: for sessions, throttles and the audit.
#[derive(Debug, Clone)]
pub struct Origin {
    /// Names the request in the log.
    pub request_id: String,
    /// The client's address; none where the request did not come over the network.
    pub address: Option<IpAddr>,
    /// What the client says it is, of which 200 characters are kept.
    pub user_agent: Option<String>,
}
