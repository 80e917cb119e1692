//! Handlers whose order is declared by `after` and `before`, across modules, crates, registrations
//! and tracked values. The argument names the case.

use exitmacro::{
    AtExitCleanup, CleanupError, Handler, HandlerId, at_exit, plan, priority, register, track,
};
use exitmacro_tests_linked::linked_above_the_default as linked;
use std::sync::OnceLock;
use std::time::Duration;

mod server {
    /// By priority it is first, by its edge it is last.
    #[exitmacro::at_exit(priority = 1_000, after(super::pool::close, crate::linked))]
    pub(crate) fn drained() {
        println!("drained");
    }

    pub(crate) use drained as goes_last;
}

mod pool {
    #[exitmacro::at_exit(priority = -1_000)]
    pub(crate) fn close() {
        println!("pool closed");
    }
}

/// Runs before a handler of another crate, by the name of that crate here.
#[at_exit(priority = -2_000, before(linked))]
fn before_another_crate() {
    println!("before another crate");
}

#[at_exit(after(server::goes_last))]
static LAST: Says = Says("static, after what goes last");

struct Says(&'static str);

impl AtExitCleanup for Says {
    fn cleanup(&self) -> Result<(), CleanupError> {
        println!("{}", self.0);
        Ok(())
    }
}

struct Connection(&'static str);

impl AtExitCleanup for Connection {
    fn cleanup(&self) -> Result<(), CleanupError> {
        println!("connection {} closed", self.0);
        Ok(())
    }
}

#[derive(AtExitCleanup)]
#[cleanup(with = close, after(Connection))]
struct Pool;

impl Pool {
    fn close(&self) {
        println!("pool of connections closed");
    }
}

fn main() {
    match std::env::args().nth(1).expect("a case").as_str() {
        "declared" => {}
        "registered" => registered(),
        "tracked" => tracked(),
        "cycle" => cycle(),
        "two edges" => two_edges(),
        "late cycle" => late_cycle(),
        "late" => late(),
        "unregistered" => gone(),
        "failing" => failing(),
        "plan" => {
            cycle();
            let plan = plan();
            println!("{}", plan.cycles()[0]);
            println!("{:?} of {:?}", plan.worst_case(), plan.budget());
        }
        other => panic!("unknown case: {other}"),
    }
}

fn says(name: &'static str) -> impl FnOnce() + Send {
    move || println!("{name}")
}

fn registered() {
    Handler::new("a")
        .priority(priority::TERMINAL)
        .after::<server::drained>()
        .register(says("a, after drained"))
        .expect("the run has not begun");
    Handler::new("b")
        .before::<pool::close>()
        .priority(-3_000)
        .register(says("b, before the pool"))
        .expect("the run has not begun");
    let c = Handler::new("c").priority(-4_000).register(says("c")).expect("the run has not begun");
    Handler::new("d")
        .after_id(c)
        .priority(4_000)
        .register(says("d, after c"))
        .expect("the run has not begun");
    Handler::new("e")
        .before_id(c)
        .priority(-5_000)
        .register(says("e, before c"))
        .expect("the run has not begun");
}

fn tracked() {
    std::mem::forget([track(Connection("one")), track(Connection("two"))]);
    std::mem::forget(track(Pool));
    std::mem::forget(track(Connection("three")));
    Handler::new("before connections")
        .priority(-1)
        .before::<Connection>()
        .register(says("before connections"))
        .expect("the run has not begun");
}

/// Two cycles, and a handler that waits for them.
fn cycle() {
    static IDS: OnceLock<[HandlerId; 2]> = OnceLock::new();
    let late = |name| Handler::new(name).timeout(Duration::from_secs(2));
    let low = late("low").priority(1).register(says("low")).expect("the run has not begun");
    let high = late("high")
        .priority(2)
        .after_id(low)
        .before_id(low)
        .register(says("high"))
        .expect("the run has not begun");
    late("waits").priority(9).after_id(low).register(says("waits")).expect("the run has not begun");
    IDS.set([low, high]).expect("set once");
}

/// A handler that waits for two others, which wait for it.
fn two_edges() {
    let register =
        |handler: Handler, name| handler.register(says(name)).expect("the run has not begun");
    let left = register(Handler::new("left").priority(1), "left");
    let right = register(Handler::new("right").priority(1), "right");
    let both = Handler::new("both").priority(2);
    register(both.after_id(left).before_id(left).after_id(right).before_id(right), "both");
    let plan = plan();
    plan.cycles().iter().for_each(|cycle| println!("{cycle}"));
    print!("{}", plan.explain());
}

/// A cycle that is closed by a handler that is registered when the others are already ordered.
fn late_cycle() {
    let first = Handler::new("first").register(says("first")).expect("the run has not begun");
    let second = Handler::new("second")
        .after_id(first)
        .register(says("second"))
        .expect("the run has not begun");
    let close_the_circle = move || {
        Handler::new("late")
            .after_id(second)
            .before_id(first)
            .priority(7)
            .register(says("late"))
            .expect("the run goes on");
    };
    Handler::new("registers")
        .priority(10_000)
        .register(close_the_circle)
        .expect("the run has not begun");
}

fn late() {
    let last = Handler::new("last")
        .priority(-9_000)
        .register(says("last"))
        .expect("the run has not begun");
    let plain = move || {
        println!("registers");
        Handler::new("late")
            .after_id(last)
            .priority(9)
            .register(says("late, after the last one"))
            .expect("the run goes on");
        Handler::new("late too")
            .before_id(last)
            .priority(-9_999)
            .register(says("late too, before the last one"))
            .expect("the run goes on");
    };
    Handler::new("registers").priority(10_000).register(plain).expect("the run has not begun");
}

/// The handler that others wait for is unregistered during the run.
fn gone() {
    let low = Handler::new("low")
        .priority(-9_000)
        .register(says("never"))
        .expect("the run has not begun");
    Handler::new("waits")
        .priority(50)
        .after_id(low)
        .register(says("waits no more"))
        .expect("the run has not begun");
    let take_back = move || println!("{:?}", exitmacro::unregister(low));
    Handler::new("takes back").priority(10_000).register(take_back).expect("the run has not begun");
}

/// A handler runs after a handler that fails, panics, hangs or is skipped.
fn failing() {
    std::panic::set_hook(Box::new(|_| ()));
    let fails = register(|| Err::<(), _>("no luck")).expect("the run has not begun");
    let panics = Handler::new("panics")
        .after_id(fails)
        .register(|| -> () { panic!("no luck") })
        .expect("the run has not begun");
    let hang = || -> () {
        loop {
            std::thread::park();
        }
    };
    let hangs = Handler::new("hangs")
        .timeout(Duration::from_millis(100))
        .after_id(panics)
        .register(hang)
        .expect("the run has not begun");
    let skipped = Handler::new("skipped")
        .when(exitmacro::When::Failure)
        .after_id(hangs)
        .register(says("never"))
        .expect("the run has not begun");
    Handler::new("waits for all")
        .priority(99)
        .after_id(skipped)
        .register(says("after all of them"))
        .expect("the run has not begun");
}
