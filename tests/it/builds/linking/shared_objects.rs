//! Plugins, which run their handlers when they are closed or at exit.

use crate::support::{Build, Scenario};

/// The fixture `plugin`, in a program that uses it as `usage` names.
fn hosted(host: &str, usage: &str) -> Scenario {
    let plugin = Build::debug().shared_object("plugin");
    Scenario::of(&Build::debug().program(host)).arg(plugin).arg(usage)
}

#[test]
fn a_plugin_runs_its_handlers_when_it_is_closed() {
    let once = "\
plugin: started, 3 handlers
host: closing
plugin: unload, None, on the host's thread: true
plugin: last
host: closed, 0
";
    hosted("host", "close").run().assert(5, once, "");
    // Each load starts anew.
    hosted("host", "close twice").run().assert(5, &once.repeat(2), "");
}

#[test]
fn a_plugin_that_is_still_open_elsewhere_keeps_its_handlers() {
    let stdout = "\
plugin: started, 3 handlers
host: closing
host: closed, 0
plugin: started, 3 handlers
host: closing
plugin: unload, None, on the host's thread: true
plugin: last
host: closed, 0
";
    hosted("host", "open twice").run().assert(5, stdout, "");
}

#[test]
fn a_plugin_that_stays_open_runs_its_handlers_at_exit() {
    let stdout = "\
plugin: started, 3 handlers
host: ends
plugin: unload, Some(5), on the host's thread: true
plugin: last
";
    hosted("host", "keep").run().assert(5, stdout, "");
}

#[test]
fn a_plugin_that_a_thread_local_keeps_mapped_runs_its_handlers_at_exit() {
    // glibc unmaps no library of which a thread still has thread-locals to destroy.
    let stdout = "\
plugin: started, 3 handlers
host: closing
host: closed, 0
plugin: thread-local dropped
plugin: unload, Some(5), on the host's thread: true
plugin: last
";
    hosted("host", "close").env("PLUGIN_USES_A_THREAD_LOCAL", "1").run().assert(5, stdout, "");
}

#[test]
fn a_handler_that_panics_or_fails_in_a_plugin_leaves_the_host_alone() {
    let stderr = "
thread '<unnamed>' (_) panicked at plugin/src/lib.rs:_:
the plugin panics
note: run with `RUST_BACKTRACE=1` environment variable to display a backtrace
exitmacro: handler `plugin::panics_when_asked_to` (plugin/src/lib.rs:44) panicked after _s: \
    the plugin panics
exitmacro: handler `plugin::last` (plugin/src/lib.rs:49) failed after _s: the plugin fails
";
    for (usage, closed) in [("close", "host: closed, 0\n"), ("keep", "")] {
        let ended = hosted("host", usage).env("PLUGIN_PANICS", "1").env("PLUGIN_FAILS", "1").run();
        assert!(ended.stdout.ends_with(&format!("plugin: last\n{closed}")), "{ended:?}");
        ended.assert(5, &ended.stdout, stderr);
    }
}

#[test]
fn a_plugin_and_a_program_run_their_own_handlers() {
    let closed = "\
host: 1 handlers
plugin: started, 3 handlers
host: closing
plugin: unload, None, on the host's thread: true
plugin: last
host: closed, 0
host: exit, Some(5)
";
    hosted("host_with_handlers", "close").run().assert(5, closed, "");
    let kept = "\
host: 1 handlers
plugin: started, 3 handlers
host: ends
plugin: unload, Some(5), on the host's thread: true
plugin: last
host: exit, Some(5)
";
    hosted("host_with_handlers", "keep").run().assert(5, kept, "");
}
