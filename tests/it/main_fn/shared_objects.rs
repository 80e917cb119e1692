//! The configuration of a shared object.

use crate::support::{Build, Scenario};

const FAILED: &str = "exitmacro: handler `configured_plugin::fails` \
                      (configured_plugin/src/lib.rs:_) failed after _s: no luck\n";

#[test]
fn shared_objects_are_configured_for_themselves() {
    let plugin = Build::debug().shared_object("configured_plugin");
    let ended = Scenario::of(&Build::debug().program("host")).arg(plugin).arg("close").run();
    // A plugin that handles signals stays mapped when it is closed, because the system calls into
    // it.
    let stdout = "plugin: timeout 3s\nhost: closing\nhost: closed, 0\nplugin: unload\n";
    // The plugin's `on_failure` does not change the status of the program.
    ended.assert_at_any_line(5, stdout, FAILED);
}

#[test]
fn shared_objects_may_handle_signals_where_the_host_does_not() {
    let plugin = Build::debug().shared_object("configured_plugin");
    let ended = Scenario::of(&Build::debug().program("host"))
        .arg(plugin)
        .arg("close")
        .env("PLUGIN_SENDS", "SIGTERM")
        .run();
    let stdout = "plugin: timeout 3s\nplugin: SIGTERM\n";
    ended.assert_at_any_line(143, stdout, FAILED);
}
