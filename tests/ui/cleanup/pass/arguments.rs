use exitmacro::{AtExitCleanup, priority};
use std::any::type_name;

const fn above(level: i32) -> i32 {
    level + 1
}

#[derive(AtExitCleanup)]
#[cleanup(
    with = close,
    discard = abandon,
    priority = above(priority::WORK),
    timeout = "1m30s",
    name = "pool",
    crate = ::exitmacro,
)]
struct All;

impl All {
    fn close(&self) {}
    fn abandon(&self) {}
}

#[derive(AtExitCleanup)]
#[cleanup(priority = -5)]
#[cleanup()]
#[cleanup(discard = Self::abandon)]
struct InSeveralAttributes(All);

impl InSeveralAttributes {
    fn abandon(&self) {}
}

#[derive(AtExitCleanup)]
#[cleanup(priority = Self::LEVEL)]
struct OwnConstant;

impl OwnConstant {
    const LEVEL: i32 = i32::MIN;
}

fn main() {
    let all = exitmacro::track(All);
    let others = (exitmacro::track(InSeveralAttributes(All)), exitmacro::track(OwnConstant));
    let plan = exitmacro::plan();
    let found: Vec<_> = plan
        .handlers()
        .iter()
        .map(|handler| (handler.name(), handler.priority(), handler.timeout().as_secs()))
        .collect();
    assert_eq!(
        found,
        [
            ("pool", 301, 90),
            (type_name::<InSeveralAttributes>(), -5, 10),
            (type_name::<OwnConstant>(), i32::MIN, 10)
        ]
    );
    drop((all, others));
}
