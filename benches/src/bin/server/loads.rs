//! What is asked of a server, and how its answer is turned into a figure.

use crate::client::{Client, request};
use ovn_benches::northbound::Northbound;
use ovn_benches::server::Server;
use std::error::Error;
use std::time::{Duration, Instant};

pub(crate) type Figure = Result<f64, Box<dyn Error>>;

const SECONDS: f64 = 3.0;
const UNDER_WAY: usize = 64;
const MONITORS: usize = 100;
/// How many transactions the monitors are fed with.
const FED: usize = 2000;

fn megabytes(bytes: u64) -> f64 {
    bytes as f64 / 1e6
}

pub(crate) fn memory(server: &Server, _: Northbound) -> Figure {
    Ok(megabytes(server.memory()?))
}

/// A small transaction as a controller sends it all day: a guard, and a new value for a map of one port. The port is found by its UUID, as replicas do.
struct Writer {
    uuids: Vec<String>,
    sent: usize,
}

impl Writer {
    fn new(client: &mut Client, nb: Northbound) -> Result<Writer, Box<dyn Error>> {
        let mut uuids = Vec::new();
        for port in 0..100 {
            let name = nb.port_name(port * nb.ports / 100);
            let reply = client.call("transact", &format!(r#"["OVN_Northbound",{{"op":"select","table":"Logical_Switch_Port","where":[["name","==","{name}"]],"columns":["_uuid"]}}]"#))?;
            let reply: serde_json::Value = serde_json::from_slice(&reply)?;
            let uuid =
                reply.pointer("/result/0/rows/0/_uuid/1").and_then(|v| v.as_str()).ok_or("no such port")?;
            uuids.push(uuid.to_owned());
        }
        Ok(Writer { uuids, sent: 0 })
    }

    fn next(&mut self) -> String {
        self.sent += 1;
        let n = self.sent;
        let uuid = self.uuids.get(n % self.uuids.len()).map_or("", String::as_str);
        let guard = format!(
            r#"{{"op":"wait","table":"Logical_Switch_Port","where":[["_uuid","==",["uuid","{uuid}"]]],"columns":["_uuid"],"rows":[{{"_uuid":["uuid","{uuid}"]}}],"until":"==","timeout":0}}"#
        );
        let update = format!(
            r#"{{"op":"update","table":"Logical_Switch_Port","where":[["_uuid","==",["uuid","{uuid}"]]],"row":{{"options":["map",[["requested-chassis","compute-{n}"]]]}}}}"#
        );
        request(1, "transact", &format!(r#"["OVN_Northbound",{guard},{update}]"#))
    }
}

pub(crate) fn waiting(server: &Server, nb: Northbound) -> Figure {
    let mut client = Client::connect(server)?;
    let mut writer = Writer::new(&mut client, nb)?;
    let start = Instant::now();
    let mut done = 0;
    while start.elapsed().as_secs_f64() < SECONDS {
        client.send(writer.next().as_bytes())?;
        check(client.receive()?)?;
        done += 1;
    }
    Ok(f64::from(done) / start.elapsed().as_secs_f64())
}

pub(crate) fn pipelined(server: &Server, nb: Northbound) -> Figure {
    let mut client = Client::connect(server)?;
    let mut writer = Writer::new(&mut client, nb)?;
    let start = Instant::now();
    let (mut done, mut under_way) = (0, 0);
    while start.elapsed().as_secs_f64() < SECONDS {
        // half of them at once, as a client does that writes whenever it can
        if under_way <= UNDER_WAY / 2 {
            let batch: String = (under_way..UNDER_WAY).map(|_| writer.next()).collect();
            client.send(batch.as_bytes())?;
            under_way = UNDER_WAY;
        }
        check(client.receive()?)?;
        under_way -= 1;
        done += 1;
    }
    Ok(f64::from(done) / start.elapsed().as_secs_f64())
}

fn check(reply: &[u8]) -> Result<(), Box<dyn Error>> {
    if reply.ends_with(br#"{"count":1}],"error":null}"#) || reply.windows(11).any(|w| w == br#"{"count":1}"#)
    {
        return Ok(());
    }
    Err(String::from_utf8_lossy(reply).into_owned().into())
}

pub(crate) fn select_by_name(server: &Server, nb: Northbound) -> Figure {
    let mut client = Client::connect(server)?;
    let mut times = Vec::new();
    for i in 0..200 {
        let name = nb.port_name(i * 397 % nb.ports);
        let params = format!(
            r#"["OVN_Northbound",{{"op":"select","table":"Logical_Switch_Port","where":[["name","==","{name}"]],"columns":["_uuid","addresses"]}}]"#
        );
        let start = Instant::now();
        let reply = client.call("transact", &params)?;
        times.push(start.elapsed());
        if !reply.windows(9).any(|w| w == b"addresses") {
            return Err("no such port".into());
        }
    }
    times.sort();
    Ok(times.get(times.len() / 2).copied().unwrap_or_default().as_secs_f64() * 1e3)
}

/// All tables and columns of the schema, as clients that copy everything ask for them.
fn everything(client: &mut Client) -> Result<String, Box<dyn Error>> {
    let reply = client.call("get_schema", r#"["OVN_Northbound"]"#)?;
    let reply: serde_json::Value = serde_json::from_slice(&reply)?;
    let tables = reply.pointer("/result/tables").and_then(|v| v.as_object()).ok_or("no schema")?;
    let requests: serde_json::Map<_, _> =
        tables.keys().map(|table| (table.clone(), serde_json::json!([{}]))).collect();
    Ok(serde_json::Value::from(requests).to_string())
}

pub(crate) fn full_copy(server: &Server, _: Northbound) -> Figure {
    let mut client = Client::connect(server)?;
    let tables = everything(&mut client)?;
    let start = Instant::now();
    let bytes = client.call("monitor_cond", &format!(r#"["OVN_Northbound",1,{tables}]"#))?.len();
    if bytes < 1000 {
        return Err("hardly anything was copied".into());
    }
    Ok(start.elapsed().as_secs_f64() * 1e3)
}

fn feed(server: &Server, nb: Northbound) -> Figure {
    let mut monitors = Vec::new();
    for i in 0..MONITORS {
        let mut client = Client::connect(server)?;
        // as controllers of many nodes do: the same columns, nothing at first, each update later
        let select = r#"{"initial":false}"#;
        client.call("monitor_cond", &format!(r#"["OVN_Northbound",["m",{i}],{{"Logical_Switch_Port":[{{"columns":["name","options","up"],"select":{select}}}]}}]"#))?;
        monitors.push(client);
    }
    let mut client = Client::connect(server)?;
    let mut writer = Writer::new(&mut client, nb)?;
    let start = Instant::now();
    let (mut seen, mut replies, mut sent) = (0, 0, 0);
    // a server may put several changes into one update, so only those who have seen the last one know that all have come
    while replies < FED {
        while sent < FED && sent - replies < UNDER_WAY {
            client.send(writer.next().as_bytes())?;
            sent += 1;
        }
        replies += client.drain()?;
        for monitor in &mut monitors {
            seen += monitor.drain()?;
        }
        if start.elapsed() > Duration::from_secs(120) {
            return Err(format!("{replies} replies within two minutes").into());
        }
    }
    // an echo comes back behind all updates
    for monitor in &mut monitors {
        monitor.call("echo", "[]")?;
    }
    let took = start.elapsed().as_secs_f64();
    if seen == 0 {
        return Err("no updates came".into());
    }
    Ok(FED as f64 / took)
}

pub(crate) fn monitors(server: &Server, nb: Northbound) -> Figure {
    feed(server, nb)
}

pub(crate) fn memory_after_monitors(server: &Server, nb: Northbound) -> Figure {
    feed(server, nb)?;
    memory(server, nb)
}
