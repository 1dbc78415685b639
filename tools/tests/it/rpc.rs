//! How do the tests speak to a server without any of our own code in between?

use std::io::{BufReader, Write};
use std::os::unix::net::UnixStream;
use std::path::Path;
use std::time::Duration;

use serde_json::{Value, json};

/// A JSON-RPC connection that does one call at a time.
pub(crate) struct Client {
    stream: UnixStream,
    received: BufReader<UnixStream>,
}

impl Client {
    pub(crate) fn connect(socket: &Path) -> Client {
        let stream = UnixStream::connect(socket).unwrap();
        stream.set_read_timeout(Some(Duration::from_secs(30))).unwrap();
        let received = BufReader::new(stream.try_clone().unwrap());
        Client { stream, received }
    }

    /// Calls `method` and returns its result; an error fails the test.
    pub(crate) fn call(&mut self, method: &str, params: &Value) -> Value {
        let request = json!({"id": 0, "method": method, "params": params});
        self.stream.write_all(request.to_string().as_bytes()).unwrap();
        let mut replies = serde_json::Deserializer::from_reader(&mut self.received).into_iter::<Value>();
        let mut reply = replies.next().unwrap().unwrap();
        assert_eq!(reply["error"], Value::Null, "{method}");
        reply["result"].take()
    }

    /// Runs operations in one transaction; an error of any of them fails the test.
    pub(crate) fn transact(&mut self, database: &str, operations: Vec<Value>) -> Vec<Value> {
        let mut params = vec![Value::from(database)];
        params.extend(operations);
        let Value::Array(results) = self.call("transact", &Value::Array(params)) else {
            panic!("transact must answer with an array")
        };
        for result in &results {
            assert!(result.get("error").is_none(), "{result}");
        }
        results
    }
}
