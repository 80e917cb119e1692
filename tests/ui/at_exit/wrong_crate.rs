use exitmacro::at_exit;

#[at_exit(crate = nowhere)]
fn close_db() {}

#[at_exit(crate = crate::facade, after(close_db), priority = 5)]
fn close_log() {}

#[at_exit(crate = ::std::io)]
static FILE: std::sync::OnceLock<std::fs::File> = std::sync::OnceLock::new();

fn main() {
    #[at_exit(crate = ::nowhere::exitmacro, before(close_log))]
    async fn close_cache() {}
}
