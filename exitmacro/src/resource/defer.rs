//! Statements for the end of a scope.

/// Runs the statements once: at the end of the enclosing scope, or else when the process ends.
///
/// It is a [`guard`](crate::guard()) that has no name, so it cannot be cancelled. Several in one
/// scope run in reverse order. The statements are the body of a `move` closure without arguments,
/// and take what they name: clone what the scope needs itself. They must be `Send` and `'static`,
/// because at exit a runner thread runs them. They have no value, and `?` and `return` in them do
/// not leave the enclosing function: handle errors in place.
///
/// Threads, panics and what happens at exit are those of [`guard`](crate::guard()).
///
/// The guide: [values](crate::guide::values).
///
/// ```
/// use exitmacro::defer;
///
/// let path = std::env::temp_dir().join(format!("deferred-{}", std::process::id()));
/// std::fs::write(&path, "half done")?;
/// {
///     let path = path.clone();
///     defer! {
///         if let Err(error) = std::fs::remove_file(&path) {
///             eprintln!("{} stays: {error}", path.display());
///         }
///     }
///     // Return, panic or exit here: the file is removed.
/// }
/// assert!(!path.exists());
/// # Ok::<(), std::io::Error>(())
/// ```
#[doc(alias("finally", "scopeguard"))]
#[macro_export]
macro_rules! defer {
    () => {
        ::core::compile_error! {
            "`defer!` needs the statements that run at the end of the scope"
        }
    };
    ($($statements:tt)+) => {
        let _guard = $crate::guard(move || { $($statements)+ });
    };
}
