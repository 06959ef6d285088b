//! The attribute that describes the server's request handlers.

use proc_macro::{Delimiter, Group, TokenStream, TokenTree};

/// Describes a handler in the OpenAPI document.
///
/// Goes above Rocket's attribute, such as `#[get("/posts/<id>")]`, and takes the arguments of `#[utoipa::path]`. The
/// method and the path come from Rocket's attribute, and from the handler's guards its authentication and whether it
/// supports an `Idempotency-Key`. Arguments override all of these except the key.
///
/// utoipa's feature `rocket_extras` also reads Rocket's attribute, but it fails for a route with undescribed data.
#[proc_macro_attribute]
pub fn describe(arguments: TokenStream, handler: TokenStream) -> TokenStream {
    expand(arguments, handler).unwrap_or_else(|| {
        let error =
            r#"compile_error!("put `#[describe(…)]` above the route's attribute, such as `#[get(\"/path\")]`");"#;
        error.parse().unwrap_or_default()
    })
}

fn expand(arguments: TokenStream, handler: TokenStream) -> Option<TokenStream> {
    let tokens: Vec<_> = handler.clone().into_iter().collect();
    let (method, path) = tokens.iter().find_map(method_and_path)?;
    let guards = tokens.iter().rev().find_map(|token| group(token, Delimiter::Parenthesis))?;
    let has = |guard: &str| guards.clone().into_iter().any(|token| token.to_string() == guard);
    let security = if has("Authenticated") {
        ""
    } else if has("MaybeAuthenticated") {
        r#"security((), ("basic" = []), ("bearer" = [])),"#
    } else if has("Unverified") {
        r#"security((), ("basic" = [])),"#
    } else {
        "security(()),"
    };
    let mut described: TokenStream = format!("{method}, path = {path}, {security}").parse().ok()?;
    described.extend(if has("Idempotency") { with_key(arguments)? } else { arguments });
    let mut attribute: TokenStream = "::utoipa::path".parse().ok()?;
    attribute.extend([TokenTree::from(Group::new(Delimiter::Parenthesis, described))]);
    let mut expanded: TokenStream = "#".parse().ok()?;
    expanded.extend([TokenTree::from(Group::new(Delimiter::Bracket, attribute))]);
    expanded.extend(handler);
    Some(expanded)
}

/// Returns the method of Rocket's attribute, and its path with OpenAPI's notation for variables.
fn method_and_path(token: &TokenTree) -> Option<(String, String)> {
    let mut attribute = group(token, Delimiter::Bracket)?.into_iter();
    let method = attribute.next()?.to_string();
    if !["get", "post", "put", "patch", "delete"].contains(&method.as_str()) {
        return None;
    }
    let path = group(&attribute.next()?, Delimiter::Parenthesis)?.into_iter().next()?.to_string();
    Some((method, path.replace('<', "{").replace('>', "}")))
}

/// Adds the header `Idempotency-Key` to the parameters.
fn with_key(arguments: TokenStream) -> Option<TokenStream> {
    let mut tokens: Vec<_> = arguments.clone().into_iter().collect();
    let Some(name) = tokens.iter().position(|token| token.to_string() == "params") else {
        let mut described: TokenStream = "params(crate::guards::Idempotency),".parse().ok()?;
        described.extend(arguments);
        return Some(described);
    };
    let parameters = tokens.get_mut(name + 1)?;
    let mut all = group(parameters, Delimiter::Parenthesis)?;
    all.extend(", crate::guards::Idempotency".parse::<TokenStream>().ok()?);
    *parameters = Group::new(Delimiter::Parenthesis, all).into();
    Some(tokens.into_iter().collect())
}

/// Returns the contents of a group.
fn group(token: &TokenTree, delimiter: Delimiter) -> Option<TokenStream> {
    match token {
        TokenTree::Group(group) if group.delimiter() == delimiter => Some(group.stream()),
        _ => None,
    }
}
