//! Another thread requests the end with a status after `main` has returned, and before the thread
//! of `main` has entered the run. With an argument there are no handlers.

#[path = "../../stopped_before_the_run.rs"]
mod stopped_before_the_run;

use exitmacro::{ExitContext, Handler, shutdown};
use stopped_before_the_run::{go_on, meanwhile};

pub(crate) fn run() {
    if std::env::args().len() == 1 {
        let say = |exit: &ExitContext| println!("{}", exit.reason());
        Handler::new("say").register(say).expect("nothing has run");
    }
    meanwhile(|| {
        println!("counts: {}", shutdown::request_with(3));
        go_on();
    });
}
