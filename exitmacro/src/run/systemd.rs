//! Notifies systemd that the process is stopping, and how long a handler may take: `STOPPING=1` and
//! `EXTEND_TIMEOUT_USEC=…`, as `sd_notify(3)` describes them.
//!
//! Never waits: a datagram that cannot be sent at once is dropped.

use crate::environment::Environment;
use crate::handler::clock::Moment;
use crate::times::SYSTEMD_MARGIN;
use core::fmt;
use std::os::unix::net::{SocketAddr, UnixDatagram};
use std::sync::Mutex;

struct Notifier {
    socket: UnixDatagram,
    address: SocketAddr,
    /// Until when systemd waits, by the last notification.
    allowed_until: Option<Moment>,
}

/// Set when a run begins that ends the process, if systemd listens. It is only tried, never waited
/// for: a forked child may inherit it locked.
static NOTIFIER: Mutex<Option<Notifier>> = Mutex::new(None);

impl Notifier {
    fn new() -> Option<Self> {
        let name = Environment::of_this_process().var_os("NOTIFY_SOCKET")?;
        let socket = UnixDatagram::unbound().ok()?;
        socket.set_nonblocking(true).ok()?;
        Some(Self { socket, address: address(name.as_encoded_bytes())?, allowed_until: None })
    }

    fn send(&self, message: fmt::Arguments<'_>) {
        // The error is ignored: systemd may not listen any more, and the process ends anyway.
        _ = self.socket.send_to_addr(message.to_string().as_bytes(), &self.address);
    }
}

/// A path, or a name in the abstract namespace of Linux, which begins with `@`.
fn address(name: &[u8]) -> Option<SocketAddr> {
    #[cfg(target_os = "linux")]
    if let Some(name) = name.strip_prefix(b"@") {
        return <SocketAddr as std::os::linux::net::SocketAddrExt>::from_abstract_name(name).ok();
    }
    let path: &std::ffi::OsStr = std::os::unix::ffi::OsStrExt::from_bytes(name);
    SocketAddr::from_pathname(path).ok()
}

/// Whether systemd is told how long each handler may take.
pub(super) fn listens() -> bool {
    NOTIFIER.try_lock().is_ok_and(|notifier| notifier.is_some())
}

/// To be called when a run begins that ends the process.
pub(super) fn stopping() {
    if crate::sys::is_starved() {
        return;
    }
    let notifier = Notifier::new();
    if let Some(notifier) = &notifier {
        notifier.send(format_args!("STOPPING=1"));
    }
    if let Ok(mut place) = NOTIFIER.try_lock() {
        *place = notifier;
    }
}

/// To be called before a handler that may take until `deadline`. Sends nothing if systemd waits
/// that long already.
pub(super) fn allow_until(deadline: Moment) {
    if let Ok(mut notifier) = NOTIFIER.try_lock()
        && let Some(notifier) = &mut *notifier
        && notifier.allowed_until.is_none_or(|allowed| allowed < deadline)
    {
        let end = deadline.plus(SYSTEMD_MARGIN);
        notifier.allowed_until = Some(end);
        notifier.send(format_args!("EXTEND_TIMEOUT_USEC={}", end.since(Moment::now()).as_micros()));
    }
}
