use exitmacro::AtExitCleanup;

struct NotCleaned;

#[derive(AtExitCleanup)]
#[cleanup(after(NotCleaned, missing::close))]
struct Pool;

fn plain() {}

#[derive(AtExitCleanup)]
#[cleanup(before(plain))]
struct Log;

fn main() {
    plain();
}
