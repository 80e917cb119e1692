exitmacro::config! {
    signals = [TERM],
    on_signal = exit_zero,
    grace = "1s",
    budget = "20s",
    timeout = "1s500ms",
    threads = 256,
    on_failure = keep,
    panic_abort = off,
    termination_message = "/dev/null",
    report_to = log,
    crate = ::exitmacro,
}

fn main() {}
