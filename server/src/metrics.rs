//! `GET /metrics`, in Prometheus's text format.

use std::sync::Arc;
use std::time::{Duration, Instant};

use hyper::body::Bytes;
use item_store::StoreCalls;
use prometheus::{
    Encoder as _, HistogramOpts, HistogramVec, IntCounter, IntCounterVec, IntGauge, Opts, Registry, TextEncoder,
};
use tokio::sync::Mutex;
use twclone_domain::{Error, Installation};

use crate::log;

/// The metrics of this process.
#[derive(Debug, Clone)]
pub(crate) struct Metrics(Arc<Counted>);

#[derive(Debug)]
struct Counted {
    registry: Registry,
    requests: IntCounterVec,
    seconds: HistogramVec,
    store_calls: IntCounterVec,
    job_calls: IntCounterVec,
    bcrypts: IntCounterVec,
    waiting: IntGauge,
    log_lost: IntCounter,
    job_failures: IntCounterVec,
    rendered: Mutex<Option<(Instant, Bytes)>>,
}

/// How long a rendered text is reused: rendering costs more than many requests do.
const RENDERED: Duration = Duration::from_secs(1);
const BUCKETS: &[f64] = &[0.0005, 0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5];

impl Metrics {
    pub(crate) fn new() -> Result<Self, Error> {
        Self::build().map_err(|error| Error::internal(format!("metrics: {error}")))
    }

    fn build() -> prometheus::Result<Self> {
        let counter = |name, help, labels: &[&str]| IntCounterVec::new(Opts::new(name, help), labels);
        let all = Counted {
            registry: Registry::new(),
            requests: counter("twclone_requests_total", "Requests answered", &["method", "route", "status"])?,
            seconds: HistogramVec::new(
                HistogramOpts::new("twclone_request_seconds", "Time to answer").buckets(BUCKETS.to_vec()),
                &["route"],
            )?,
            store_calls: counter("twclone_store_calls_total", "Calls to the item store by requests", &["operation"])?,
            job_calls: counter(
                "twclone_job_store_calls_total",
                "Calls to the item store by background jobs",
                &["operation"],
            )?,
            bcrypts: counter("twclone_bcrypt_total", "Passwords hashed or verified", &[])?,
            waiting: IntGauge::new("twclone_bcrypt_waiting", "Password checks that wait for a thread")?,
            job_failures: counter(
                "twclone_job_failures_total",
                "Timeline jobs: attempts that failed, jobs parked after too many attempts, jobs that cannot be read",
                &["outcome"],
            )?,
            log_lost: IntCounter::new("twclone_log_lines_lost_total", "Log lines that could not be written")?,
            rendered: Mutex::default(),
        };
        all.registry.register(Box::new(all.requests.clone()))?;
        all.registry.register(Box::new(all.seconds.clone()))?;
        all.registry.register(Box::new(all.store_calls.clone()))?;
        all.registry.register(Box::new(all.job_calls.clone()))?;
        all.registry.register(Box::new(all.bcrypts.clone()))?;
        all.registry.register(Box::new(all.waiting.clone()))?;
        all.registry.register(Box::new(all.log_lost.clone()))?;
        all.registry.register(Box::new(all.job_failures.clone()))?;
        Ok(Self(Arc::new(all)))
    }

    pub(crate) fn request(&self, method: &str, route: &str, status: u16, took: Duration) {
        self.0.requests.with_label_values(&[method, route, &status.to_string()]).inc();
        self.0.seconds.with_label_values(&[route]).observe(took.as_secs_f64());
    }

    /// Returns all metrics as text, at most 1 s old.
    pub(crate) async fn text(&self, installation: Option<&Installation>) -> Result<Bytes, Error> {
        // Concurrent callers wait for the same text.
        let mut rendered = self.0.rendered.lock().await;
        if let Some((_, text)) = rendered.as_ref().filter(|(at, _)| at.elapsed() < RENDERED) {
            return Ok(text.clone());
        }
        let text = self.render(installation)?;
        *rendered = Some((Instant::now(), text.clone()));
        Ok(text)
    }

    /// Copies the counters of the domain, then renders all metrics.
    fn render(&self, installation: Option<&Installation>) -> Result<Bytes, Error> {
        if let Some(installation) = installation {
            take_over(&self.0.store_calls, installation.store_calls());
            take_over(&self.0.job_calls, installation.job_calls());
            let failures = installation.job_failures();
            let outcomes =
                [("failed", failures.failed), ("parked", failures.parked), ("unreadable", failures.unreadable)];
            for (outcome, total) in outcomes {
                let counter = self.0.job_failures.with_label_values(&[outcome]);
                counter.inc_by(total.saturating_sub(counter.get()));
            }
            let work = installation.accounts.password_work();
            let bcrypts = self.0.bcrypts.with_label_values::<&str>(&[]);
            bcrypts.inc_by(work.bcrypts.saturating_sub(bcrypts.get()));
            self.0.waiting.set(i64::try_from(work.waiting).unwrap_or(i64::MAX));
        }
        self.0.log_lost.inc_by(log::lost().saturating_sub(self.0.log_lost.get()));
        let mut text = Vec::new();
        let encoded = TextEncoder::new().encode(&self.0.registry.gather(), &mut text);
        encoded.map_err(|error| Error::internal(format!("metrics: {error}")))?;
        Ok(text.into())
    }
}

fn take_over(counters: &IntCounterVec, calls: StoreCalls) {
    let operations = [
        ("get", calls.get),
        ("batch_get", calls.batch_get),
        ("query", calls.query),
        ("transact", calls.transact),
        ("batch_write", calls.batch_write),
    ];
    for (operation, total) in operations {
        let counter = counters.with_label_values(&[operation]);
        counter.inc_by(total.saturating_sub(counter.get()));
    }
}
