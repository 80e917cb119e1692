//! Registers handlers with exitmacro or with glibc's `atexit`, as the first argument names, and
//! ends by C `exit`. The second argument lists what to do, in words:
//!
//! - `r1` registers a handler that prints 1, `f1` one that fails afterwards, `n1:2` one that
//!   registers a handler that prints 2, `x1:2` one that calls C `exit` with status 2.
//! - `u1` takes the handler back that prints 1. glibc has no such call.
//! - `e3` ends the process with status 3.

use exitmacro::{HandlerId, register, unregister};
use std::collections::HashMap;

/// What a handler does besides printing its number.
#[derive(Clone, Copy)]
enum Then {
    Nothing,
    Fail,
    Register(u32),
    Exit(i32),
}

/// Where the handlers are registered.
enum Place {
    Exitmacro(HashMap<u32, HandlerId>),
    Glibc,
}

fn main() {
    let [_, place, words] =
        std::env::args().collect::<Vec<_>>().try_into().expect("the place and the words");
    let mut place = match place.as_str() {
        "exitmacro" => Place::Exitmacro(HashMap::new()),
        "glibc" => Place::Glibc,
        other => panic!("unknown: {other}"),
    };
    for word in words.split(' ') {
        let (kind, numbers) = word.split_at(1);
        let (first, second) = numbers.split_once(':').unwrap_or((numbers, "0"));
        let number: u32 = first.parse().expect("a number");
        let second = || second.parse::<u8>().expect("a small number");
        match kind {
            "r" => place.register(number, Then::Nothing),
            "f" => place.register(number, Then::Fail),
            "n" => place.register(number, Then::Register(second().into())),
            "x" => place.register(number, Then::Exit(second().into())),
            "u" => place.unregister(number),
            "e" => exit(number.cast_signed()),
            other => panic!("unknown: {other}"),
        }
    }
}

fn exit(status: i32) {
    // SAFETY: only one thread calls it at a time.
    unsafe { libc::exit(status) }
}

impl Place {
    fn register(&mut self, number: u32, then: Then) {
        match self {
            Self::Exitmacro(ids) => _ = ids.insert(number, with_exitmacro(number, then)),
            Self::Glibc => glibc::register(number, then),
        }
    }

    fn unregister(&mut self, number: u32) {
        match self {
            Self::Exitmacro(ids) => _ = unregister(ids[&number]),
            Self::Glibc => panic!("it cannot"),
        }
    }
}

fn with_exitmacro(number: u32, then: Then) -> HandlerId {
    let handler = move || {
        println!("{number}");
        match then {
            Then::Nothing => {}
            Then::Fail => return Err("no luck"),
            Then::Register(other) => _ = with_exitmacro(other, Then::Nothing),
            Then::Exit(status) => exit(status),
        }
        Ok(())
    };
    register(handler).expect("there is memory, and the run has not finished")
}

#[cfg(target_env = "gnu")]
mod glibc {
    use super::Then;
    use core::ffi::{c_int, c_void};

    unsafe extern "C" {
        fn __cxa_atexit(
            function: unsafe extern "C" fn(*mut c_void),
            argument: *mut c_void,
            object: *mut c_void,
        ) -> c_int;
    }

    /// What `atexit` does, for a function with an argument.
    pub(super) fn register(number: u32, then: Then) {
        let argument = Box::into_raw(Box::new((number, then))).cast();
        // SAFETY: the program is never unloaded, and the argument is the one of `call`.
        assert_eq!(unsafe { __cxa_atexit(call, argument, core::ptr::null_mut()) }, 0);
    }

    unsafe extern "C" fn call(argument: *mut c_void) {
        // SAFETY: it comes from `register`, and libc calls a function once.
        let (number, then) = *unsafe { Box::from_raw(argument.cast::<(u32, Then)>()) };
        println!("{number}");
        match then {
            Then::Nothing => {}
            Then::Fail => panic!("it cannot"),
            Then::Register(other) => register(other, Then::Nothing),
            Then::Exit(status) => super::exit(status),
        }
    }
}

#[cfg(not(target_env = "gnu"))]
mod glibc {
    pub(super) fn register(_number: u32, _then: super::Then) {
        panic!("this is no glibc");
    }
}
