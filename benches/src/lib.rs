//! What the subjects share, which are the programs that are measured. `main.rs` measures them.

pub mod churn;
#[cfg(feature = "service")]
pub mod service;

use std::hint::black_box;
use std::sync::atomic::{AtomicU64, Ordering::Relaxed};
use std::time::Instant;

/// The work of every handler, for every peer.
#[inline(always)]
pub fn work() {
    static CALLS: AtomicU64 = AtomicU64::new(0);
    CALLS.fetch_add(1, Relaxed);
}

/// A priority for handler number `n`: random, over all of `i32`, and the same in every run.
#[must_use]
pub const fn priority(n: u64) -> i32 {
    // splitmix64
    let mut x = n.wrapping_add(1).wrapping_mul(0x9E37_79B9_7F4A_7C15);
    x = (x ^ (x >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
    x = (x ^ (x >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
    ((x ^ (x >> 31)) >> 32) as u32 as i32
}

/// The number with these digits.
#[must_use]
pub const fn number<const N: usize>(digits: [u64; N]) -> u64 {
    let mut number = 0;
    let mut i = 0;
    while i < N {
        number = number * 10 + digits[i];
        i += 1;
    }
    number
}

/// Ends the process without running handlers if the first argument is `leave`, so that the cost up
/// to here can be measured alone.
pub fn leave_if_asked() {
    if std::env::args_os().nth(1).is_some_and(|argument| argument == "leave") {
        // SAFETY: `_exit` has no preconditions.
        unsafe { libc::_exit(0) }
    }
}

/// A hello-world.
pub fn hello() {
    println!("Hello, world!");
    leave_if_asked();
}

/// A hello-world that imports what starting a thread needs. With two arguments it starts a thread,
/// so that the compiler keeps the import.
#[inline(always)]
pub fn hello_that_can_start_threads() {
    if std::env::args_os().len() > 2 {
        std::thread::spawn(work);
    }
    hello();
}

/// Prints, when the process ends, the time from here to the end of all that was registered with
/// libc after the program was loaded. Ends it at once if the first argument is `leave`.
pub fn time_exit() {
    leave_if_asked();
    stop_clock::start();
}

/// For a peer that collects handlers and does not order them: the type of a handler, and `run_all`
/// for libc's `atexit`, which sorts the handlers of the iterator by priority, and calls them.
#[macro_export]
macro_rules! collected {
    ($handlers:expr) => {
        struct Handler {
            priority: i32,
            run: fn(),
        }

        extern "C" fn run_all() {
            let mut handlers: Vec<&Handler> = $handlers.collect();
            handlers.sort_by_key(|handler| std::cmp::Reverse(handler.priority));
            for handler in handlers {
                (handler.run)();
            }
        }
    };
}

/// Expands to modules in modules, ten to a level and one level for each `x`; inside each of the
/// innermost, to `$one!` with its digits.
#[macro_export]
macro_rules! times {
    ($one:ident [] $($digit:literal)*) => { $one!($($digit)*); };
    ($one:ident [x $($rest:ident)*] $($digit:literal)*) => {
        mod d0 { $crate::times!($one [$($rest)*] $($digit)* 0); }
        mod d1 { $crate::times!($one [$($rest)*] $($digit)* 1); }
        mod d2 { $crate::times!($one [$($rest)*] $($digit)* 2); }
        mod d3 { $crate::times!($one [$($rest)*] $($digit)* 3); }
        mod d4 { $crate::times!($one [$($rest)*] $($digit)* 4); }
        mod d5 { $crate::times!($one [$($rest)*] $($digit)* 5); }
        mod d6 { $crate::times!($one [$($rest)*] $($digit)* 6); }
        mod d7 { $crate::times!($one [$($rest)*] $($digit)* 7); }
        mod d8 { $crate::times!($one [$($rest)*] $($digit)* 8); }
        mod d9 { $crate::times!($one [$($rest)*] $($digit)* 9); }
    };
}

/// Like [`times!`], for a `$one!` that defines `pub(crate) fn all()`: defines a function of that
/// name that calls all of them, directly.
#[macro_export]
macro_rules! times_called {
    ($one:ident [] $($digit:literal)*) => { $one!($($digit)*); };
    ($one:ident [x $($rest:ident)*] $($digit:literal)*) => {
        mod d0 { $crate::times_called!($one [$($rest)*] $($digit)* 0); }
        mod d1 { $crate::times_called!($one [$($rest)*] $($digit)* 1); }
        mod d2 { $crate::times_called!($one [$($rest)*] $($digit)* 2); }
        mod d3 { $crate::times_called!($one [$($rest)*] $($digit)* 3); }
        mod d4 { $crate::times_called!($one [$($rest)*] $($digit)* 4); }
        mod d5 { $crate::times_called!($one [$($rest)*] $($digit)* 5); }
        mod d6 { $crate::times_called!($one [$($rest)*] $($digit)* 6); }
        mod d7 { $crate::times_called!($one [$($rest)*] $($digit)* 7); }
        mod d8 { $crate::times_called!($one [$($rest)*] $($digit)* 8); }
        mod d9 { $crate::times_called!($one [$($rest)*] $($digit)* 9); }
        pub(crate) fn all() {
            d0::all(); d1::all(); d2::all(); d3::all(); d4::all();
            d5::all(); d6::all(); d7::all(); d8::all(); d9::all();
        }
    };
}

/// The arguments of a `registered_*` subject.
pub struct Task {
    /// The number of handlers to register.
    pub count: u64,
    /// The kind of handler, for peers that have several.
    pub kind: String,
    then: String,
}

impl Task {
    /// From the arguments: how to end (`exit`, `leave`, `memory`), the number of handlers, their
    /// kind.
    #[must_use]
    pub fn from_arguments() -> Self {
        let mut arguments = std::env::args().skip(1);
        let mut next = || arguments.next().unwrap_or_default();
        let (then, count, kind) = (next(), next(), next());
        Self { count: count.parse().expect("a number of handlers"), kind, then }
    }

    /// Runs `register`, and prints its time and memory. Then ends the process with `exit`, or
    /// without running handlers.
    pub fn run<R>(self, register: impl FnOnce() -> R) -> R {
        let memory = memory_in_use();
        let start = Instant::now();
        let result = black_box(register());
        let duration = start.elapsed();
        if self.then == "memory" {
            eprintln!("bytes {}", memory_in_use() - memory);
        } else {
            eprintln!("register {}", duration.as_nanos());
        }
        leave_if_asked();
        stop_clock::start();
        result
    }
}

/// The bytes that `malloc` has allocated, its own overhead included.
fn memory_in_use() -> usize {
    #[cfg(all(target_os = "linux", target_env = "gnu"))]
    {
        // SAFETY: `mallinfo2` has no preconditions.
        let info = unsafe { libc::mallinfo2() };
        info.uordblks + info.hblkhd
    }
    #[cfg(not(all(target_os = "linux", target_env = "gnu")))]
    0
}

/// Measures from the end of `main` to the end of all that was registered with libc after the
/// program was loaded.
mod stop_clock {
    use std::sync::OnceLock;
    use std::time::Instant;

    static START: OnceLock<Instant> = OnceLock::new();

    pub(crate) fn start() {
        START.set(Instant::now()).expect("the clock starts once");
    }

    extern "C" fn stop() {
        if let Some(start) = START.get() {
            // Not stdout, which std has closed.
            eprintln!("exit {}", start.elapsed().as_nanos());
        }
    }

    extern "C" fn at_load() {
        // SAFETY: the callback has the type that `atexit` asks for.
        unsafe { libc::atexit(stop) };
    }

    // Registered first, so called last: the number orders this entry before all without one.
    // SAFETY: the loader calls this function once, after libc is ready. It makes one libc call and
    // cannot panic.
    #[used]
    #[cfg_attr(target_os = "linux", unsafe(link_section = ".init_array.00100"))]
    static AT_LOAD: extern "C" fn() = at_load;
}
