mod program {
    #[exitmacro::main(panic_abort = off)]
    pub(crate) fn main() {
        super::used();
    }
}

fn used() {}

use program::main;
