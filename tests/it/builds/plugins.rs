//! Shared objects that are closed: the process calls nothing in them afterwards, and the next load
//! starts anew.

#![cfg(all(target_os = "linux", target_env = "gnu"))]

use crate::support::{Build, Scenario};
use std::path::{Path, PathBuf};
use std::sync::OnceLock;
use std::sync::atomic::{AtomicU32, Ordering};

/// The program that takes the steps with the plugin in order.
fn hosted(plugin: &str, steps: &[&str]) -> Scenario {
    static HOST: OnceLock<PathBuf> = OnceLock::new();
    let host = HOST.get_or_init(|| Build::debug().program("manual_host"));
    Scenario::of(host).arg(Build::debug().shared_object(plugin)).args(steps)
}

/// The same with two copies of the plugin, which the loader treats as two plugins. A step ends with
/// `:a` or `:b`.
fn hosted_twice(host: &str, plugin: &str, steps: &[&str]) -> Scenario {
    let plugin = Build::debug().shared_object(plugin);
    let steps = steps.iter().map(|step| match step.split_once(':') {
        Some((step, copy)) => format!("{step}:{}", copy_of(&plugin, copy).display()),
        None => (*step).to_owned(),
    });
    Scenario::of(&Build::debug().program(host)).arg(&plugin).args(steps)
}

/// Renamed into place, because other tests may have the copy open.
fn copy_of(plugin: &Path, name: &str) -> PathBuf {
    static COPIES: AtomicU32 = AtomicU32::new(0);
    let copy = plugin.with_extension(format!("{name}.so"));
    let fresh = plugin.with_extension(format!(
        "{}.{}.new",
        std::process::id(),
        COPIES.fetch_add(1, Ordering::Relaxed)
    ));
    std::fs::copy(plugin, &fresh).expect("a file can be copied");
    std::fs::rename(&fresh, &copy).expect("a file can be renamed");
    copy
}

/// A run by hand.
const RAN: &str = "\
plugin: on the caller's thread
plugin: declared, on Some(\"exitmacro\")
plugin: 4 handlers, success: true
";

/// A run when the plugin is closed.
const RAN_AT_THE_END: &str = "\
plugin: on the caller's thread
plugin: declared, on None
";

const GONE: &str = "host: closed, 0\nhost: mapped: false\n";

#[test]
fn a_plugin_that_ran_by_hand_is_unloaded_and_starts_anew() {
    let life = ["open", "plugin_run", "close", "look"];
    hosted("manual_plugin", &[life, life, life].concat()).run().assert(
        5,
        &format!("{RAN}{GONE}").repeat(3),
        "",
    );
    let then_not = ["open", "plugin_register", "close", "look"];
    let registered = format!(
        "plugin: registered: Ok(())\nplugin: on the caller's thread\nplugin: registered\n\
         plugin: declared, on None\n{GONE}"
    );
    hosted("manual_plugin", &[life, then_not].concat()).run().assert(
        5,
        &format!("{RAN}{GONE}{registered}"),
        "",
    );
}

#[test]
fn a_plugin_that_is_closed_leaves_the_abort_of_the_host_alone() {
    let ran_at_the_end = format!("{RAN_AT_THE_END}{GONE}");
    for (plugin, steps, stdout) in [
        (
            "manual_plugin",
            &["open", "plugin_run", "close", "look", "abort"][..],
            format!("{RAN}{GONE}"),
        ),
        ("manual_plugin", &["open", "close", "look", "abort"], ran_at_the_end),
        ("idle_plugin", &["open", "close", "look", "abort"], GONE.to_owned()),
        (
            "idle_plugin",
            &["open", "plugin_run", "close", "look", "abort"],
            format!("plugin: 0 handlers\n{GONE}"),
        ),
    ] {
        hosted(plugin, steps).run().assert(-libc::SIGABRT, &stdout, "");
    }
}

/// A plugin stays mapped when another copy has replaced its signal handler.
#[test]
fn plugins_that_are_closed_in_any_order_leave_the_abort_of_the_host_alone() {
    let closed = |mapped| format!("host: closed, 0\nhost: mapped: {mapped}\n");
    let (gone, stays) = (closed(false), closed(true));
    let open = ["open:a", "open:b"];
    for (host, plugin, steps, stdout) in [
        ("manual_host", "idle_plugin", &["close:a", "look:a"][..], stays.clone()),
        ("manual_host", "idle_plugin", &["close:b", "look:b"], gone.clone()),
        (
            "manual_host",
            "idle_plugin",
            &["close:a", "look:a", "close:b", "look:b"],
            format!("{stays}{gone}"),
        ),
        (
            "manual_host",
            "idle_plugin",
            &["close:b", "look:b", "close:a", "look:a"],
            format!("{gone}{stays}"),
        ),
        (
            "manual_host",
            "idle_plugin",
            &["plugin_run:a", "close:a", "close:b", "look:b"],
            format!("plugin: 0 handlers\nhost: closed, 0\n{gone}"),
        ),
        (
            "manual_host",
            "idle_plugin",
            &["plugin_run:b", "close:b", "look:b", "close:a"],
            format!("plugin: 0 handlers\n{gone}host: closed, 0\n"),
        ),
        (
            "manual_host",
            "manual_plugin",
            &["plugin_run:a", "plugin_run:b", "close:a", "look:a", "close:b", "look:b"],
            format!("{RAN}{RAN}{gone}{gone}"),
        ),
        (
            "manual_host",
            "manual_plugin",
            &["plugin_run:a", "plugin_run:b", "close:b", "look:b", "close:a", "look:a"],
            format!("{RAN}{RAN}{gone}{gone}"),
        ),
        (
            "manual_host",
            "manual_plugin",
            &["plugin_run:a", "close:a", "look:a", "plugin_run:b"],
            format!("{RAN}{gone}{RAN}"),
        ),
        (
            "main_host",
            "idle_plugin",
            &["run", "close:a", "look:a", "close:b", "look:b"],
            format!("host: a handler\nhost: success: true\n{stays}{stays}"),
        ),
        (
            "main_host",
            "idle_plugin",
            &["run", "close:b", "look:b", "close:a", "look:a"],
            format!("host: a handler\nhost: success: true\n{stays}{stays}"),
        ),
        (
            "main_host",
            "idle_plugin",
            &["close:a", "close:b", "look:b", "run"],
            format!("host: closed, 0\n{gone}host: a handler\nhost: success: true\n"),
        ),
        (
            "main_host",
            "manual_plugin",
            &["plugin_run:a", "run", "close:a", "look:a"],
            format!("{RAN}host: a handler\nhost: success: true\n{gone}"),
        ),
    ] {
        let ended = hosted_twice(host, plugin, &[&open, steps, &["abort"]].concat()).run();
        assert_eq!(
            (ended.code(), ended.stdout, ended.stderr),
            (-libc::SIGABRT, stdout, String::new()),
            "{host}, {plugin}: {steps:?}"
        );
    }
}

/// It may be opened again before the exit.
#[test]
fn a_plugin_that_stays_mapped_for_another_one_runs_its_handlers_at_exit() {
    let steps = [
        "open:a",
        "plugin_register:a",
        "open:b",
        "plugin_register:b",
        "close:a",
        "look:a",
        "open:a",
        "close:a",
        "close:b",
        "look:b",
    ];
    let registered = "plugin: registered: Ok(())\n";
    let stdout = "host: closed, 0\nhost: mapped: true\nhost: closed, 0\nplugin: a handler\n\
                  host: closed, 0\nhost: mapped: false\nplugin: a handler\n";
    hosted_twice("manual_host", "idle_plugin", &steps).run().assert(
        5,
        &format!("{registered}{registered}{stdout}"),
        "",
    );
}

#[test]
fn a_plugin_that_is_closed_leaves_the_forks_of_the_host_alone() {
    let steps = ["fork", "open", "fork", "plugin_run", "fork", "close", "look", "fork"];
    let fork = "host: a child ended with 0\n";
    hosted("manual_plugin", &steps).run().assert(
        5,
        &format!("{fork}{fork}{RAN}{fork}{GONE}{fork}"),
        "",
    );
}

#[test]
fn a_plugin_stays_mapped_for_a_thread_that_was_abandoned() {
    let steps = ["open", "plugin_run", "close", "look"];
    let stays = "host: closed, 0\nhost: mapped: true\n";
    let abandoned = "exitmacro: handler `manual_plugin::hangs_when_asked_to` \
                     (manual_plugin/src/lib.rs:12) timed out after _s and was abandoned: \
                     its timeout is _s\n";
    let ended = hosted("manual_plugin", &steps).env("PLUGIN_HANGS", "1").run();
    ended.assert(5, &format!("{}{stays}", RAN.replace("true", "false")), abandoned);
    // A used-up budget abandons the handler in the same way.
    let ended = hosted("manual_plugin", &steps)
        .env("PLUGIN_HANGS", "1")
        .env("EXITMACRO_BUDGET", "50ms")
        .run();
    assert!(ended.code() == 5 && ended.stdout.ends_with(stays), "{ended:?}");
}

#[test]
fn a_plugin_that_runs_its_handlers_while_it_is_loaded_does_not_hang() {
    let inline = "exitmacro: no thread could be started (timed out): the exit handlers run on the \
                  exiting thread, and their timeouts are not enforced\n";
    // The threads that waited for the lock of the loader still execute code of the plugin for a
    // while.
    let stdout = format!(
        "{}host: closed, 0\nhost: mapped: true\n",
        RAN.replace("Some(\"exitmacro\")", "None")
    );
    hosted("manual_plugin", &["open", "close", "look"])
        .env("PLUGIN_RUNS_AT_LOAD", "1")
        .run()
        .assert(5, &stdout, inline);
}

#[test]
fn a_plugin_that_handles_signals_stays_mapped_and_handles_them() {
    let ended =
        hosted("manual_plugin", &["open", "plugin_handle_signals", "close", "look", "terminate"])
            .run();
    let ran = "plugin: on the caller's thread\nplugin: declared, on Some(\"exitmacro\")\n";
    ended.assert(143, &format!("plugin: Ok(())\nhost: closed, 0\nhost: mapped: true\n{ran}"), "");
}

#[test]
fn the_other_handlers_run_when_one_ends_the_process_while_its_plugin_is_closed() {
    let ended =
        hosted("manual_plugin", &["open", "close", "look"]).env("PLUGIN_EXITS", "exitmacro").run();
    ended.assert(5, &format!("{RAN_AT_THE_END}{GONE}"), "");
    // `std::process::exit` never returns, so the host does not continue either.
    let ended =
        hosted("manual_plugin", &["open", "close", "look"]).env("PLUGIN_EXITS", "std").run();
    ended.assert(7, RAN_AT_THE_END, "");
}
