use std::collections::BTreeMap;

use twclone_testkit::{Answer, Trace, World, json};

use super::witness::Witness;

/// A system call that writes or syncs, between two places in the trace. strace lets a thread continue only after it
/// has seen its call, so a cause precedes its effect in the trace.
#[derive(Debug, Clone)]
struct Event {
    call: String,
    file: String,
    data: Vec<u8>,
    /// The data, if it is text.
    text: String,
    begin: usize,
    end: usize,
    result: Option<i64>,
}

/// A write that was acknowledged with 201: its request, the file that stores it, and a text unique to it.
struct Written {
    request: String,
    log: &'static str,
    text: String,
}

impl Written {
    fn new(answer: &Answer, log: &'static str, text: String) -> Self {
        Self { request: answer.header("x-request-id").unwrap().to_owned(), log, text }
    }
}

#[test]
fn no_write_is_answered_before_it_is_synced() {
    let world = World::embedded();
    let server = world.serve_seeded();
    let calls = "trace=fsync,fdatasync,write,writev,pwrite64,pwritev,sendto,sendmsg";
    let Some(trace) = world.trace(&server, &["-y", "-xx", "-s", "4200", "-e", calls]) else { return };
    let witness = Witness::default();
    let mut written = Vec::new();
    for count in 0..20 {
        let text = format!("alone-{count}.");
        written.push(Written::new(&witness.send(&server, &text).unwrap(), "items.db-wal", text));
    }
    for count in 0..5 {
        let email = format!("dennis-{count}@example.com");
        let body = json!({"username": format!("dennis{count}"), "email": email, "password": "worm of 1991"});
        let answer = server.post("/register", &body).send();
        answer.expect(201);
        written.push(Written::new(&answer, "identity.db-wal", email));
    }
    let together = std::thread::scope(|scope| {
        let send = |writer| {
            let (server, witness) = (&server, &witness);
            move || {
                let texts = (0..5).map(|count| format!("together-{writer}-{count}."));
                texts.map(|text| Written::new(&witness.send(server, &text).unwrap(), "items.db-wal", text)).collect()
            }
        };
        let threads: Vec<_> = (0..16).map(|writer| scope.spawn(send(writer))).collect();
        threads.into_iter().flat_map(|thread| -> Vec<_> { thread.join().unwrap() }).collect::<Vec<_>>()
    });
    written.extend(together);
    let mut events = events(trace);
    for written in &written {
        assert_eq!(too_early(&events, written), None, "{}", written.text);
    }
    // Tests the check itself: it must report every write if the syncs fail or are missing.
    let synced = |event: &Event| event.call.ends_with("sync");
    for event in events.iter_mut().filter(|event| synced(event)) {
        event.result = Some(-1);
    }
    assert!(written.iter().all(|written| too_early(&events, written).is_some()));
    events.retain(|event| !synced(event));
    assert!(written.iter().all(|written| too_early(&events, written).is_some()));
}

/// Returns why a response was sent too early, if it was.
fn too_early(events: &[Event], written: &Written) -> Option<&'static str> {
    let header = format!("x-request-id: {}", written.request);
    let Some(answer) = events.iter().find(|event| event.text.contains("HTTP/1.1 201") && event.text.contains(&header))
    else {
        return Some("no answer was seen");
    };
    // A frame of the log is a header of 24 bytes and then a page. In a transaction's last frame the header has the
    // size of the database; in the others it has 0 (SQLite, "WAL file format").
    let mut frames = events.iter().filter(|event| event.file.ends_with(written.log) && !event.call.ends_with("sync"));
    let (mut last, mut seen) = (false, false);
    let committed = frames.find(|event| {
        if event.data.len() == 24 {
            last = event.data[4..8] != [0; 4];
            return false;
        }
        seen |= event.text.contains(&written.text);
        seen && last
    });
    let Some(committed) = committed.filter(|committed| committed.end < answer.begin) else {
        return Some("it was not in the log");
    };
    let synced = events.iter().any(|event| {
        event.call.ends_with("sync")
            && event.file.ends_with(written.log)
            && event.begin > committed.end
            && event.end < answer.begin
            && event.result == Some(0)
    });
    (!synced).then_some("the log was not synced")
}

fn events(trace: Trace) -> Vec<Event> {
    let mut events: Vec<Event> = Vec::new();
    let mut unfinished = BTreeMap::new();
    for (place, line) in trace.end().iter().enumerate() {
        let Some((thread, rest)) = line.split_once(' ') else { continue };
        let result = rest.rsplit_once(" = ").and_then(|(_, end)| end.split(' ').next()?.parse().ok());
        if rest.trim_start().starts_with("<...") {
            let Some(event) = unfinished.remove(thread) else { continue };
            let event: &mut Event = &mut events[event];
            (event.end, event.result) = (place, result);
            continue;
        }
        let Some((call, arguments)) = rest.trim_start().split_once('(') else { continue };
        let file = arguments.split_once('<').and_then(|(_, rest)| rest.split_once('>')).map_or("", |(file, _)| file);
        let data: Vec<_> = arguments.split('"').skip(1).step_by(2).flat_map(bytes).collect();
        let text = |bytes: &[u8]| String::from_utf8_lossy(bytes).into_owned();
        let (file, text) = (text(&bytes(file)), text(&data));
        let mut event = Event { call: call.to_owned(), file, data, text, begin: place, end: place, result };
        if rest.ends_with("<unfinished ...>") {
            event.end = usize::MAX;
            unfinished.insert(thread.to_owned(), events.len());
        }
        events.push(event);
    }
    events
}

/// Decodes what strace writes as `\x41\x42`.
fn bytes(text: &str) -> Vec<u8> {
    text.split("\\x").skip(1).filter_map(|byte| u8::from_str_radix(byte, 16).ok()).collect()
}
