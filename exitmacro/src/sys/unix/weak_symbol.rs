//! Functions of this crate under names of libc.

/// Defines the weak symbol `$name`, which continues at `$function`. Weak, so that a program that
/// defines the name itself keeps its own. The attribute that makes a function weak is unstable.
macro_rules! weak_symbol {
    ($name:literal, $function:path) => {
        core::arch::global_asm!(
            concat!(".pushsection .text.exitmacro_", $name, ",\"ax\",%progbits"),
            concat!(".weak ", $name),
            concat!(".type ", $name, ",%function"),
            concat!($name, ":"),
            concat!(crate::sys::unix::weak_symbol::jump!(), " {function}"),
            ".popsection",
            function = sym $function,
        );
    };
}
pub(super) use weak_symbol;

/// The instruction that continues at another function of the same program.
#[cfg(any(target_arch = "x86", target_arch = "x86_64"))]
macro_rules! jump {
    () => {
        "jmp"
    };
}
#[cfg(target_arch = "aarch64")]
macro_rules! jump {
    () => {
        "b"
    };
}
pub(super) use jump;
