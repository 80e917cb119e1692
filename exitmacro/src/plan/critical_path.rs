//! How long a run takes whose handlers take as long as they are given: a run on a clock of its own.

use super::schedule::{Schedule, Start};
use crate::handler::Rank;
use core::time::Duration;

/// The time from the first start to the last end. `threads` handlers run at the same time at most.
pub(super) fn length(mut schedule: Schedule, threads: usize, duration: impl Fn(Rank) -> Duration) -> Duration {
    let mut running: Vec<(Duration, u32)> = Vec::new();
    let mut now = Duration::ZERO;
    loop {
        while running.len() < threads.max(1) {
            let Start::Handler(number) = schedule.start() else { break };
            running.push((now.saturating_add(duration(schedule.rank(number))), number));
        }
        let Some(next) = (0..running.len()).min_by_key(|&place| running[place]) else {
            return now;
        };
        let (end, number) = running.swap_remove(next);
        now = end;
        schedule.over(number);
    }
}
