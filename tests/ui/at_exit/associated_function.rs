use exitmacro::at_exit;

struct Pool;

impl Pool {
    #[at_exit]
    fn close() {
        Self::finish();
    }

    fn finish() {}
}

struct Cache;

impl Cache {
    const NAME: &str = "cache";

    #[at_exit]
    fn close() {
        println!("{}", Self::NAME);
    }
}

struct Log;

impl Log {
    #[at_exit]
    fn close() {}
}

fn main() {}
