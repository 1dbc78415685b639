//! The bare minimum that a command can cost: connect, send one request, read its reply.

use ovsdb_proto::frame::Framer;
use ovsdb_proto::limits::FRAME_BYTES_MAX;
use std::io::{Read, Write};
use std::os::unix::net::UnixStream;

fn main() -> Result<(), Box<dyn std::error::Error>> {
    let mut args = std::env::args().skip(1);
    let (socket, params) = args.next().zip(args.next()).ok_or("usage: raw SOCKET PARAMS")?;
    let mut stream = UnixStream::connect(socket)?;
    stream.write_all(format!(r#"{{"id":1,"method":"transact","params":{params}}}"#).as_bytes())?;
    let mut framer = Framer::new(FRAME_BYTES_MAX);
    let (mut input, mut chunk) = (Vec::new(), vec![0; 1 << 16]);
    loop {
        let n = stream.read(&mut chunk)?;
        if n == 0 {
            return Err("the server closed the connection".into());
        }
        input.extend_from_slice(chunk.get(..n).unwrap_or_default());
        if framer.find(&input)?.is_some() {
            return Ok(());
        }
    }
}
