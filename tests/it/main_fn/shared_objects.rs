//! The configuration of a shared object.

use crate::support::{Build, Scenario};

#[test]
fn shared_objects_are_configured_for_themselves() {
    let plugin = Build::debug().shared_object("configured_plugin");
    let ended = Scenario::of(&Build::debug().program("host")).arg(plugin).arg("close").run();
    // A plugin that handles signals stays when it is closed: the system calls into it.
    let stdout = "plugin: timeout 3s\nhost: closing\nhost: closed, 0\nplugin: unload\n";
    // A program's status is its own affair, whatever the plugin says about its failures.
    ended.assert_at_any_line(5,
        stdout,
        "exitmacro: handler `configured_plugin::fails` (configured_plugin/src/lib.rs:_) failed after _s: no luck\n",
    );
}

#[test]
fn shared_objects_may_handle_signals_for_a_host_that_does_not() {
    let plugin = Build::debug().shared_object("configured_plugin");
    let ended = Scenario::of(&Build::debug().program("host"))
        .arg(plugin)
        .arg("close")
        .env("PLUGIN_SENDS", "SIGTERM")
        .run();
    let stdout = "plugin: timeout 3s\nplugin: SIGTERM\n";
    ended.assert_at_any_line(143,
        stdout,
        "exitmacro: handler `configured_plugin::fails` (configured_plugin/src/lib.rs:_) failed after _s: no luck\n",
    );
}
