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

fn main() {
    generic(());
}
