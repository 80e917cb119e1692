use exitmacro::AtExitCleanup;

#[derive(AtExitCleanup)]
#[cleanup(prio = 1, with = "close", skip, timeout = 5 name = "", priority = 1, priority = 2)]
struct Pool(#[cleanup(with = close)] u8, #[cleanup(skip = true)] u8, #[cleanup] u8);

/// It is there all the same: no second message says that it is not.
fn is_derived(pool: &Pool) {
    pool.discard();
}

fn main() {}
