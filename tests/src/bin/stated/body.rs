//! Three handlers that state no timeout, and what a test of the program asserts.

#[exitmacro::at_exit]
fn one() {}

#[exitmacro::at_exit]
fn two() {}

#[exitmacro::at_exit]
fn three() {}

pub(crate) fn run() {
    let plan = exitmacro::plan();
    println!(
        "{:?}, of that {:?} stated, of {:?}",
        plan.worst_case(),
        plan.stated_worst_case(),
        plan.budget()
    );
    println!(
        "stated: {}",
        plan.handlers().iter().all(exitmacro::PlannedHandler::is_timeout_stated)
    );
    std::panic::set_hook(Box::new(|_| ()));
    match std::panic::catch_unwind(|| exitmacro::assert_plan!("three", "two", "one")) {
        Ok(()) => println!("the plan is as it should be"),
        Err(message) => println!(
            "{}",
            message
                .downcast_ref::<String>()
                .and_then(|text| text.lines().next())
                .unwrap_or_default()
        ),
    }
}
