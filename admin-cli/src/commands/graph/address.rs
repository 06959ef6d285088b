//! Account addresses as other services write them: `name` or `name@domain`.

use twclone_domain::Username;

/// Formats an address, with the domain if there is one.
pub(super) fn write(name: &Username, domain: Option<&str>) -> String {
    domain.map_or_else(|| name.to_string(), |domain| format!("{name}@{domain}"))
}

/// Parses an address of this service. `own` is the domain of this service, if it is known.
///
/// # Errors
/// The reason why the address is not accepted.
pub(super) fn read(address: &str, own: Option<&str>) -> Result<Username, String> {
    if address.is_empty() {
        return Err("the address is missing".to_owned());
    }
    let (name, domain) = address.split_once('@').map_or((address, None), |(name, domain)| (name, Some(domain)));
    match (domain, own) {
        (Some(domain), Some(own)) if domain.eq_ignore_ascii_case(own) => {}
        (None, _) => {}
        (Some(domain), Some(own)) => return Err(format!("is an address of {domain}; this service is {own}")),
        (Some(domain), None) => {
            return Err(format!(
                "is an address of {domain}; add --domain {domain} if that is the domain of this service"
            ));
        }
    }
    name.parse()
}

/// Validates a domain argument.
///
/// # Errors
/// A text that says what the argument must be.
pub(super) fn domain(text: &str) -> Result<String, String> {
    let letters = text.bytes().all(|byte| byte.is_ascii_alphanumeric() || b".-:".contains(&byte));
    if letters && !text.is_empty() {
        Ok(text.to_owned())
    } else {
        Err("must be a domain, such as example.com".to_owned())
    }
}
