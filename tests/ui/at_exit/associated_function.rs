use exitmacro::at_exit;

struct Pool;

impl Pool {
    #[at_exit]
    fn close() {}
}

fn main() {}
