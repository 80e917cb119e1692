//! No way to look at another thread: a parked one is found by its timeout. On Windows std parks
//! none: its `exit` is `ExitProcess`.

use crate::sys::ThreadKey;

#[derive(Clone, Copy)]
pub(crate) struct ThreadWatch;

impl ThreadWatch {
    pub(crate) const CAN_LOOK: bool = false;

    pub(crate) fn of<T>(_thread: &std::thread::JoinHandle<T>) -> Self {
        Self
    }

    pub(crate) fn to_number(self) -> u32 {
        1
    }

    pub(crate) fn from_number(_number: u32) -> Self {
        Self
    }

    pub(crate) fn exists(self) -> bool {
        true
    }

    pub(crate) fn current() -> Self {
        Self
    }

    pub(crate) fn name(self) -> Option<crate::sys::ThreadName> {
        None
    }

    pub(crate) fn is_parked(self) -> bool {
        false
    }
}

pub(crate) fn is_parked(_thread: ThreadKey, _stack: usize) -> bool {
    false
}

pub(crate) fn might_be_parked(_thread: ThreadKey, _stack: usize) -> bool {
    !cfg!(windows)
}
