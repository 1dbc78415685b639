//! Tests of how a server divides its time among clients that always send.

use super::*;
use crate::listen::limits::{BYTES_A_ROUND, PIPE_BYTES};

/// A client within the process that sends white space as fast as it is read; returns how many bytes
/// the server has taken from it.
fn pour(server: &Server) -> Arc<Mutex<usize>> {
    let mut stream = server.connect();
    let taken = Arc::new(Mutex::new(0));
    let count = Arc::clone(&taken);
    tokio::spawn(async move {
        let space = [b' '; 64 << 10];
        while let Ok(written @ 1..) = stream.write(&space).await {
            *count.lock().unwrap() += written;
        }
    });
    taken
}

#[tokio::test]
async fn clients_that_never_stop_sending_do_not_keep_others_from_being_served() {
    let server = start(builder()).await;
    let pouring: Vec<_> = (0..20).map(|_| pour(&server)).collect();
    // each has been read from, the last one, too
    until(async || pouring.iter().all(|taken| *taken.lock().unwrap() > PIPE_BYTES)).await;
    for _ in 0..3 {
        let mut client = Connection::new(server.connect());
        assert_eq!(ask(&mut client, LIST).await, LISTED);
    }
}

#[tokio::test]
async fn clients_that_never_stop_sending_share_a_small_part_of_each_round() {
    const CLIENTS: usize = 200;
    let server = start(builder()).await;
    let pouring: Vec<_> = (0..CLIENTS).map(|_| pour(&server)).collect();
    until(async || pouring.iter().all(|taken| *taken.lock().unwrap() > PIPE_BYTES)).await;
    let total = || pouring.iter().map(|taken| *taken.lock().unwrap()).sum::<usize>();
    let before = total();
    let mut client = Connection::new(server.connect());
    assert_eq!(ask(&mut client, LIST).await, LISTED);
    let taken = total() - before;
    assert!(taken < 8 * BYTES_A_ROUND, "{taken}");
}
