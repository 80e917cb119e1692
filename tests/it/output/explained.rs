//! What a program says about its own plan: why each handler has its place, and what may keep it
//! from running.

use crate::support::{panics_abort, scenario, target};

const AT: &str = "`#[exitmacro::main]` at tests/src/bin/explained.rs:_";

/// Line numbers and the version of libc do not count.
fn explained(case: &str, skip: &str) -> String {
    let ended = scenario!("explained").arg(case).env("EXITMACRO_SKIP", skip).run();
    assert_eq!(ended.code(), 0, "{ended:?}");
    without_numbers(&ended.stdout)
}

fn without_numbers(text: &str) -> String {
    let mut lines = String::new();
    for line in text.lines() {
        let line: String = match line.split_once("glibc ") {
            Some((before, rest)) => {
                format!(
                    "{before}glibc{}",
                    rest.trim_start_matches(|c: char| c.is_ascii_digit() || c == '.')
                )
            }
            None => line.to_owned(),
        };
        let mut parts = line.split(".rs:");
        let mut shown = parts.next().unwrap_or_default().to_owned();
        for part in parts {
            shown.push_str(".rs:_");
            shown.push_str(part.trim_start_matches(|c: char| c.is_ascii_digit()));
        }
        lines.push_str(&shown.split_whitespace().collect::<Vec<_>>().join(" "));
        lines.push('\n');
    }
    lines
}

fn panics(runs: &str) -> String {
    if panics_abort() {
        format!("panics: abort; a panic {runs}\n")
    } else {
        format!("panics: unwind; a panic that cannot unwind {runs}\n")
    }
}

fn status(otherwise: &str) -> String {
    if target().hook_knows_status {
        format!("known; {} gives it to the hook", target().libc)
    } else {
        otherwise.to_owned()
    }
}

/// The facts that are the same wherever the program explains itself.
fn facts(process: &str, linked: &str, signals: &str) -> String {
    let panics = panics("runs the handlers (`panic_abort = run`)");
    let status = status(
        "known at the end of `main` and after `exitmacro::exit`; libc does not give it to the hook",
    );
    format!(
        "process: {process}\n\
         linked: 5 handlers at link time: 5 in `explained`; in this plan, {linked}\n\
         signals: {signals}\n\
         {panics}\
         status: {status}\n\
         budget: 20s ({AT})\n\
         timeout: 2s ({AT})\n\
         threads: 4 ({AT})\n\
         on failure: status 3 in place of 0 ({AT})\n"
    )
}

const OWNED: &str = "the handlers belong to this process";
const SIGNALS: &str = "SIGINT, SIGTERM: the handlers run when `main` returns, or after 5s, \
                       then the status is 0 (`exit_zero`)";

/// The table; `registered` is what it says of the registered handler, `two` of another one.
fn table(two: &str) -> String {
    format!(
        "# handler location why it runs here\n\
         1 explained::close_files tests/src/bin/explained.rs:_ priority 10\n\
         2 explained::flush tests/src/bin/explained.rs:_ priority 50, \
           but after `explained::close_files`\n\
         3 registered tests/src/bin/explained.rs:_ priority 0, registered at run time\n\
         4 explained::two tests/src/bin/explained.rs:_ priority 0, \
           later in tests/src/bin/explained.rs; only if the process fails{two}\n\
         5 explained::one tests/src/bin/explained.rs:_ priority 0\n\
         6 explained::beside tests/src/bin/explained.rs:_ priority -5; \
           may run at the same time as others of its priority\n"
    )
}

#[test]
fn every_handler_has_a_reason_and_every_limit_a_place() {
    let facts = facts(OWNED, "1 registered at run time and 0 tracked", SIGNALS);
    assert_eq!(explained("now", ""), format!("{}{facts}", table("")));
}

#[test]
fn a_handler_that_is_gone_stays_in_its_plan() {
    let facts = facts(OWNED, "1 registered at run time and 0 tracked", SIGNALS);
    assert_eq!(explained("after a handler is gone", ""), format!("{}{facts}", table("")));
}

#[test]
fn what_is_skipped_is_named_and_what_no_pattern_matches() {
    let facts = facts(OWNED, "1 registered at run time and 0 tracked", SIGNALS);
    let skip =
        "EXITMACRO_SKIP: `nothing,*::two` skips 1 handler; `nothing` matches none of this plan\n";
    let table = table("; skipped: EXITMACRO_SKIP matches it");
    assert_eq!(explained("now", "nothing,*::two"), format!("{table}{facts}{skip}"));
}

#[test]
fn a_child_says_whose_handlers_are_not_in_its_plan() {
    let table = "# handler location why it runs here\n\
                 1 the child's own tests/src/bin/explained.rs:_ priority 0\n";
    let facts = facts(
        "a forked child: it runs only the handlers that it registers itself, \
         and those with `fork = inherit`; `exitmacro::adopt` moves those of its parent here",
        "1 registered at run time and 0 tracked",
        "not handled: a signal ends the process without the handlers",
    );
    assert_eq!(explained("in a child", ""), format!("{table}{facts}the child ended with 0\n"));
}

#[test]
fn after_a_run_nothing_is_left() {
    let facts = facts(
        "the handlers belong to this process; they have run, and do not run again",
        "0 registered at run time and 0 tracked",
        SIGNALS,
    );
    assert_eq!(explained("after a run", ""), format!("no exit handlers\n{facts}"));
}

#[test]
fn a_signal_that_other_code_took_is_named() {
    let signals = format!("{SIGNALS}; the handler of SIGTERM was replaced by another one since");
    let facts = facts(OWNED, "1 registered at run time and 0 tracked", &signals);
    assert_eq!(explained("with another handler of SIGTERM", ""), format!("{}{facts}", table("")));
}

#[test]
fn a_signal_that_was_ignored_at_the_start_is_named() {
    let ended =
        scenario!("explained").arg("now").with(|command| ignoring(command, libc::SIGINT)).run();
    let signals = "signals: SIGTERM: the handlers run when `main` returns, \
                   or after 5s, then the status is 0 (`exit_zero`); \
                   SIGINT was ignored when the program started, and stays ignored\n";
    assert!(ended.stdout.contains(signals), "{ended:?}");
}

fn ignoring(command: &mut std::process::Command, signal: i32) {
    use std::os::unix::process::CommandExt;
    // SAFETY: between fork and exec, `signal` is async-signal-safe.
    unsafe {
        command.pre_exec(move || {
            libc::signal(signal, libc::SIG_IGN);
            Ok(())
        });
    }
}

#[test]
fn the_environment_is_named_where_it_sets_a_limit() {
    let budget = |value: &str| {
        let ended = scenario!("explained_plain").env("EXITMACRO_BUDGET", value).run();
        ended.stdout.lines().find(|line| line.starts_with("budget: ")).map(str::to_owned)
    };
    assert_eq!(budget("7s").as_deref(), Some("budget: 7s (EXITMACRO_BUDGET)"));
    assert_eq!(budget("soon").as_deref(), Some("budget: 25s (default)"));
}

#[test]
fn a_program_that_configures_nothing_says_so() {
    let ended = scenario!("explained_plain").run();
    let panics = panics("ends the process without the handlers; `panic_abort = run` changes that");
    let status = status(
        "known only after `exitmacro::exit`; `#[exitmacro::main]` makes it known at the end of \
         `main`; libc does not give it to the hook",
    );
    assert_eq!(
        without_numbers(&ended.stdout),
        format!(
            "no exit handlers\n\
             process: the handlers belong to this process\n\
             linked: no handlers at link time \
             (a dependency that no source file names is not linked); \
             in this plan, 0 registered at run time and 0 tracked\n\
             signals: not handled: a signal ends the process without the handlers\n\
             {panics}\
             status: {status}\n\
             budget: 25s (default)\n\
             timeout: 10s (default)\n\
             threads: 32 (default)\n\
             on failure: the exit status stays (default)\n"
        )
    );
    ended.assert(0, &ended.stdout, "");
}
