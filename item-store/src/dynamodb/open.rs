use std::time::Duration;

use aws_config::BehaviorVersion;
use aws_sdk_dynamodb::Client;
use aws_sdk_dynamodb::config::retry::RetryConfig;
use aws_sdk_dynamodb::config::timeout::TimeoutConfig;
use aws_sdk_dynamodb::config::{Builder, Credentials, Region, SharedHttpClient};
use aws_smithy_http_client::Builder as HttpClientBuilder;
use aws_smithy_http_client::tls::Provider;
use aws_smithy_http_client::tls::rustls_provider::CryptoMode;

use super::DynamoDbTarget;
use super::failure::Place;
use crate::api::StoreError;

/// The SDK sets no deadline by default.
const OPERATION: Duration = Duration::from_millis(2_400);
const ATTEMPT: Duration = Duration::from_millis(1_200);
const CONNECT: Duration = Duration::from_millis(800);

pub(super) async fn client(target: DynamoDbTarget) -> Result<(Client, Place), StoreError> {
    let timeouts = TimeoutConfig::builder()
        .operation_timeout(OPERATION)
        .operation_attempt_timeout(ATTEMPT)
        .connect_timeout(CONNECT)
        .build();
    let retries = RetryConfig::standard().with_max_attempts(3).with_initial_backoff(Duration::from_millis(50));
    let (builder, place) = match target {
        DynamoDbTarget::Endpoint(address) => (endpoint(&address)?, Place::Endpoint(address)),
        DynamoDbTarget::Amazon => amazon().await?,
    };
    Ok((Client::from_conf(builder.timeout_config(timeouts).retry_config(retries).build()), place))
}

fn https() -> SharedHttpClient {
    HttpClientBuilder::new().tls_provider(Provider::Rustls(CryptoMode::Ring)).build_https()
}

/// Configures a client for a server at an address. Local servers do not check credentials, so placeholders are used
/// if the environment has none.
fn endpoint(address: &str) -> Result<Builder, StoreError> {
    let http = if address.starts_with("http://") {
        HttpClientBuilder::new().build_http()
    } else if address.starts_with("https://") {
        https()
    } else {
        let text = format!("the address \"{address}\" of DynamoDB must begin with http:// or https://");
        return Err(StoreError::Unavailable(text));
    };
    let read = |name: &str| std::env::var(name).ok().filter(|value| !value.is_empty());
    let region = read("AWS_REGION").or_else(|| read("AWS_DEFAULT_REGION")).unwrap_or_else(|| "us-east-1".to_owned());
    let name = read("AWS_ACCESS_KEY_ID").unwrap_or_else(|| "twclone".to_owned());
    let secret = read("AWS_SECRET_ACCESS_KEY").unwrap_or_else(|| "twclone".to_owned());
    let credentials = Credentials::new(name, secret, read("AWS_SESSION_TOKEN"), None, "environment");
    Ok(aws_sdk_dynamodb::Config::builder()
        .behavior_version(BehaviorVersion::v2026_01_12())
        .endpoint_url(address)
        .region(Region::new(region))
        .credentials_provider(credentials)
        .http_client(http))
}

async fn amazon() -> Result<(Builder, Place), StoreError> {
    let shared = aws_config::defaults(BehaviorVersion::v2026_01_12()).http_client(https()).load().await;
    let Some(region) = shared.region().map(ToString::to_string).filter(|region| !region.is_empty()) else {
        let text = "no AWS region is set; set AWS_REGION to the region of the tables, such as eu-central-1";
        return Err(StoreError::Unavailable(text.to_owned()));
    };
    if !is_region(&region) {
        return Err(StoreError::Unavailable(format!(
            "the AWS region {region:?} is malformed; set AWS_REGION to lower-case letters, digits and hyphens, such as \
             eu-central-1"
        )));
    }
    Ok((Builder::from(&shared), Place::Region(region)))
}

/// Returns whether a text can be a region: a lower-case label of a host name (RFC 1123, 2.1).
fn is_region(text: &str) -> bool {
    let allowed = |byte: u8| byte.is_ascii_lowercase() || byte.is_ascii_digit() || byte == b'-';
    text.len() <= 63 && text.bytes().all(allowed) && !text.starts_with('-') && !text.ends_with('-')
}
