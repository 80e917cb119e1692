use exitmacro::{ExitContext, at_exit};

#[at_exit]
async fn number() -> u32 {
    0
}

#[at_exit(after(number))]
async fn full_result(_: &ExitContext) -> Result<u32, std::io::Error> {
    Ok(0)
}

#[at_exit]
async fn other_context(_: &u32) {}

#[at_exit]
async fn never() -> ! {
    loop {}
}

#[at_exit]
async unsafe extern "C" fn not_safe() {}

fn main() {}
