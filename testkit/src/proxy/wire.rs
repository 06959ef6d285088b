use std::io::{BufRead as _, BufReader, Read as _, Write as _};
use std::net::{Shutdown, TcpStream};

use serde_json::{Map, Value, json};

/// A request to DynamoDB's API.
pub(super) struct Request {
    /// The name of the operation, such as `GetItem`.
    pub(super) operation: String,
    /// The request line and the headers, except `Connection` and `Content-Length`.
    head: String,
    body: Vec<u8>,
}

impl Request {
    pub(super) fn read(client: &TcpStream) -> Option<Self> {
        let mut reader = BufReader::new(client);
        let (mut head, mut length, mut operation) = (String::new(), 0, String::new());
        loop {
            let mut line = String::new();
            reader.read_line(&mut line).ok()?;
            if line.trim().is_empty() {
                break;
            }
            let (name, value) = line.split_once(':').unwrap_or((&line, ""));
            match name.to_ascii_lowercase().as_str() {
                "content-length" => length = value.trim().parse().ok()?,
                "connection" => {}
                name => {
                    if name == "x-amz-target" {
                        value.rsplit('.').next()?.trim().clone_into(&mut operation);
                    }
                    head.push_str(&line);
                }
            }
        }
        let mut body = vec![0; length];
        reader.read_exact(&mut body).ok()?;
        Some(Self { operation, head, body })
    }

    /// Forwards the request, and returns the server's response.
    pub(super) fn pass_on(&self, server: &str) -> Option<Vec<u8>> {
        let mut server = TcpStream::connect(server).ok()?;
        let last = format!("Connection: close\r\nContent-Length: {}\r\n\r\n", self.body.len());
        server.write_all(&[self.head.as_bytes(), last.as_bytes(), &self.body].concat()).ok()?;
        let mut answer = Vec::new();
        server.read_to_end(&mut answer).ok()?;
        Some(answer)
    }

    /// Forwards a part of a batch, and returns the server's response with the rest as unprocessed.
    pub(super) fn pass_on_part(mut self, server: &str, most: usize) -> Option<Vec<u8>> {
        let mut body: Value = serde_json::from_slice(&self.body).unwrap();
        let unprocessed = match self.operation.as_str() {
            "BatchWriteItem" => "UnprocessedItems",
            "BatchGetItem" => "UnprocessedKeys",
            _ => return self.pass_on(server),
        };
        let mut left = most;
        let mut rest = body["RequestItems"].clone();
        for (table, entry) in body["RequestItems"].as_object_mut().unwrap() {
            let passing = list(entry).as_array_mut().unwrap();
            let staying = passing.split_off(left.min(passing.len()));
            left -= passing.len();
            *list(&mut rest[table]) = json!(staying);
        }
        for tables in [&mut body["RequestItems"], &mut rest] {
            tables.as_object_mut().unwrap().retain(|_, entry| *list(entry) != json!([]));
        }
        let mut answer = json!({ "Responses": {} });
        if body["RequestItems"] != json!({}) {
            self.body = body.to_string().into_bytes();
            let whole = String::from_utf8(self.pass_on(server)?).unwrap();
            answer = serde_json::from_str(whole.split_once("\r\n\r\n")?.1).unwrap();
        }
        answer[unprocessed] = rest;
        Some(respond(200, &answer))
    }

    /// Returns the response to a transaction that is cancelled because of a conflict.
    pub(super) fn conflict(&self) -> Vec<u8> {
        let body: Value = serde_json::from_slice(&self.body).unwrap();
        let actions = body["TransactItems"].as_array().map_or(1, Vec::len);
        let mut reasons = vec![json!({ "Code": "None" }); actions];
        reasons[0] = json!({ "Code": "TransactionConflict", "Message": "Transaction is ongoing for the item" });
        let mut body = error("TransactionCanceledException");
        body.insert("CancellationReasons".to_owned(), json!(reasons));
        respond(400, &Value::Object(body))
    }
}

/// Returns the writes or the keys of a table's entry in a batch.
fn list(entry: &mut Value) -> &mut Value {
    if entry.is_array() { entry } else { &mut entry["Keys"] }
}

/// Returns an error response.
pub(super) fn refusal(status: u16, kind: &str) -> Vec<u8> {
    respond(status, &Value::Object(error(kind)))
}

fn error(kind: &str) -> Map<String, Value> {
    let kind = format!("com.amazonaws.dynamodb.v20120810#{kind}");
    [("__type".to_owned(), json!(kind)), ("message".to_owned(), json!("a test ordered it"))].into_iter().collect()
}

fn respond(status: u16, body: &Value) -> Vec<u8> {
    let body = body.to_string();
    let length = body.len();
    format!(
        "HTTP/1.1 {status} Told\r\nContent-Type: application/x-amz-json-1.0\r\nContent-Length: {length}\r\n\
         Connection: close\r\n\r\n{body}"
    )
    .into_bytes()
}

/// Waits until the client closes the connection.
pub(super) fn hang(mut client: TcpStream) -> Option<()> {
    client.read_to_end(&mut Vec::new()).ok().map(drop)
}

pub(super) fn write(client: &mut TcpStream, answer: &[u8]) -> Option<()> {
    client.write_all(answer).ok()?;
    client.shutdown(Shutdown::Write).ok()
}
