use exitmacro::at_exit;

#[at_exit]
fn never() -> ! {
    loop {}
}

fn main() {}
