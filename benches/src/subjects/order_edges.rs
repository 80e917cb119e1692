//! Times the plan of 10,000 handlers with 50,000 edges. The argument says whether they are concurrent.

use exitmacro::{Handler, HandlerId};
use std::time::Instant;

const HANDLERS: usize = 10_000;
const EDGES_EACH: usize = 5;

fn main() {
    let concurrent = std::env::args().nth(1).as_deref() == Some("concurrent");
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
    let began = Instant::now();
    let plan = exitmacro::plan();
    let took = began.elapsed();
    assert_eq!(plan.handlers().len(), HANDLERS);
    eprintln!("plan {}", took.as_micros());
}
