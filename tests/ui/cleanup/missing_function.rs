use exitmacro::AtExitCleanup;

#[derive(AtExitCleanup)]
#[cleanup(with = server::close, discard = self::abandon)]
struct Server;

mod server {}

fn main() {}
