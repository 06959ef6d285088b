//! Load at a fixed rate, independent of the responses. Latencies count from the intended start of a request: a server
//! that stalls gets no fewer requests, and the wait shows in the percentiles.

use std::time::{Duration, Instant};

use crate::Failure;
use crate::load::wire::Connection;
use crate::sample::{Sample, micros};

/// Sends `rate` requests a second, evenly, for the given time. Each connection has a thread of its own, because a
/// thread wakes to the microsecond, and a timer of tokio only to the millisecond.
pub fn run(port: u16, connections: u32, rate: f64, time: Duration, requests: &[Vec<u8>]) -> Result<Sample, Failure> {
    over((0..connections).map(|_| Connection::open(port)).collect::<Result<_, _>>()?, rate, time, requests)
}

/// The same over existing connections.
pub fn over(opened: Vec<Connection>, rate: f64, time: Duration, requests: &[Vec<u8>]) -> Result<Sample, Failure> {
    let gap = Duration::from_secs_f64(1.0 / rate);
    let connections = opened.len();
    let begin = Instant::now() + Duration::from_millis(10);
    let done = std::thread::scope(|scope| {
        let send = |first: u32, mut connection: Connection| {
            let mut taken = Vec::new();
            for place in (first..).step_by(connections) {
                let intended = gap * place;
                if intended >= time {
                    return Ok(taken);
                }
                std::thread::sleep((begin + intended).saturating_duration_since(Instant::now()));
                let (status, _) = connection.exchange(&requests[place as usize % requests.len()])?;
                let late = begin.elapsed().saturating_sub(intended);
                taken.push(Some(micros(late)).filter(|_| (200..300).contains(&status)));
            }
            Ok(taken)
        };
        let threads = (0..).zip(opened).map(|(first, connection)| scope.spawn(move || send(first, connection)));
        let threads: Vec<_> = threads.collect();
        let joined =
            threads.into_iter().map(|thread| thread.join().map_err(|_| Failure::from("a connection panicked"))?);
        joined.collect::<Result<Vec<_>, Failure>>()
    })?;
    let took = begin.elapsed().max(time);
    let failed = done.iter().flatten().filter(|taken| taken.is_none()).count() as u64;
    Ok(Sample::of(done.into_iter().flatten().flatten().collect(), failed, took))
}
