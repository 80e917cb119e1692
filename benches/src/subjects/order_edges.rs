//! Times the plan of 10,000 handlers with 50,000 edges, and the run. The argument names whether
//! they are concurrent, or that there are 100,000 tracked values that wait for 100,000 of another
//! type.

use exitmacro::{AtExitCleanup, Handler, HandlerId, track};
use std::time::Instant;

const HANDLERS: usize = 10_000;
const EDGES_EACH: usize = 5;
const VALUES: usize = 100_000;

#[derive(AtExitCleanup)]
#[cleanup(with = close)]
struct Session;

impl Session {
    fn close(&self) {
        exitmacro_benches::work();
    }
}

#[derive(AtExitCleanup)]
#[cleanup(with = close, after(Session))]
struct Connection;

impl Connection {
    fn close(&self) {
        exitmacro_benches::work();
    }
}

fn main() {
    let handlers = match std::env::args().nth(1).as_deref() {
        Some("types") => typed(),
        argument => registered(argument == Some("concurrent")),
    };
    let began = Instant::now();
    let plan = exitmacro::plan();
    let planned = began.elapsed();
    assert_eq!((plan.handlers().len(), plan.ignores_edges()), (handlers, false));
    drop(plan);
    let began = Instant::now();
    let report = exitmacro::run();
    let ran = began.elapsed();
    assert!(report.is_success() && report.handlers().len() == handlers);
    eprintln!("plan {}\nrun {}", planned.as_micros(), ran.as_micros());
}

/// An edge for each pair would be 10,000,000,000.
fn typed() -> usize {
    for _ in 0..VALUES {
        std::mem::forget((track(Session), track(Connection)));
    }
    2 * VALUES
}

fn registered(concurrent: bool) -> usize {
    let mut seed = 42_u64;
    let mut below = |bound: usize| {
        seed = seed.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        (seed >> 33) as usize % bound
    };
    let mut ids: Vec<HandlerId> = Vec::new();
    for place in 0..HANDLERS {
        let handler = Handler::new("handler").priority(below(7) as i32);
        let handler = if concurrent { handler.concurrent() } else { handler };
        let edges = if place == 0 { 0 } else { EDGES_EACH };
        let handler = (0..edges).fold(handler, |handler, _| handler.after_id(ids[below(place)]));
        ids.push(handler.register(exitmacro_benches::work).expect("the run has not begun"));
    }
    HANDLERS
}
