use exitmacro::at_exit;

mod inner {
    #[exitmacro::at_exit]
    fn close() {}
}

#[at_exit]
fn close() {}

#[at_exit]
fn r#type() {}

#[at_exit]
fn exit(_exit: &exitmacro::ExitContext) {}

fn generic<T>(_value: T) {
    #[at_exit]
    fn close() {}
}

#[at_exit]
#[cfg(any())]
fn absent() {}

#[at_exit]
#[cfg_attr(all(), cfg(any()), inline)]
fn absent_too() {}

// One name for both.
#[at_exit]
#[cfg(unix)]
fn on_one_system() {}

#[at_exit]
#[cfg(not(unix))]
fn on_one_system() {}

#[at_exit(after(on_one_system))]
fn on_every_system() {}

fn main() {
    generic(());
}
