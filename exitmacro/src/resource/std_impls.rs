//! How the types of the standard library are closed. [`AtExitCleanup`]'s documentation has the
//! table.

use crate::awaited;
#[cfg(feature = "async")]
use crate::resource::cleanup::Closing;
use crate::resource::cleanup::{AtExitCleanup, CleanupError, CleanupOptions, TakenOut};
use crate::resource::parts;
#[cfg(feature = "async")]
use crate::resource::parts_async;
use crate::sys;
use std::collections::{BTreeMap, HashMap, VecDeque};
use std::fs::File;
use std::io;
use std::sync::{Arc, LazyLock, OnceLock, PoisonError, RwLock};

/// Closes all contents.
macro_rules! close_all {
    ($(
        [$($generics:tt)*] $type:ty,
        |$this:ident| $values:expr, $values_mut:expr $(, $taken:expr)?;
    )*) => {
        $(impl<$($generics)*> AtExitCleanup for $type {
            fn cleanup(&self) -> Result<(), CleanupError> {
                let $this = self;
                parts::close_all($values)
            }

            #[cfg(feature = "async")]
            fn is_async(&self) -> bool {
                let $this = self;
                $values.into_iter().any(AtExitCleanup::is_async)
            }

            #[cfg(feature = "async")]
            fn closing(&self) -> Option<Closing<'_>> {
                let $this = self;
                parts_async::closing_all(|| $values)
            }

            fn cleanup_mut(&mut self) -> Result<(), CleanupError> {
                let $this = self;
                parts::close_each($values_mut, T::cleanup_mut)
            }

            fn take_out<'a>(&mut self) -> Option<TakenOut<'a>>
            where
                Self: 'a,
            {
                let $this = self;
                $(if T::is_taken() {
                    return parts::taken_out($taken.collect(), T::cleanup_taken);
                })?
                let parts = $values_mut.into_iter().filter_map(T::take_out);
                parts::taken_out(parts.collect(), |close| close())
            }

            fn discard(&self) {
                let $this = self;
                $values.into_iter().for_each(AtExitCleanup::discard);
            }
        })*
    };
}

close_all! {
    [T: AtExitCleanup] Vec<T>, |this| this, this, this.drain(..);
    [T: AtExitCleanup] VecDeque<T>, |this| this, this, this.drain(..);
    [T: AtExitCleanup] [T], |this| this, this;
    [T: AtExitCleanup, const N: usize] [T; N], |this| this, this;
    [K: Send + Sync, T: AtExitCleanup] BTreeMap<K, T>,
        |this| this.values(), this.values_mut(), core::mem::take(this).into_values();
    [K: Send + Sync, T: AtExitCleanup, S: Send + Sync] HashMap<K, T, S>,
        |this| this.values(), this.values_mut(), this.drain().map(|(_, value)| value);
}

/// Closes the contents, if there are any.
macro_rules! forward {
    ($([$($generics:tt)*] $type:ty, |$this:ident| $value:expr;)*) => {
        $(impl<$($generics)*> AtExitCleanup for $type {
            fn cleanup(&self) -> Result<(), CleanupError> {
                let $this = self;
                $value.map_or(Ok(()), AtExitCleanup::cleanup)
            }

            #[cfg(feature = "async")]
            fn is_async(&self) -> bool {
                let $this = self;
                $value.is_some_and(AtExitCleanup::is_async)
            }

            #[cfg(feature = "async")]
            fn closing(&self) -> Option<Closing<'_>> {
                let $this = self;
                $value?.closing()
            }

            fn discard(&self) {
                let $this = self;
                $value.into_iter().for_each(AtExitCleanup::discard);
            }
        })*
    };
}

forward! {
    [T: AtExitCleanup] OnceLock<T>, |this| this.get();
}

impl<T: AtExitCleanup> AtExitCleanup for Option<T> {
    fn cleanup(&self) -> Result<(), CleanupError> {
        self.as_ref().map_or(Ok(()), AtExitCleanup::cleanup)
    }

    #[cfg(feature = "async")]
    fn is_async(&self) -> bool {
        self.as_ref().is_some_and(AtExitCleanup::is_async)
    }

    #[cfg(feature = "async")]
    fn closing(&self) -> Option<Closing<'_>> {
        self.as_ref()?.closing()
    }

    fn cleanup_mut(&mut self) -> Result<(), CleanupError> {
        self.as_mut().map_or(Ok(()), T::cleanup_mut)
    }

    fn take_out<'a>(&mut self) -> Option<TakenOut<'a>>
    where
        Self: 'a,
    {
        if T::is_taken() {
            let value = self.take()?;
            Some(Box::new(|| value.cleanup_taken()))
        } else {
            self.as_mut()?.take_out()
        }
    }

    fn discard(&self) {
        self.iter().for_each(AtExitCleanup::discard);
    }
}

#[cfg(lazy_lock_get)]
forward! {
    [T: AtExitCleanup, F: Send] LazyLock<T, F>, |this| value_of(this);
}

#[cfg(lazy_lock_get)]
#[expect(clippy::incompatible_msrv, reason = "only compiled where it is there")]
fn value_of<T, F>(lazy: &LazyLock<T, F>) -> Option<&T> {
    LazyLock::get(lazy)
}

// Before Rust 1.94 only `Debug` shows whether a `LazyLock` is initialised, so the value must
// implement it.
#[cfg(not(lazy_lock_get))]
forward! {
    [T: AtExitCleanup + core::fmt::Debug, F: Send + FnOnce() -> T] LazyLock<T, F>,
        |this| is_initialised(this).then(|| LazyLock::force(this));
}

#[cfg(not(lazy_lock_get))]
fn is_initialised<T: core::fmt::Debug, F>(lazy: &LazyLock<T, F>) -> bool {
    /// Reads the output of `Debug` until it knows enough.
    struct Listener {
        uninitialised: bool,
    }

    impl core::fmt::Write for Listener {
        fn write_str(&mut self, text: &str) -> core::fmt::Result {
            match text {
                "LazyLock" | "(" => Ok(()),
                _ => {
                    self.uninitialised = text == "<uninit>";
                    Err(core::fmt::Error)
                }
            }
        }
    }

    let mut listener = Listener { uninitialised: false };
    // The error only means that it knows enough.
    _ = core::fmt::Write::write_fmt(&mut listener, format_args!("{lazy:?}"));
    !listener.uninitialised
}

#[cfg(feature = "once_cell")]
forward! {
    [T: AtExitCleanup] once_cell::sync::OnceCell<T>, |this| this.get();
    [T: AtExitCleanup, F: Send + FnOnce() -> T] once_cell::sync::Lazy<T, F>,
        |this| once_cell::sync::Lazy::get(this);
}

#[cfg(feature = "tokio")]
forward! {
    [T: AtExitCleanup] tokio::sync::OnceCell<T>, |this| this.get();
}

/// A type that only owns another value is closed like that value; in a `Mutex` too, if it can
/// change it, by the functions in the braces.
macro_rules! forward_all {
    ($($pointer:ident { $($in_mutex:tt)* })*) => {
        $(impl<T: AtExitCleanup + ?Sized> AtExitCleanup for $pointer<T> {
            fn cleanup(&self) -> Result<(), CleanupError> {
                (**self).cleanup()
            }

            #[cfg(feature = "async")]
            fn is_async(&self) -> bool {
                (**self).is_async()
            }

            #[cfg(feature = "async")]
            fn closing(&self) -> Option<Closing<'_>> {
                (**self).closing()
            }

            fn discard(&self) {
                (**self).discard();
            }

            fn options(&self) -> CleanupOptions {
                (**self).options()
            }

            $($in_mutex)*
        })*
    };
}

forward_all! {
    Box {
        fn cleanup_mut(&mut self) -> Result<(), CleanupError> {
            (**self).cleanup_mut()
        }

        fn take_out<'a>(&mut self) -> Option<TakenOut<'a>>
        where
            Self: 'a,
        {
            (**self).take_out()
        }
    }
    Arc {}
}

impl<T: AtExitCleanup + ?Sized> AtExitCleanup for RwLock<T> {
    fn cleanup(&self) -> Result<(), CleanupError> {
        let read = || self.read().unwrap_or_else(PoisonError::into_inner);
        sys::if_free(self.try_read())
            .unwrap_or_else(|| awaited::during(parts::lock_of::<Self>, read))
            .cleanup()
    }

    fn discard(&self) {
        // Never waits: in a forked child, a thread that does not exist may hold the lock.
        if let Some(value) = sys::if_free(self.try_read()) {
            value.discard();
        }
    }
}

impl AtExitCleanup for File {
    fn cleanup(&self) -> Result<(), CleanupError> {
        // For a pipe, the call would wait for its reader there.
        if cfg!(windows) && !self.metadata().is_ok_and(|metadata| metadata.is_file()) {
            return Ok(());
        }
        match self.sync_all() {
            Err(error) if !has_nothing_to_sync(&error) => Err(error.into()),
            _ => Ok(()),
        }
    }
}

/// Whether the error means that this is no file on a disk: a pipe, a socket, a terminal, a device,
/// or a read-only file. Lost data has other errors (EIO, ENOSPC, EDQUOT), and so has a closed
/// descriptor (EBADF).
fn has_nothing_to_sync(error: &io::Error) -> bool {
    // EINVAL, EROFS, and EOPNOTSUPP, ENOTSUP or ENOSYS. On Apple's systems the call is an `fcntl`,
    // which returns ENOTTY for a device. Windows refuses it for a file that was opened for reading.
    const ENOTTY: i32 = 25;
    matches!(
        error.kind(),
        io::ErrorKind::InvalidInput
            | io::ErrorKind::ReadOnlyFilesystem
            | io::ErrorKind::Unsupported
    ) || (cfg!(target_vendor = "apple") && error.raw_os_error() == Some(ENOTTY))
        || (cfg!(windows) && error.kind() == io::ErrorKind::PermissionDenied)
}

#[cfg(test)]
#[path = "std_impls_tests.rs"]
mod tests;
