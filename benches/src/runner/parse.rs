//! Reads what the measuring tools print.

/// The instructions that callgrind counted, from its messages.
pub(super) fn instructions(messages: &str) -> Option<f64> {
    figure(messages.lines().find_map(|line| line.split_once("Collected : "))?.1)
}

/// The calls of `malloc` and its relatives, from memcheck's messages.
pub(super) fn allocations(messages: &str) -> Option<f64> {
    figure(messages.lines().find_map(|line| line.split_once("total heap usage: "))?.1)
}

fn figure(text: &str) -> Option<f64> {
    text.split_whitespace().next()?.replace(',', "").parse().ok()
}

/// What strace wrote of a process and its threads.
#[derive(Debug, PartialEq)]
pub(super) struct SystemCalls {
    pub(super) calls: f64,
    pub(super) threads: f64,
}

pub(super) fn system_calls(log: &str) -> SystemCalls {
    // The other lines tell of signals, of ends, and of calls that a line above begins.
    let calls = || log.lines().filter(|line| line.contains('(') && !line.contains(" resumed>"));
    let threads = calls().filter(|line| line.contains("clone(") || line.contains("clone3("));
    SystemCalls { calls: calls().count() as f64, threads: threads.count() as f64 }
}

/// The number after `what` that a subject printed, as in `exit 1234`.
pub(super) fn printed(messages: &str, what: &str) -> Option<f64> {
    messages.lines().find_map(|line| line.strip_prefix(what)?.strip_prefix(' ')?.parse().ok())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn instructions_are_found() {
        let messages = "==7== Events    : Ir\n==7== Collected : 299589\n==7== \n";
        assert_eq!(instructions(messages), Some(299_589.0));
        assert_eq!(instructions("valgrind: no such program"), None);
    }

    #[test]
    fn allocations_are_found() {
        let messages = "==7== HEAP SUMMARY:\n==7==   total heap usage: 1,012 allocs, 11 frees, 3,276 bytes allocated\n";
        assert_eq!(allocations(messages), Some(1012.0));
    }

    #[test]
    fn calls_and_threads_are_counted_once() {
        let log = "7 clone3({flags=CLONE_VM} => {parent_tid=[8]}, 88) = 8\n\
                   7 futex(0x1, FUTEX_WAIT, 1, NULL <unfinished ...>\n\
                   8 write(1, \"clone\", 5) = 5\n\
                   7 <... futex resumed>) = 0\n\
                   8 +++ exited with 0 +++\n";
        assert_eq!(system_calls(log), SystemCalls { calls: 3.0, threads: 1.0 });
    }

    #[test]
    fn figures_of_subjects_are_found_by_name() {
        let messages = "register 12\nexit 345\n";
        assert_eq!(printed(messages, "exit"), Some(345.0));
        assert_eq!(printed(messages, "bytes"), None);
    }
}
