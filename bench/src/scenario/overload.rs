//! More requests than the server can serve: how many it still serves, how soon it refuses the rest, and how it
//! recovers.

use std::net::Ipv4Addr;
use std::ops::Range;
use std::sync::Arc;
use std::time::{Duration, Instant};

use tokio::io::{AsyncBufReadExt as _, AsyncReadExt as _, AsyncWriteExt as _, BufReader};
use tokio::net::{TcpSocket, TcpStream};
use tokio::task::JoinSet;

use super::target::What;
use super::{Found, Measure, Name, Stage, measure};
use crate::plan::MANY;
use crate::sample::{Sample, micros};
use crate::subject::program::{self, Serving};
use crate::subject::server::{self, Proof};
use crate::{Failure, load};

/// The name of the scenario.
pub const OVERLOAD: &str = "overload";
/// The name of the peak rate.
pub const PEAK: &str = "send, as fast as it goes";
/// The name of the requests served, with five times as many callers as are admitted.
pub const SERVED: &str = "send, by five times as many as are let in";
/// The name of the requests refused at the same time.
pub const REFUSED: &str = "send, refused";
/// The name of half the peak rate, before the overload.
pub const BEFORE: &str = "send, half as much, before";
/// The name of half the peak rate, within ten seconds after the overload.
pub const AFTER: &str = "send, half as much, after";
/// The number of callers, as a multiple of those admitted.
const TIMES: u32 = 5;
/// How many requests run at a time, and how many are admitted, including those that wait.
const AT_A_TIME: u32 = 192;
const LET_IN: u32 = AT_A_TIME * 2;

/// How many addresses the callers come from.
const ADDRESSES: usize = 8;

/// The read buffer of a caller, in bytes. It holds a response, and is small, so that the many callers do not displace
/// the server from the processor's caches.
const ANSWER: usize = 1024;

/// The time within which all callers arrive. What happens until then is not counted, because connections are opened,
/// too.
const COMING: Duration = Duration::from_secs(1);

/// Measures all five figures. Refused callers retry after the `Retry-After` of the response.
pub fn run(stage: &Stage<'_>) -> Result<Found, Failure> {
    let time = stage.plan.measure.max(Duration::from_secs(3));
    let mut command = program::command("twclone-server", &stage.data.folder)?;
    command.args(["--requests-at-a-time", &AT_A_TIME.to_string()]);
    let serving = Serving::start(command)?;
    let names = [PEAK, BEFORE, SERVED, REFUSED, AFTER].map(|what| Name {
        scenario: OVERLOAD,
        subject: "server",
        what: what.to_owned(),
        callers: MANY,
        store: None,
    });
    let runtime =
        tokio::runtime::Builder::new_multi_thread().worker_threads(1).event_interval(7).enable_all().build()?;
    let measures = Measure::many(names.to_vec(), || {
        let requests: Arc<[_]> = What::Send.requests(&server::callers(&serving, Proof::Token)?).into();
        let flood = |callers| runtime.block_on(flood(serving.port, callers, time, &requests));
        let (peak, _) = flood(MANY)?;
        let rate = peak.rate;
        let half = || load::open::run(serving.port, MANY, rate / 2.0, time, &requests);
        let before = half()?;
        let (served, refused) = flood(LET_IN * TIMES)?;
        let after = half()?;
        // Each message makes the store larger, so what is measured between two peaks is compared with their mean.
        let (again, _) = flood(MANY)?;
        let peak = Sample { rate: f64::midpoint(rate, again.rate), ..peak };
        Ok(vec![peak, before, served, refused, after])
    });
    Ok(Found { figures: measure(stage.plan.rounds, vec![measures], || Ok(()))?, facts: Vec::new() })
}

/// Lets a number of callers send one request after the other. Returns the samples of served and of refused requests.
async fn flood(
    port: u16,
    callers: u32,
    time: Duration,
    requests: &Arc<[Vec<u8>]>,
) -> Result<(Sample, Sample), Failure> {
    let mut crowd = JoinSet::new();
    let begin = Instant::now() + COMING;
    for first in 0..callers {
        let requests = Arc::clone(requests);
        // Callers arrive one by one, not all at the same moment.
        let late = COMING * first / callers;
        crowd.spawn(async move {
            tokio::time::sleep(late).await;
            call(port, first as usize, begin..begin + time, &requests).await.map_err(|error| error.to_string())
        });
    }
    let (mut served, mut refused, mut failed) = (Vec::new(), Vec::new(), 0);
    while let Some(taken) = crowd.join_next().await {
        for (status, micros) in taken?? {
            match status {
                201 => served.push(micros),
                503 => refused.push(micros),
                _ => failed += 1,
            }
        }
    }
    Ok((Sample::of(served, failed, time), Sample::of(refused, 0, time)))
}

/// Sends requests over one connection. Returns the status and the latency in microseconds of each counted request.
async fn call(
    port: u16,
    first: usize,
    counted: Range<Instant>,
    requests: &[Vec<u8>],
) -> std::io::Result<Vec<(u16, u32)>> {
    // One address gets at most half of the places, so the callers come from several.
    let socket = TcpSocket::new_v4()?;
    let source = Ipv4Addr::new(127, 0, 0, 1 + u8::try_from(first % ADDRESSES).unwrap_or_default());
    socket.bind((source, 0).into())?;
    let stream = socket.connect((Ipv4Addr::LOCALHOST, port).into()).await?;
    stream.set_nodelay(true)?;
    let (mut stream, mut taken) = (BufReader::with_capacity(ANSWER, stream), Vec::new());
    for request in requests.iter().cycle().skip(first) {
        let asked = Instant::now();
        if asked >= counted.end {
            break;
        }
        stream.write_all(request).await?;
        let (status, later) = read(&mut stream).await?;
        if counted.contains(&Instant::now()) {
            taken.push((status, micros(asked.elapsed())));
        }
        if status == 503 {
            tokio::time::sleep(later).await;
        }
    }
    Ok(taken)
}

/// Reads a response. Returns its status and its `Retry-After`.
async fn read(stream: &mut BufReader<TcpStream>) -> std::io::Result<(u16, Duration)> {
    let (mut line, mut status, mut length, mut later) = (String::new(), 0, 0, Duration::ZERO);
    loop {
        line.clear();
        stream.read_line(&mut line).await?;
        if let Some((name, value)) = line.trim_end().split_once(':') {
            if name.eq_ignore_ascii_case("content-length") {
                length = value.trim().parse().unwrap_or(0);
            } else if name.eq_ignore_ascii_case("retry-after") {
                later = Duration::from_secs(value.trim().parse().unwrap_or(1));
            }
        } else if status == 0 {
            status = line.split(' ').nth(1).and_then(|status| status.parse().ok()).unwrap_or(599);
        } else {
            break;
        }
    }
    stream.read_exact(&mut vec![0; length]).await?;
    Ok((status, later))
}
