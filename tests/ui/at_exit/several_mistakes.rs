use exitmacro::at_exit;

#[at_exit(prio = 10, timeout = 5, name = "", thread = caller, thread = runner)]
unsafe fn close<T>(_exit: &mut exitmacro::ExitContext, _pool: T) {}

fn main() {}
