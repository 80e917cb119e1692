use exitmacro::at_exit;

#[at_exit]
struct Pool;

#[at_exit]
impl Pool {}

#[at_exit]
const CLOSE: fn() = || {};

#[at_exit]
enum State {}

#[at_exit]
unsafe extern "C" {}

#[at_exit]
extern crate core;

fn main() {}
