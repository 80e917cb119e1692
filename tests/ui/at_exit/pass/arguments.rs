use exitmacro::at_exit;

mod level {
    pub const WORK: i32 = 300;
}

const fn above(level: i32) -> i32 {
    level + 1
}

#[at_exit(priority = -5)]
fn literal() {}

#[at_exit(
    priority = above(level::WORK),
    timeout = "1m30s",
    name = "drain the queue",
    thread = caller,
    crate = ::exitmacro,
)]
fn all() {}

#[at_exit(priority = i32::MIN, thread = runner)]
fn last() {}

#[at_exit(concurrent, when = failure, after(all))]
fn beside_others() {}

#[at_exit(when = always, before(last), concurrent,)]
fn always() {}

#[at_exit(when = success)]
fn success() {}

#[at_exit(when = signal)]
fn signal() {}

fn main() {}
