#[exitmacro::main(
    signals = [HUP, INT, QUIT, TERM, USR1, USR2, ALRM, VTALRM, PROF, XCPU, XFSZ, IO],
    on_signal = reraise,
    grace = "10s",
    budget = "20s",
    timeout = "1s500ms",
    threads = 8,
    on_failure = code(3),
    panic_abort = run,
    status = off,
    termination_message = "/dev/null",
    report_to = tracing,
    crate = ::exitmacro,
)]
fn main() {}
