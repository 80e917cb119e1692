//! What the handlers of these programs do.

use exitmacro::{ExitContext, Handler, priority};
use std::thread;
use std::time::Duration;

/// Registers handlers by what they do, to run in this order.
pub(crate) fn register(names: impl Iterator<Item = String>, close: fn()) {
    for (name, priority) in names.zip((1..1000).rev()) {
        let name: &'static str = name.leak();
        let handler = Handler::new(name).priority(priority);
        let registered = match name {
            "completes" => handler.register(|| ()),
            "fails" => handler.register(|| Err::<(), _>("the disk\nis full")),
            "fails at last" => handler.priority(-1000).register(|| Err::<(), _>("at last")),
            "panics" => handler.register(|| -> () { panic!("as asked") }),
            "exits" => handler.register(|| -> () { exitmacro::exit(3) }),
            "is skipped" => handler.when(exitmacro::When::Signal).register(|| ()),
            "hangs" => handler.timeout(Duration::from_millis(100)).register(hang),
            "hangs until the budget is used up" => handler.register(hang),
            "hangs on the caller" => {
                handler.timeout(Duration::from_millis(100)).on_caller().register(hang)
            }
            "fails on the caller" => handler.on_caller().register(|| Err::<(), _>("on the caller")),
            "fails concurrently" => handler
                .priority(1000)
                .concurrent()
                .register(|_: &ExitContext| Err::<(), _>("concurrently")),
            "closes the log" => handler.priority(priority::TELEMETRY).register(close),
            "closes the log and says so" => handler.register(move || {
                exitmacro::report_to_stderr();
                close();
            }),
            _ => panic!("no handler does this: {name}"),
        };
        registered.expect("the run has not begun");
    }
}

fn hang() {
    loop {
        thread::park();
    }
}
