//! Addresses of accounts as other services write them: `name`, or `name@domain`.

use twclone_domain::Username;

/// Writes an address: with the domain, where one is given.
pub(super) fn write(name: &Username, domain: Option<&str>) -> String {
    domain.map_or_else(|| name.to_string(), |domain| format!("{name}@{domain}"))
}

/// Reads an address of this service, which has this domain, if it has any.
///
/// # Errors
/// Why it is none.
pub(super) fn read(address: &str, own: Option<&str>) -> Result<Username, String> {
    if address.is_empty() {
        return Err("there is no address".to_owned());
    }
    let (name, domain) = address.split_once('@').map_or((address, None), |(name, domain)| (name, Some(domain)));
    match (domain, own) {
        (Some(domain), Some(own)) if domain.eq_ignore_ascii_case(own) => {}
        (None, _) => {}
        (Some(domain), Some(own)) => return Err(format!("is an address of {domain}; this service is {own}")),
        (Some(domain), None) => {
            return Err(format!("is an address of {domain}; say --domain {domain} if that is this service"));
        }
    }
    name.parse()
}

/// Accepts a domain as an argument.
///
/// # Errors
/// What it must be.
pub(super) fn domain(text: &str) -> Result<String, String> {
    let letters = text.bytes().all(|byte| byte.is_ascii_alphanumeric() || b".-:".contains(&byte));
    if letters && !text.is_empty() {
        Ok(text.to_owned())
    } else {
        Err("must be a domain, such as example.com".to_owned())
    }
}
