//! The settings of the server and of the admin command. The order of precedence is: flag, environment variable, file,
//! default.

mod errors;

use std::net::IpAddr;
use std::path::{Path, PathBuf};

use clap::{Args, ValueEnum};
use figment::Figment;
use figment::providers::{Format as _, Serialized, Toml};
use serde::{Deserialize, Serialize};
use twclone_domain::accounts::{Limits, Rate, SignUps};
use twclone_domain::{Configuration, Engine, excerpt};

/// The settings file that is read if no other is named, and if it exists.
const FILE: &str = "twclone.toml";
/// The largest value of `requests-at-a-time`: far more than any machine can do.
const REQUESTS: usize = 100_000;

/// The flags of both programs.
#[derive(Debug, Clone, Default, Args, Serialize)]
#[serde(rename_all = "kebab-case")]
pub struct StoreFlags {
    /// Settings file [default: twclone.toml in the current folder, if it exists]
    #[arg(long, env = "TWCLONE_CONFIG", value_name = "FILE", global = true)]
    #[serde(skip)]
    pub config: Option<PathBuf>,
    /// Folder with the databases and keys [default: ./data]
    #[arg(long, env = "TWCLONE_DATA_DIR", value_name = "FOLDER", global = true)]
    #[serde(skip_serializing_if = "Option::is_none")]
    pub data_dir: Option<PathBuf>,
    /// Where messages and posts are stored [default: embedded]
    #[arg(long, env = "DYNAMODB", value_name = "ENGINE", global = true)]
    #[serde(skip_serializing_if = "Option::is_none")]
    pub dynamodb: Option<EngineName>,
    /// URL of a server with DynamoDB's API.
    #[arg(
        long,
        help = "URL of a server with DynamoDB's API, such as http://localhost:8000; overrides --dynamodb",
        env = "DYNAMODB_ENDPOINT",
        value_name = "URL",
        global = true
    )]
    #[serde(skip_serializing_if = "Option::is_none")]
    pub dynamodb_endpoint: Option<String>,
    /// Prefix of all table names [default: twclone-]
    #[arg(long, env = "TWCLONE_TABLE_PREFIX", value_name = "PREFIX", global = true)]
    #[serde(skip_serializing_if = "Option::is_none")]
    pub table_prefix: Option<String>,
    /// Cost of hashing a password, 4 to 31; each step doubles the time [default: 12]
    #[arg(long, env = "TWCLONE_BCRYPT_COST", value_name = "COST", global = true, value_parser = errors::number::<u32>)]
    #[serde(skip_serializing_if = "Option::is_none")]
    pub bcrypt_cost: Option<u32>,
}

/// The flags of the server only.
#[derive(Debug, Clone, Default, Args, Serialize)]
#[serde(rename_all = "kebab-case")]
pub struct ServerFlags {
    /// Port to listen on [default: 5000]
    #[arg(long, env = "PORT", value_name = "PORT", value_parser = errors::number::<u16>)]
    #[serde(skip_serializing_if = "Option::is_none")]
    pub port: Option<u16>,
    /// IP address to listen on [default: 127.0.0.1]
    #[arg(long, env = "TWCLONE_ADDRESS", value_name = "ADDRESS")]
    #[serde(skip_serializing_if = "Option::is_none")]
    pub address: Option<String>,
    /// Host, or host:port, at which gateways reach this service [default: its address and port]
    #[arg(long, env = "TWCLONE_ADVERTISE", value_name = "HOST")]
    #[serde(skip_serializing_if = "Option::is_none")]
    pub advertise: Option<String>,
    /// Failed logins to one account; further attempts are slowed down [default: 20/10m]
    #[arg(long, env = "TWCLONE_LOGIN_FAILURES_PER_ACCOUNT", value_name = "RATE")]
    #[serde(skip_serializing_if = "Option::is_none")]
    pub login_failures_per_account: Option<Rate>,
    /// Failed logins from one address, to any account [default: 100/10m]
    #[arg(long, env = "TWCLONE_LOGIN_FAILURES_PER_ADDRESS", value_name = "RATE")]
    #[serde(skip_serializing_if = "Option::is_none")]
    pub login_failures_per_address: Option<Rate>,
    /// Who may create accounts: everyone (open), or only `twclone-admin users add` (closed) [default: open]
    #[arg(long, env = "TWCLONE_SIGN_UPS", value_name = "open|closed")]
    #[serde(skip_serializing_if = "Option::is_none")]
    pub sign_ups: Option<SignUps>,
    /// Sign-ups from one address [default: 100/1h]
    #[arg(long, env = "TWCLONE_SIGN_UPS_PER_ADDRESS", value_name = "RATE")]
    #[serde(skip_serializing_if = "Option::is_none")]
    pub sign_ups_per_address: Option<Rate>,
    /// Requests by one account: a count and a time, or off [default: 3000000/5m]
    #[arg(long, env = "TWCLONE_REQUESTS_PER_ACCOUNT", value_name = "RATE")]
    #[serde(skip_serializing_if = "Option::is_none")]
    pub requests_per_account: Option<Rate>,
    /// Requests from one address: a count and a time, or off [default: 3000000/5m]
    #[arg(long, env = "TWCLONE_REQUESTS_PER_ADDRESS", value_name = "RATE")]
    #[serde(skip_serializing_if = "Option::is_none")]
    pub requests_per_address: Option<Rate>,
    /// Requests that run at the same time; as many again may wait, and the others get 503 [default: 128 per core; a
    /// gateway: 1024]
    #[arg(long, env = "TWCLONE_REQUESTS_AT_A_TIME", value_name = "REQUESTS", value_parser = errors::number::<usize>)]
    #[serde(skip_serializing_if = "Option::is_none")]
    pub requests_at_a_time: Option<usize>,
    /// PEM file with the certificate chain, to serve HTTPS; reloaded when it changes
    #[arg(long, env = "TWCLONE_TLS_CERTIFICATE", value_name = "FILE")]
    #[serde(skip_serializing_if = "Option::is_none")]
    pub tls_certificate: Option<PathBuf>,
    /// PEM file with the private key of the certificate
    #[arg(long, env = "TWCLONE_TLS_KEY", value_name = "FILE")]
    #[serde(skip_serializing_if = "Option::is_none")]
    pub tls_key: Option<PathBuf>,
    /// Follower count from which an author's posts are pulled instead of pushed [default: 5000]
    #[arg(long, env = "TWCLONE_FAN_OUT_THRESHOLD", value_name = "FOLLOWERS", value_parser = errors::number::<u64>)]
    #[serde(skip_serializing_if = "Option::is_none")]
    pub fan_out_threshold: Option<u64>,
    /// IP addresses of proxies whose X-Forwarded-For and X-Forwarded-Proto are believed, separated by commas [default:
    /// none]
    #[arg(long, env = "TWCLONE_TRUSTED_PROXIES", value_name = "ADDRESSES")]
    #[serde(skip_serializing_if = "Option::is_none")]
    pub trusted_proxies: Option<String>,
    /// Origins whose pages may read responses (CORS), separated by commas; * for any, or off [default: *]
    #[arg(long, env = "TWCLONE_CORS_ORIGINS", value_name = "ORIGINS")]
    #[serde(skip_serializing_if = "Option::is_none")]
    pub cors_origins: Option<String>,
    /// Format of the log [default: text]
    #[arg(long, env = "TWCLONE_LOG_FORMAT", value_name = "FORMAT")]
    #[serde(skip_serializing_if = "Option::is_none")]
    pub log_format: Option<LogFormat>,
    /// Log level: error, warn, info, debug or trace; also per module [default: info]
    #[arg(long, env = "TWCLONE_LOG", value_name = "LEVEL")]
    #[serde(skip_serializing_if = "Option::is_none")]
    pub log: Option<String>,
}

/// Where messages and posts are stored.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum EngineName {
    /// In the data folder
    Embedded,
    /// In Amazon DynamoDB
    Aws,
}

/// The format of the log.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum LogFormat {
    /// Text for people
    Text,
    /// One JSON object per line
    Json,
}

/// The effective settings.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
pub struct Settings {
    /// The folder with the databases and keys.
    pub data_dir: PathBuf,
    /// Where messages and posts are stored.
    pub dynamodb: EngineName,
    /// The URL of a server with DynamoDB's API; overrides `dynamodb`.
    pub dynamodb_endpoint: Option<String>,
    /// The prefix of all table names.
    pub table_prefix: String,
    /// The cost of hashing a password.
    pub bcrypt_cost: u32,
    /// The port to listen on.
    pub port: u16,
    /// The IP address to listen on.
    pub address: String,
    /// Where gateways reach this service, if not at its address and port.
    pub advertise: Option<String>,
    /// Failed logins to one account: a count and a time, or `off`.
    pub login_failures_per_account: Rate,
    /// Failed logins from one address.
    pub login_failures_per_address: Rate,
    /// Who may create accounts.
    pub sign_ups: SignUps,
    /// Sign-ups from one address.
    pub sign_ups_per_address: Rate,
    /// Requests by one account.
    pub requests_per_account: Rate,
    /// Requests from one address.
    pub requests_per_address: Rate,
    /// The number of requests that run at the same time, if it is not the default.
    pub requests_at_a_time: Option<usize>,
    /// The PEM file with the certificate chain.
    pub tls_certificate: Option<PathBuf>,
    /// The PEM file with its private key.
    pub tls_key: Option<PathBuf>,
    /// The follower count from which an author's posts are pulled instead of pushed.
    pub fan_out_threshold: u64,
    /// IP addresses of trusted proxies, separated by commas.
    pub trusted_proxies: String,
    /// Origins whose pages may read responses, separated by commas; or `*` or `off`.
    pub cors_origins: String,
    /// The format of the log.
    pub log_format: LogFormat,
    /// The log level, also per module.
    pub log: String,
}

impl Default for Settings {
    fn default() -> Self {
        let limits = Limits::default();
        Self {
            data_dir: "./data".into(),
            dynamodb: EngineName::Embedded,
            dynamodb_endpoint: None,
            table_prefix: "twclone-".to_owned(),
            bcrypt_cost: 12,
            port: 5000,
            address: "127.0.0.1".to_owned(),
            advertise: None,
            login_failures_per_account: limits.login_failures_per_account,
            login_failures_per_address: limits.login_failures_per_address,
            sign_ups: SignUps::Open,
            sign_ups_per_address: limits.sign_ups_per_address,
            requests_per_account: limits.requests_per_account,
            requests_per_address: limits.requests_per_account,
            requests_at_a_time: None,
            tls_certificate: None,
            tls_key: None,
            fan_out_threshold: 5_000,
            trusted_proxies: String::new(),
            cors_origins: "*".to_owned(),
            log_format: LogFormat::Text,
            log: "info".to_owned(),
        }
    }
}

impl Settings {
    /// Reads the settings from flags, environment variables and the file, and checks them.
    ///
    /// # Errors
    /// A text that names the setting and what is wrong with it.
    pub fn read(store: &StoreFlags, server: &ServerFlags) -> Result<Self, String> {
        let name = store.config.as_deref().unwrap_or(Path::new(FILE)).display().to_string();
        let file = match &store.config {
            Some(path) if path.is_file() => Toml::file_exact(path),
            Some(path) => {
                return Err(format!("there is no settings file {}; check --config and TWCLONE_CONFIG", path.display()));
            }
            None if Path::new(FILE).is_file() => Toml::file_exact(FILE),
            None => Toml::string(""),
        };
        let settings: Self = Figment::from(Serialized::defaults(Self::default()))
            .merge(file)
            .merge(Serialized::globals(store))
            .merge(Serialized::globals(server))
            .extract()
            .map_err(|error| errors::told(&error, &name))?;
        settings.check()?;
        Ok(settings)
    }

    fn check(&self) -> Result<(), String> {
        let prefix = self.table_prefix.bytes();
        if !(4..=31).contains(&self.bcrypt_cost) {
            return Err(format!("bcrypt-cost is {}; it must be from 4 to 31", self.bcrypt_cost));
        }
        if !prefix.clone().all(|byte| byte.is_ascii_alphanumeric() || b"_.-".contains(&byte)) || prefix.len() > 100 {
            return Err(format!(
                "table-prefix is \"{}\"; it must be at most 100 letters, digits, or one of _ . -",
                excerpt(&self.table_prefix)
            ));
        }
        if self.fan_out_threshold == 0 {
            return Err("fan-out-threshold is 0; it must be at least 1".to_owned());
        }
        if let Some(requests) = self.requests_at_a_time.filter(|requests| !(1..=REQUESTS).contains(requests)) {
            return Err(format!("requests-at-a-time is {requests}; it must be from 1 to {REQUESTS}"));
        }
        self.tls()?;
        if self.address.parse::<IpAddr>().is_err() {
            return Err(format!("address is \"{}\"; it must be an IP address, such as 127.0.0.1 or ::", self.address));
        }
        self.cors_origins()?;
        self.trusted_proxies().map(drop)
    }

    /// Returns the addresses of trusted proxies.
    ///
    /// # Errors
    /// A text that names the value that is not an IP address.
    pub fn trusted_proxies(&self) -> Result<Vec<IpAddr>, String> {
        let all = self.trusted_proxies.split(',').map(str::trim).filter(|address| !address.is_empty());
        all.map(|address| {
            address
                .parse()
                .map_err(|_| format!("trusted-proxies: \"{address}\" is not an IP address, such as 127.0.0.1 or ::1"))
        })
        .collect()
    }

    /// Returns the origins whose pages may read responses: none, all (`*` alone), or these.
    ///
    /// # Errors
    /// A text that names the value that is not an origin, and says what an origin is.
    pub fn cors_origins(&self) -> Result<Vec<String>, String> {
        match self.cors_origins.trim() {
            "off" => Ok(Vec::new()),
            "*" => Ok(vec!["*".to_owned()]),
            list => list
                .split(',')
                .map(str::trim)
                .map(|origin| if is_origin(origin) { Ok(origin.to_owned()) } else { Err(no_origin(origin)) })
                .collect(),
        }
    }

    /// Returns the files with the certificate and its private key, if TLS is configured.
    ///
    /// # Errors
    /// A text that says which of the two is missing.
    pub fn tls(&self) -> Result<Option<(PathBuf, PathBuf)>, String> {
        match (&self.tls_certificate, &self.tls_key) {
            (None, None) => Ok(None),
            (Some(certificate), Some(key)) => Ok(Some((certificate.clone(), key.clone()))),
            (Some(_), None) => Err("tls-certificate is set, but tls-key is not; set both or neither".to_owned()),
            (None, Some(_)) => Err("tls-key is set, but tls-certificate is not; set both or neither".to_owned()),
        }
    }

    /// Returns where the items are stored.
    #[must_use]
    pub fn engine(&self) -> Engine {
        // An empty environment variable counts as not set.
        let endpoint = self.dynamodb_endpoint.as_ref().filter(|address| !address.is_empty());
        match (endpoint, self.dynamodb) {
            (Some(address), _) => Engine::Endpoint(address.clone()),
            (None, EngineName::Aws) => Engine::Amazon,
            (None, EngineName::Embedded) => Engine::Embedded,
        }
    }

    /// Returns the configuration to open an installation with.
    #[must_use]
    pub fn configuration(&self, create_tables: bool) -> Configuration {
        Configuration {
            data_folder: absolute(&self.data_dir),
            engine: self.engine(),
            table_prefix: self.table_prefix.clone(),
            bcrypt_cost: self.bcrypt_cost,
            limits: Limits {
                login_failures_per_account: self.login_failures_per_account,
                login_failures_per_address: self.login_failures_per_address,
                sign_ups_per_address: self.sign_ups_per_address,
                requests_per_account: self.requests_per_account,
            },
            sign_ups: self.sign_ups,
            fan_out_threshold: self.fan_out_threshold,
            create_tables,
        }
    }
}

/// Returns whether a text is an origin as browsers send it: a scheme, a host, and a port unless it is the scheme's own.
fn is_origin(text: &str) -> bool {
    text.split_once("://").is_some_and(|(scheme, authority)| {
        !scheme.is_empty()
            && scheme.bytes().all(|byte| byte.is_ascii_alphanumeric() || b"+-.".contains(&byte))
            && !authority.is_empty()
            && authority.bytes().all(|byte| byte.is_ascii_alphanumeric() || b"-._:[]".contains(&byte))
    })
}

fn no_origin(text: &str) -> String {
    format!(
        "cors-origins: \"{text}\" is not an origin; write * alone, off, or origins without a path, separated by \
         commas, such as https://app.example.com,http://localhost:3000"
    )
}

/// Returns the absolute path of a folder, which stays the same if the current folder changes.
fn absolute(path: &Path) -> PathBuf {
    std::path::absolute(path).unwrap_or_else(|_| path.to_owned())
}
