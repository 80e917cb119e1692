//! Handlers declared by attribute: constants that the linker gathers into one slice.

use crate::handler::context::ExitContext;
use crate::handler::edge::{Edges, Element, Key};
use crate::handler::engine::Engine;
use crate::handler::options::{Options, option_methods};
use crate::handler::{Location, Rank, Returned, When};
use core::cmp::Ordering;
use core::time::Duration;

/// All handlers of this object, in the linker's order, which is never shown.
///
/// The name carries the version up to the part that is incompatible: two such versions in one
/// program have two slices. Elements keep this name in the binary, so that an error of the linker
/// leads here.
#[cfg(not(target_os = "wasi"))]
#[linkme::distributed_slice]
pub static EXITMACRO_HANDLERS_0_1: [Declared];

#[cfg(not(target_os = "wasi"))]
pub use EXITMACRO_HANDLERS_0_1 as HANDLERS;

/// All handlers, which their constructors collect.
#[cfg(target_os = "wasi")]
pub static HANDLERS: crate::sys::elements::Elements<Declared> =
    crate::sys::elements::Elements::new();

/// The same as a slice.
///
/// One function reads its bounds from memory. Elsewhere the compiler would refer to the symbols of
/// the linker, which are four more addresses for the loader to write in each program.
#[inline(never)]
pub(crate) fn handlers() -> &'static [Declared] {
    &core::hint::black_box(&HANDLERS)[..]
}

/// What calls the function.
pub type Run = fn(&ExitContext) -> Returned;

/// Has the call of a deprecated function, which a derive writes.
pub trait Runs {
    /// The call.
    const RUN: Run;
}

/// One `#[at_exit]` function. Built by the macro in a constant, never moved, never dropped.
#[derive(Debug)]
#[cfg_attr(target_os = "wasi", derive(Clone, Copy))]
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
    pub(crate) options: Options,
    pub(crate) edges: Edges<&'static [Key]>,
    engine: &'static Engine,
    run: Run,
}

impl Element for Declared {}

impl Declared {
    /// All that every handler has.
    #[expect(clippy::too_many_arguments, reason = "only two constructors call it")]
    pub(crate) const fn of_engine(
        engine: &'static Engine,
        options: Options,
        name: &'static str,
        module: &'static str,
        file: &'static str,
        line: u32,
        column: u32,
        run: Run,
    ) -> Self {
        Self {
            name,
            module,
            file,
            line,
            column,
            priority: crate::handler::priority::DEFAULT,
            crate_length: crate_length(module),
            options,
            edges: Edges::NONE,
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

    option_methods!(values);
    option_methods!(functions);

    pub(crate) fn engine(&self) -> &'static Engine {
        self.engine
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
        self.module.as_bytes().get(..self.crate_length as usize).unwrap_or_default()
    }

    pub(crate) fn own_priority(&self) -> i32 {
        self.priority
    }

    pub(crate) fn function(&self) -> Run {
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
            .iter()
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
    let mut path = module.as_bytes();
    let mut length = 0;
    while let [first, rest @ ..] = path
        && *first != b':'
    {
        path = rest;
        length += 1;
    }
    length
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

    /// The table of a program has one for each of its handlers.
    #[test]
    fn an_element_takes_152_bytes() {
        assert_eq!(size_of::<Declared>(), 152);
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
