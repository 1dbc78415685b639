//! Servers that are none: they do to each client what an attack wants.

use crate::attack::Result;
use std::io::{Read as _, Write};
use std::net::{TcpListener, TcpStream};
use std::sync::Arc;
use std::time::Duration;

/// Listens on loopback and does `act` with each connection, for as long as the process lives;
/// returns the port.
pub(crate) fn listen(act: impl Fn(&mut TcpStream) + Send + Sync + 'static) -> Result<u16> {
    let listener = TcpListener::bind(("127.0.0.1", 0))?;
    let port = listener.local_addr()?.port();
    let act = Arc::new(act);
    std::thread::spawn(move || {
        for mut stream in listener.incoming().flatten() {
            let act = Arc::clone(&act);
            std::thread::spawn(move || {
                let _ = stream.set_write_timeout(Some(Duration::from_secs(30)));
                act(&mut stream);
            });
        }
    });
    Ok(port)
}

/// Writes `chunk` again and again until the client has gone or `bytes` were sent; returns how many
/// were.
pub(crate) fn pour(stream: &mut impl Write, chunk: &[u8], bytes: u64) -> u64 {
    let mut sent = 0;
    while sent < bytes && stream.write_all(chunk).is_ok() {
        sent += chunk.len() as u64;
    }
    sent
}

/// Waits for the first bytes that a client sends.
pub(crate) fn read_some(stream: &mut TcpStream) -> Vec<u8> {
    let mut buffer = vec![0; 1 << 16];
    let read = stream.read(&mut buffer).unwrap_or(0);
    buffer.truncate(read);
    buffer
}
