use exitmacro::at_exit;

#[at_exit(prio = 1)]
fn wrong_argument() {}

#[at_exit]
fn wrong_signature() -> ! {
    loop {}
}

// There is nothing to say about this one.
#[at_exit(after(wrong_argument, wrong_signature))]
fn close_db() {}

fn main() {}
