//! Handlers declared by attribute: constants that the linker gathers into one slice.

use crate::handler::context::ExitContext;
use crate::handler::edge::{Edges, Element};
use crate::handler::engine::Engine;
use crate::handler::ordered_by::OrderedBy;
use crate::handler::{Location, Rank, Returned, When};
use core::cmp::Ordering;
use core::time::Duration;

/// All handlers of this object, in the linker's order, which is never shown.
///
/// The name carries the version up to the part that is incompatible: two such versions in one
/// program have two slices. Elements keep this name in the binary, so that an error of the linker
/// leads here.
#[linkme::distributed_slice]
pub static EXITMACRO_HANDLERS_0_1: [Declared];

pub use EXITMACRO_HANDLERS_0_1 as HANDLERS;

/// What calls the function.
pub type Run = fn(&ExitContext) -> Returned;

/// Has the call of a deprecated function, which a derive writes.
pub trait Runs {
    /// The call.
    const RUN: Run;
}

/// One `#[at_exit]` function. Built by the macro in a constant, never moved, never dropped.
#[derive(Debug)]
pub struct Declared {
    name: &'static str,
    module: &'static str,
    file: &'static str,
    line: u32,
    column: u32,
    priority: i32,
    /// The bytes of the module path up to the first colon. Found here, so that nothing has to look
    /// for it at exit.
    crate_length: u32,
    on_caller: bool,
    inherit: bool,
    pub(crate) concurrent: bool,
    asynchronous: bool,
    when: When,
    timeout: Option<Duration>,
    pub(crate) edges: Edges<'static>,
    pub(crate) ordered_by: Option<OrderedBy>,
    engine: &'static Engine,
    run: fn(&ExitContext) -> Returned,
}

impl Element for Declared {}

impl Declared {
    /// All that every handler has.
    pub(crate) const fn of_engine(
        engine: &'static Engine,
        name: &'static str,
        module: &'static str,
        file: &'static str,
        line: u32,
        column: u32,
        run: fn(&ExitContext) -> Returned,
    ) -> Self {
        Self {
            name,
            module,
            file,
            line,
            column,
            priority: crate::handler::priority::DEFAULT,
            crate_length: crate_length(module),
            on_caller: false,
            inherit: false,
            concurrent: false,
            asynchronous: false,
            when: When::Always,
            timeout: None,
            edges: Edges::NONE,
            ordered_by: None,
            engine,
            run,
        }
    }

    /// `priority = …`
    #[must_use]
    pub const fn priority(mut self, priority: i32) -> Self {
        self.priority = priority;
        self
    }

    /// `timeout = …`
    #[must_use]
    pub const fn timeout(mut self, timeout: Duration) -> Self {
        self.timeout = Some(timeout);
        self
    }

    /// `thread = caller`
    #[must_use]
    pub const fn on_caller(mut self) -> Self {
        self.on_caller = true;
        self
    }

    /// `fork = inherit`
    #[must_use]
    pub const fn inherit(mut self) -> Self {
        self.inherit = true;
        self
    }

    /// `when = …`
    #[must_use]
    pub const fn when(mut self, when: When) -> Self {
        self.when = when;
        self
    }

    /// It is an `async fn`, which keeps its own time.
    #[must_use]
    pub const fn asynchronous(mut self) -> Self {
        self.asynchronous = true;
        self
    }

    pub(crate) fn engine(&self) -> &'static Engine {
        self.engine
    }

    pub(crate) fn edges(&self) -> Edges<'static> {
        self.edges
    }

    pub(crate) fn is_concurrent(&self) -> bool {
        self.concurrent
    }

    /// What puts it in order, where sorting by rank does not.
    pub(crate) fn ordered_by(&self) -> Option<OrderedBy> {
        self.ordered_by
    }

    pub(crate) fn is_async(&self) -> bool {
        self.asynchronous
    }

    pub(crate) fn ends(&self) -> When {
        self.when
    }

    pub(crate) fn name(&self) -> &'static str {
        self.name
    }

    pub(crate) fn location(&self) -> Location {
        Location::new(self.file, self.line)
    }

    pub(crate) fn column(&self) -> u32 {
        self.column
    }

    pub(crate) fn module(&self) -> &'static str {
        self.module
    }

    /// What the module path begins with.
    pub(crate) fn crate_name(&self) -> &'static [u8] {
        &self.module.as_bytes()[..self.crate_length as usize]
    }

    pub(crate) fn own_priority(&self) -> i32 {
        self.priority
    }

    /// Its own timeout, or else the one that the program gives to all.
    pub(crate) fn limit(&self, default: Duration) -> Duration {
        self.timeout.unwrap_or(default)
    }

    pub(crate) fn has_timeout(&self) -> bool {
        self.timeout.is_some()
    }

    /// Whether a forked child may run it when `owned` says that declared handlers are not its own.
    pub(crate) fn is_for(&self, owned: bool) -> bool {
        owned || self.inherit
    }

    /// Whether it runs at every end, on the runner, and does not keep its own time.
    pub(crate) fn is_simple(&self) -> bool {
        matches!(self.when, When::Always) && !self.on_caller && !self.asynchronous
    }

    pub(crate) fn wants_caller(&self) -> bool {
        self.on_caller
    }

    pub(crate) fn function(&self) -> fn(&ExitContext) -> Returned {
        self.run
    }

    pub(crate) fn rank(&self, index: u32) -> Rank {
        Rank { priority: self.priority, sequence: 0, index }
    }

    /// Compares where two handlers stand in the source: crate, file, line, column; then module path
    /// and name, for handlers that a call of a macro, or a file that two modules mount, puts on the
    /// same line.
    /// Of two handlers of one priority the *later* one runs first.
    ///
    /// The file comes before the module, so that "within a file the later line first" also holds
    /// between a module and the modules nested in it.
    pub(crate) fn reading_position(&self, other: &Self) -> Ordering {
        self.crate_name()
            .cmp(other.crate_name())
            .then_with(|| compare(self.file, other.file))
            .then_with(|| (self.line, self.column).cmp(&(other.line, other.column)))
            .then_with(|| compare(self.module, other.module))
            .then_with(|| compare(self.name, other.name))
    }
}

/// Compares two texts. Most often they are one: handlers of one file share it. Byte by byte, so
/// that programs need not have the name `memcmp` for that.
pub(crate) fn compare(a: &'static str, b: &'static str) -> Ordering {
    if core::ptr::eq(a, b) { Ordering::Equal } else { a.bytes().cmp(b.bytes()) }
}

/// The bytes of the module path up to the first colon.
const fn crate_length(module: &str) -> u32 {
    let path = module.as_bytes();
    let mut length = 0;
    while length < path.len() && path[length] != b':' {
        length += 1;
    }
    length as u32
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(
        module: &'static str,
        file: &'static str,
        line: u32,
        column: u32,
        name: &'static str,
    ) -> Declared {
        Declared::new(name, module, file, line, column, |_| Ok(()))
    }

    #[test]
    fn slice_name_carries_the_version() {
        let mut parts = env!("CARGO_PKG_VERSION").split('.');
        let (major, minor) = (parts.next().unwrap(), parts.next().unwrap());
        let compatible = if major == "0" { format!("0_{minor}") } else { major.to_owned() };
        let source = include_str!("declared.rs");
        assert!(
            source.contains(&format!("pub static EXITMACRO_HANDLERS_{compatible}: [Declared];"))
        );
    }

    #[test]
    fn only_what_is_declared_so_is_async() {
        let handler = at("app", "src/a.rs", 1, 1, "a");
        assert!(!handler.is_async());
        assert!(handler.asynchronous().is_async());
    }

    #[test]
    fn positions_compare_by_crate_file_line_column_module_name() {
        let ascending = [
            at("app", "src/a.rs", 9, 1, "z"),
            at("app::inner", "src/b.rs", 1, 1, "z"),
            at("app", "src/b.rs", 2, 1, "z"),
            at("app", "src/b.rs", 2, 5, "a"),
            at("app", "src/b.rs", 2, 5, "b"),
            at("app::one", "src/b.rs", 2, 5, "a"),
            at("app_cli", "src/a.rs", 1, 1, "a"),
            at("dep::deep", "src/a.rs", 1, 1, "a"),
        ];
        for (i, earlier) in ascending.iter().enumerate() {
            for (j, later) in ascending.iter().enumerate() {
                assert_eq!(earlier.reading_position(later), i.cmp(&j), "{earlier:?} {later:?}");
            }
        }
    }
}
