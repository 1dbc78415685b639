//! Do monitors tell what those of the real servers tell?

mod cases;
mod peers;
mod plain;
mod random;

use crate::release::Release;
use peers::{Heard, Ours, Peer, Real};
use serde_json::Value;

/// A real server and ours, asked the same.
struct Pair {
    version: &'static str,
    real: Real,
    ours: Ours,
}

impl Pair {
    fn new(release: &Release) -> Pair {
        Pair { version: release.version, real: Real::start(release), ours: Ours::new() }
    }

    /// Calls both, and fails the test if they do not say the same; answers what ours and the real one said.
    fn call(&mut self, client: u32, method: &str, params: &Value) -> [Heard; 2] {
        self.call_with(client, method, [params, params])
    }

    /// As [`Pair::call`], with parameters that mean the same to ours and to the real one.
    fn call_with(&mut self, client: u32, method: &str, params: [&Value; 2]) -> [Heard; 2] {
        let heard = [self.ours.call(client, method, params[0]), self.real.call(client, method, params[1])];
        let [ours, real] = heard.each_ref().map(plain::plain);
        if ours != real {
            let only = |a: &str, b: &str| {
                a.lines().filter(|line| !b.lines().any(|l| l == *line)).collect::<Vec<_>>().join("\n")
            };
            panic!(
                "after {client} asked {method} {} ours says\n{}\nwhere Open vSwitch {} says\n{}",
                params[0],
                only(&ours, &real),
                self.version,
                only(&real, &ours)
            );
        }
        heard
    }

    fn close(&mut self, client: u32) {
        self.ours.close(client);
        self.real.close(client);
    }
}
