use exitmacro::at_exit;

struct Pool;

impl Pool {
    #[at_exit]
    fn close() {
        Self::finish();
    }

    fn finish() {}
}

struct Log;

impl Log {
    #[at_exit]
    fn close() {}
}

fn main() {}
